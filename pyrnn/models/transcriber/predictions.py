"""What a transcriber says of one input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyrnn.decoding import Transcript
from pyrnn.models.transcriber.symbols import Symbols

SHOWN = 60  # characters of a text in a repr


@dataclass(frozen=True)
class Transcription:
    """A text, and where its symbols stand.

    text: what was read. score: ln p of the text, whatever its path; with a language model, or a
    bonus, what the text was chosen by.
    symbols: (L,), of the text, as the training data have them. frames: (L,), the frame where each
    begins, from 0. times: the same in seconds, where it is known how far apart frames are, as those
    of sound; else None.
    alternatives: the next best, where several were asked for.
    """

    text: str
    score: float
    symbols: tuple[Any, ...]
    frames: tuple[int, ...]
    times: tuple[float, ...] | None = None
    alternatives: tuple[Transcription, ...] = ()

    @classmethod
    def of(cls, found: Sequence[Transcript], symbols: Symbols, together: int) -> Transcription:
        """Of what was read in an input, best first. together: frames that make a step."""
        best, *others = (
            cls(
                symbols.text(one.ids),
                one.score,
                symbols.symbols(one.ids),
                tuple(place * together for place in one.frames),
            )
            for one in found
        )
        return replace(best, alternatives=tuple(others)) if others else best

    def timed(self, hop: float) -> Transcription:
        """The same with times. hop: seconds from a frame to the next."""
        return replace(
            self,
            times=tuple(round(frame * hop, 6) for frame in self.frames),
            alternatives=tuple(one.timed(hop) for one in self.alternatives),
        )

    def __str__(self) -> str:
        every = (self.text, *(one.text for one in self.alternatives))
        return " ||| ".join(" ".join(text.splitlines()) for text in every)

    def __repr__(self) -> str:
        shown = self.text if len(self.text) <= SHOWN else f"{self.text[:SHOWN]}..."
        return f"Transcription({shown!r}, score {self.score:.4f})"

    def to_json(self) -> dict[str, Any]:
        """All that there is, by name."""
        content: dict[str, Any] = {
            "text": self.text,
            "score": self.score,
            "symbols": list(self.symbols),
            "frames": list(self.frames),
        }
        if self.times is not None:
            content["times"] = list(self.times)
        if self.alternatives:
            content["alternatives"] = [one.to_json() for one in self.alternatives]
        return content
