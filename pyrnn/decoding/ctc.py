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
from pyrnn.decoding.likeliest import likeliest
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
    frames, sequences, symbols = logits.shape
    blank = scalars.integer("blank", blank, least=0, most=symbols - 1)
    within = np.arange(frames)[:, None] < lengths  # (T, B)
    ids, values, norms = likeliest(logits[within], 1)
    log_p = np.zeros((frames, sequences))
    log_p[within] = values[:, 0] if normalized else values[:, 0] - norms
    path = np.zeros((frames, sequences), np.int64)
    path[within] = ids[:, 0]
    found = []
    for b, length in enumerate(lengths.tolist()):
        places = np.flatnonzero(_begins(path[:length, b], blank))
        total = min(0.0, float(np.cumsum(log_p[:length, b])[-1])) if length else 0.0
        found.append(
            Transcript(tuple(path[places, b].tolist()), total, total, tuple(places.tolist()))
        )
    return found


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
