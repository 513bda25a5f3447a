"""What a transcriber is made of, which columns of a file it reads, and how it decodes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from pyrnn.data import UNIT_NAMES
from pyrnn.data.layouts import SequenceColumns
from pyrnn.data.layouts.columns import DATA
from pyrnn.decoding.ctc.prefix_beam import MOST_BONUS
from pyrnn.decoding.likeliest import WIDEST
from pyrnn.models.encoders.settings import (
    SEQUENCE,
    NumberSettings,
    UnitSettings,
    VocabularySettings,
)
from pyrnn.models.stack_settings import NETWORK, StackSettings
from pyrnn.settings import Settings, choice, number, path, string, switch, whole

DECODING = "Decoding"
POLICIES = ("error", "skip")
IMAGES = ("columns", "rows")
CHARACTERS = "characters"


@dataclass(frozen=True)
class TranscriberConfig(NumberSettings, VocabularySettings, UnitSettings, StackSettings):
    """What a transcriber is made of; frozen, checked when made.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    encoder: ClassVar[str] = "recurrent"
    pooling: ClassVar[str] = "last"  # an output a step: nothing is pooled
    embedding_size: ClassVar[None] = None  # type: ignore[misc]  # frames are not looked up

    unit: str = choice(CHARACTERS, UNIT_NAMES, "What a symbol of a text is.", section=SEQUENCE)
    hidden_size: int = whole(
        128, "Hidden units per layer and direction.", least=1, short="hidden", section=NETWORK
    )
    bidirectional: bool = switch(True, "Read the frames in both directions.", section=NETWORK)
    dropout_input: float = number(
        0.0, "Dropout rate on the frames' numbers.", least=0, below=1, section=NETWORK
    )
    frames_per_step: int = whole(
        1,
        "Read so many frames side by side as one step.",
        note="2 halves the time, and the number of symbols that a sequence has room for.",
        least=1,
        most=1000,
        section=SEQUENCE,
    )
    impossible: str = choice(
        "error",
        POLICIES,
        "What to do with texts that need more steps than their frames make.",
        note="A symbol takes a step, and two equal ones in a row a step between. skip: they are "
        "left out of training, and of the loss.",
        section=SEQUENCE,
    )

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        super().check()
        self.check_pattern()


@dataclass(frozen=True)
class TranscriberColumns(SequenceColumns):
    """Which columns hold the frames, and the texts.

    Raises ValueError as SequenceColumns does.
    """

    layouts: ClassVar[tuple[str, ...]] = ("frames", "series", "features")
    text: ClassVar[None] = None  # type: ignore[misc]  # what is read is frames

    labels: str = string(
        "text",
        "The column of texts, or of labels: lists, or arrays of whole numbers.",
        note="A number by itself is a text of digits.",
        short="label",
        section=DATA,
    )
    image: str | None = choice(
        None,
        IMAGES,
        "Take each array for an image, and read it by its columns, from the left, or by its rows.",
        note="If not given, an array's rows are its steps.",
        section=DATA,
    )


@dataclass(frozen=True)
class TranscriberDecoding(Settings):
    """How a text is found: by the likeliest symbol at each step, unless said otherwise.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    beam: int = whole(
        1,
        "Beginnings of texts that are followed at a time.",
        note="1 takes the likeliest symbol at each step. More add up the ways in which a text may "
        "stand in the steps (Graves et al. 2006, Hannun et al. 2014); 16 is usual, at most "
        "10,000.",
        least=1,
        most=WIDEST,
        section=DECODING,
    )
    nbest: int = whole(
        1, "How many texts of an input are wanted; at most beam.", least=1, section=DECODING
    )
    language: str | None = path(
        None,
        "beam: a language model of characters, which weighs the texts, too.",
        metavar="MODEL",
        section=DECODING,
    )
    language_weight: float = number(
        0.5,
        "language: what ln p of the language model is multiplied by.",
        least=0,
        section=DECODING,
    )
    symbol_bonus: float = number(
        0.0,
        "beam: what each symbol of a text adds to its score.",
        note="A language model favours short texts; 0.5 to 2 sets that right. At most a million "
        "either way.",
        least=-MOST_BONUS,
        most=MOST_BONUS,
        section=DECODING,
    )

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        if self.nbest > self.beam:
            raise ValueError(f"nbest: expected at most beam, {self.beam}; got {self.nbest}")
        for name in ("language", "symbol_bonus"):
            if self.beam == 1 and getattr(self, name) != self._unset(name):
                raise ValueError(
                    f"{name}: expected {self._unset(name)!r} with beam=1, which takes the "
                    f"likeliest symbols as they are; got {getattr(self, name)!r}"
                )
        if self.language is None and self.language_weight != self._unset("language_weight"):
            raise ValueError(
                f"language_weight: expected {self._unset('language_weight')!r} without language; "
                f"got {self.language_weight!r}"
            )

    def _unset(self, name: str) -> Any:
        return next(field.default for field in fields(self) if field.name == name)
