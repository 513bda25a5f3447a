"""Transcripts out of the outputs of CTC, frame by frame: the likeliest path.

A path pi has a symbol or the blank at every frame; the text that it spells, B(pi), has each run of
the same symbol once, and no blank (Graves et al. 2006, Connectionist temporal classification). Best
path decoding takes the likeliest path, not the likeliest text, of which there may be many paths:
see `pyrnn.decoding.ctc_beam`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn.decoding.choice import checked_rows
from pyrnn.decoding.likeliest import largest, likeliest
from pyrnn.kernels import scalars


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
    path[within], log_p[within] = _likeliest(logits[within], blank, normalized)
    found = []
    for b, length in enumerate(lengths.tolist()):
        places = _begins(path[:length, b], blank).nonzero()[0]
        total = min(0.0, float(np.cumsum(log_p[:length, b])[-1])) if length else 0.0
        ids = tuple(path[places, b].tolist())
        found.append(Transcript(ids, total, total, tuple(places.tolist())))
    return found


class BestPath:
    """The likeliest path of one sequence, as its frames come.

    blank, normalized: see `greedy`, which finds the same.
    """

    def __init__(self, blank: int = 0, *, normalized: bool = False) -> None:
        self.blank = scalars.integer("blank", blank, least=0)
        self.normalized = bool(normalized)
        self._last, self._frames, self._total = self.blank, 0, 0.0
        self._heard: list[tuple[int, int]] = []  # symbols and frames that were not taken

    def step(self, logits: Any) -> None:
        """Take in a frame, (C,). Errors: as those of `greedy`; nothing has changed then."""
        logits = np.asarray(logits)
        if logits.ndim != 1:
            raise ValueError(f"logits: expected shape (C,); got {logits.shape}")
        ids, log_p = _likeliest(checked_rows(logits[None]), self.blank, self.normalized)
        symbol = int(ids[0])
        if symbol not in (self.blank, self._last):
            self._heard.append((symbol, self._frames))
        self._last = symbol
        self._frames += 1
        self._total += float(log_p[0])

    def best(self, n: int = 1) -> list[Transcript]:
        """The one transcript so far, without what was taken."""
        scalars.integer("n", n, least=1)
        ids, frames = zip(*self._heard, strict=True) if self._heard else ((), ())
        total = min(0.0, self._total)
        return [Transcript(ids, total, total, frames)]

    def take(self) -> list[tuple[int, int]]:
        """The symbols that were not taken before, each with its frame: nothing changes them."""
        taken, self._heard = self._heard, []
        return taken


def log_probabilities(logits: np.ndarray, blank: int, normalized: bool) -> np.ndarray:
    """ln p of the classes of N frames, float64 (N, C), from their logits (N, C).

    normalized: they are ln p already. Raises ValueError where they are none, where the blank is
    none of the classes, and for frames that are no numbers.
    """
    if blank >= logits.shape[1]:
        raise ValueError(
            f"logits: expected more than {blank} classes, which is the blank's number; got "
            f"{logits.shape[1]}"
        )
    _, _, norms = likeliest(logits, 1)
    found = logits.astype(np.float64)
    if not normalized:
        return found - norms[:, None]
    if (abs(norms) > 0.01).any():
        total = np.exp(norms[abs(norms) > 0.01][0])
        raise ValueError(
            f"logits: expected ln p, of numbers that add up to 1, since normalized=True; got such "
            f"that add up to {total:.3g}"
        )
    return found


def _likeliest(logits: np.ndarray, blank: int, normalized: bool) -> tuple[np.ndarray, np.ndarray]:
    """The likeliest classes of N frames, and their ln p, (N,) both."""
    log_p = log_probabilities(logits, blank, normalized)
    ids, values = largest(log_p, 1)
    return ids[:, 0], values[:, 0]


def _begins(path: np.ndarray, blank: int) -> np.ndarray:
    """Where a symbol of the text begins, bool (T,)."""
    changes = np.ones(len(path), bool)
    changes[1:] = path[1:] != path[:-1]
    return np.asarray(changes & (path != blank))


def checked_frames(logits: Any, lengths: Any) -> tuple[np.ndarray, np.ndarray]:
    """logits (T, B, C) as float32 or float64, and lengths int64 (B,), T where None was given.

    Raises TypeError for what are no numbers, ValueError for other shapes and lengths.
    """
    logits = np.asarray(logits)
    if logits.ndim != 3 or logits.shape[-1] == 0:
        raise ValueError(f"logits: expected shape (T, B, C) with C > 0; got {logits.shape}")
    frames, sequences, symbols = logits.shape
    logits = checked_rows(logits.reshape(-1, symbols)).reshape(logits.shape)
    if lengths is None:
        return logits, np.full(sequences, frames)
    lengths = np.asarray(lengths)
    if lengths.size and lengths.dtype.kind not in "iu":
        raise TypeError(f"lengths: expected integers; got {lengths.dtype}")
    if lengths.shape != (sequences,):
        raise ValueError(f"lengths: expected shape ({sequences},); got {lengths.shape}")
    for b, length in enumerate(lengths.tolist()):
        if not 0 <= length <= frames:
            raise ValueError(f"lengths[{b}]: expected an integer from 0 to {frames}; got {length}")
    return logits, lengths.astype(np.int64)
