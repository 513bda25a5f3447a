"""The likeliest path behind the outputs of CTC, of whole sequences or frame by frame.

A path pi has a symbol or the blank at every frame; the text that it spells, B(pi), has each run of
the same symbol once, and no blank (Graves et al. 2006, Connectionist temporal classification). The
likeliest path need not spell the likeliest text, of which there may be many paths: for that see
`pyrnn.decoding.ctc.prefix_beam`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.decoding.choice import checked_rows
from pyrnn.decoding.ctc.frames import checked_frames, likeliest_classes
from pyrnn.decoding.ctc.search import OneSequence, checked_rows_of, checked_sequence
from pyrnn.decoding.ctc.transcript import Transcript
from pyrnn.kernels import scalars


def collapse(ids: Any, blank: int = 0) -> np.ndarray:
    """What a path spells: integers (T,) -> int64 (T',), each run once and no blank.

    Raises TypeError for what are no integers, ValueError for another shape.
    """
    path = np.asarray(ids)
    if path.size == 0:
        path = path.astype(np.int64)
    if path.dtype.kind not in "iu":
        raise TypeError(f"ids: expected integers; got {path.dtype}")
    if path.ndim != 1:
        raise ValueError(f"ids: expected shape (T,); got {path.shape}")
    return path[_begins(path, scalars.integer("blank", blank))].astype(np.int64)


def greedy(
    logits: Any, lengths: Any = None, *, blank: int = 0, normalized: bool = False
) -> list[Transcript]:
    """The text of the likeliest path of each of B sequences.

    logits: (T, B, C), unnormalised unless `normalized` says that they are ln p. lengths: integers
        (B,), the frames of each; default T. Of equally likely symbols that with the lowest id is
        taken.
    Returns one a sequence; its log_likelihood is that of the path.
    Raises TypeError, ValueError for other arrays, for a blank that is none of 0 to C - 1, and for
    frames that are no numbers.
    """
    logits, lengths = checked_frames(logits, lengths)
    blank = scalars.integer("blank", blank, least=0)
    within = np.arange(len(logits))[:, None] < lengths  # (T, B)
    path, log_p = np.zeros(within.shape, np.int64), np.zeros(within.shape)
    path[within], log_p[within] = likeliest_classes(logits[within], blank, normalized)
    found = []
    for b, length in enumerate(lengths.tolist()):
        places = _begins(path[:length, b], blank).nonzero()[0]
        total = min(0.0, float(np.cumsum(log_p[:length, b])[-1])) if length else 0.0
        ids = tuple(path[places, b].tolist())
        found.append(Transcript(ids, total, total, tuple(places.tolist())))
    return found


class BestPaths:
    """The likeliest path of each of B sequences, whose symbols are settled as they come.

    A `Search`. sequences: B. blank, normalized: see `greedy`, which finds the same.
    """

    def __init__(self, sequences: int, *, blank: int = 0, normalized: bool = False) -> None:
        self.blank = scalars.integer("blank", blank, least=0)
        self.normalized = bool(normalized)
        self.sequences = 0
        self._last = np.zeros(0, np.int64)  # (B,) the class of the frame before
        self._frames = np.zeros(0, np.int64)  # (B,) how many were read
        self._totals = np.zeros(0)  # (B,) ln p of the path
        self._heard: list[list[tuple[int, int]]] = []  # symbols and frames that were not taken
        self.resize(sequences)

    def resize(self, sequences: int) -> None:
        """See `Search`."""
        more = scalars.integer("sequences", sequences, least=self.sequences) - self.sequences
        self._last = np.append(self._last, np.full(more, self.blank))
        self._frames = np.append(self._frames, np.zeros(more, np.int64))
        self._totals = np.append(self._totals, np.zeros(more))
        self._heard += [[] for _ in range(more)]
        self.sequences += more

    def restart(self, sequence: int) -> None:
        """See `Search`."""
        b = checked_sequence(sequence, self.sequences)
        self._last[b], self._frames[b], self._totals[b], self._heard[b] = self.blank, 0, 0.0, []

    def step(self, logits: Any, rows: Any = None) -> None:
        """See `Search`."""
        some = checked_rows_of(rows, self.sequences)
        logits = checked_rows(logits, len(some))
        ids, log_p = likeliest_classes(logits, self.blank, self.normalized)
        for n in ((ids != self.blank) & (ids != self._last[some])).nonzero()[0].tolist():
            b = int(some[n])
            self._heard[b].append((int(ids[n]), int(self._frames[b])))
        self._last[some] = ids
        self._frames[some] += 1
        self._totals[some] += log_p

    def best_of(self, sequence: int, n: int = 1) -> list[Transcript]:
        """The one transcript: see `Search`."""
        b = checked_sequence(sequence, self.sequences)
        scalars.integer("n", n, least=1)
        ids, frames = zip(*self._heard[b], strict=True) if self._heard[b] else ((), ())
        total = min(0.0, float(self._totals[b]))
        return [Transcript(ids, total, total, frames)]

    def take(self, sequence: int = 0) -> list[tuple[int, int]]:
        """See `Search`."""
        b = checked_sequence(sequence, self.sequences)
        taken, self._heard[b] = self._heard[b], []
        return taken


class BestPath(OneSequence):
    """The likeliest path of one sequence, as its frames come. Settings: see `BestPaths`."""

    def __init__(self, blank: int = 0, *, normalized: bool = False) -> None:
        super().__init__(BestPaths(1, blank=blank, normalized=normalized))


def _begins(path: np.ndarray, blank: int) -> np.ndarray:
    """Where a symbol of the text begins, bool (T,)."""
    changes = np.ones(len(path), bool)
    changes[1:] = path[1:] != path[:-1]
    return np.asarray(changes & (path != blank))
