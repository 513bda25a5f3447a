"""What frames were read as."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Transcript:
    """A text that frames were read as.

    ids: its symbols. log_likelihood: ln p, at most 0; see whoever made it: of a path, or of all
        that spell the text. score: what it was ranked by; the same where no language has a say.
    frames: for each symbol the frame where it begins.
    """

    ids: tuple[int, ...]
    log_likelihood: float
    score: float
    frames: tuple[int, ...] = ()
