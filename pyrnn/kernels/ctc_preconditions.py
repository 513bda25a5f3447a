"""What connectionist temporal classification accepts; errors as those of `preconditions`."""

from __future__ import annotations

import numpy as np

from pyrnn.kernels.array_checks import check_array, check_layout, check_lengths, float_dtype
from pyrnn.kernels.scalars import integer
from pyrnn.kernels.stack import Array

_INT64 = np.dtype(np.int64)


def check_ctc(
    logits: Array, targets: Array, lengths: Array, target_lengths: Array, blank: int
) -> None:
    """Check a batch of frames and the targets that they are to have."""
    dtype = float_dtype("logits", logits)
    check_layout("logits", logits, dtype, "(T, B, C)", 3)
    time, batch, symbols = logits.shape
    if symbols == 0:
        raise ValueError(f"logits: expected shape (T, B, C), C at least 1; got {logits.shape}")
    integer("blank", blank)
    if not 0 <= blank < symbols:
        raise ValueError(f"blank: expected 0 to C - 1 = {symbols - 1}; got {blank}")
    check_lengths(lengths, time, batch)
    check_layout("targets", targets, _INT64, "(B, L)", 2)
    check_array("targets", targets, _INT64, "(B, L)", (batch, targets.shape[1]))
    check_target_lengths(target_lengths, targets)
    _check_symbols(targets, target_lengths, symbols, blank)


def check_target_lengths(target_lengths: Array, targets: Array) -> None:
    """Check how many symbols each target has."""
    batch, most = targets.shape
    check_array("target_lengths", target_lengths, _INT64, "(B,)", (batch,))
    wrong = np.flatnonzero((target_lengths < 0) | (target_lengths > most))
    if wrong.size:
        row = int(wrong[0])
        raise ValueError(
            f"target_lengths: expected values from 0 to L = {most}; "
            f"got {int(target_lengths[row])} at row {row}"
        )


def _check_symbols(targets: Array, target_lengths: Array, symbols: int, blank: int) -> None:
    """Check the targets within their lengths."""
    inside = np.arange(targets.shape[1]) < target_lengths[:, None]
    outside = (targets < 0) | (targets >= symbols) | (targets == blank)
    wrong = np.argwhere(inside & outside)
    if wrong.size:
        b, place = (int(i) for i in wrong[0])
        got = int(targets[b, place])
        what = f"the blank, {blank}," if got == blank else str(got)
        raise ValueError(
            f"targets: expected symbols from 0 to C - 1 = {symbols - 1} other than blank = "
            f"{blank}; got {what} at place {place} of sequence {b}"
        )
