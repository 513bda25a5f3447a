"""What reads CTC's frames as they come: several sequences, or a single one."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from pyrnn.decoding.ctc.transcript import Transcript
from pyrnn.kernels import scalars


class Search(Protocol):
    """B sequences, any of which take in a frame together.

    What is known of a sequence is the same to the bit whatever others are beside it.
    """

    sequences: int  # B

    def resize(self, sequences: int, /) -> None:
        """Have so many sequences, no fewer than now; those that are new have read nothing."""
        ...

    def restart(self, sequence: int, /) -> None:
        """Forget what a sequence has read: it has read nothing."""
        ...

    def step(self, logits: Any, rows: Any = None, /) -> None:
        """Take in a frame of each of N sequences.

        logits: (N, C). rows: integers (N,), which sequences, each once; default all.
        Raises TypeError, ValueError for frames that are no numbers, for other sequences, and for
        fewer classes than there must be; nothing has changed then.
        """
        ...

    def best_of(self, sequence: int, n: int = 1, /) -> list[Transcript]:
        """The n best transcripts of a sequence so far, best first; fewer where no more are.

        Of equal scores the lower ids come first. What was taken by `take` is not in them.
        """
        ...

    def take(self, sequence: int = 0, /) -> list[tuple[int, int]]:
        """The symbols of a sequence that no frame to come can change, each with its frame.

        What was taken before is not among them, and `best_of` is without what is taken.
        """
        ...


class OneSequence:
    """A search in one sequence, as its frames come."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def step(self, logits: Any) -> None:
        """Take in a frame, (C,). Errors: as those of `Search.step`."""
        logits = np.asarray(logits)
        if logits.ndim != 1:
            raise ValueError(f"logits: expected shape (C,); got {logits.shape}")
        self._search.step(logits[None])

    def best(self, n: int = 1) -> list[Transcript]:
        """The n best transcripts so far, best first, without what was taken."""
        return self._search.best_of(0, n)

    def take(self) -> list[tuple[int, int]]:
        """Symbols, each with its frame, that nothing to come can change: see `Search.take`."""
        return self._search.take(0)


def checked_rows_of(rows: Any, sequences: int) -> np.ndarray:
    """Numbers of sequences, int64 (N,); all of them for None.

    Raises TypeError, ValueError for what are none, and for one that is there twice.
    """
    if rows is None:
        return np.arange(sequences)
    rows = np.asarray(rows)
    if rows.size and rows.dtype.kind not in "iu":
        raise TypeError(f"rows: expected integers; got {rows.dtype}")
    if rows.ndim != 1:
        raise ValueError(f"rows: expected shape (N,); got {rows.shape}")
    wrong = (rows < 0) | (rows >= sequences)
    if wrong.any():
        raise ValueError(f"rows: expected integers from 0 to {sequences - 1}; got {rows[wrong][0]}")
    if len(set(rows.tolist())) != len(rows):
        raise ValueError("rows: expected each sequence once; got one twice")
    return rows.astype(np.int64)


def checked_sequence(sequence: Any, sequences: int) -> int:
    """The number of a sequence. Raises TypeError, ValueError for none."""
    return scalars.integer("sequence", sequence, least=0, most=sequences - 1)
