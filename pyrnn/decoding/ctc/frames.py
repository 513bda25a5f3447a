"""Frames as CTC's networks give them: what they must be, and ln p of their classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.decoding.choice import checked_rows
from pyrnn.decoding.likeliest import largest, likeliest


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


def likeliest_classes(
    logits: np.ndarray, blank: int, normalized: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The likeliest classes of N frames, and their ln p, (N,) both."""
    log_p = log_probabilities(logits, blank, normalized)
    ids, values = largest(log_p, 1)
    return ids[:, 0], values[:, 0]


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
