"""What conditional random fields accept; errors as those of `preconditions`."""

from __future__ import annotations

import numpy as np

from pyrnn.kernels.array_checks import check_array, check_layout, check_lengths, float_dtype
from pyrnn.kernels.stack import Array

_INT64 = np.dtype(np.int64)


MOST_PATHS = 256  # the work grows with their square: 256 of 20 labels take 0.2 ms a step


def check_crf(
    emissions: Array, transitions: Array, start: Array, end: Array, lengths: Array
) -> None:
    """Check the scores of a batch of sequences."""
    dtype = float_dtype("emissions", emissions)
    check_layout("emissions", emissions, dtype, "(T, B, C)", 3)
    time, batch, labels = emissions.shape
    if labels == 0:
        raise ValueError(
            f"emissions: expected shape (T, B, C), C at least 1; got {emissions.shape}"
        )
    check_array("transitions", transitions, dtype, "(C, C)", (labels, labels))
    check_array("start", start, dtype, "(C,)", (labels,))
    check_array("end", end, dtype, "(C,)", (labels,))
    check_lengths(lengths, time, batch)


def check_labels(labels: Array, emissions: Array, lengths: Array) -> None:
    """Check the paths of `crf_log_likelihood`, within their lengths."""
    time, batch, count = emissions.shape
    check_array("labels", labels, _INT64, "(T, B)", (time, batch))
    inside = np.arange(time)[:, None] < lengths
    wrong = np.argwhere(inside & ((labels < 0) | (labels >= count)))
    if wrong.size:
        t, b = (int(i) for i in wrong[0])
        raise ValueError(
            f"labels: expected values from 0 to C - 1 = {count - 1}; got {int(labels[t, b])} at "
            f"step {t} of sequence {b}"
        )


def check_upstream(alphas: Array, dy: Array, emissions: Array) -> None:
    """Check what `crf_gradient` goes on from."""
    check_array("alphas", alphas, emissions.dtype, "(T, B, C)", emissions.shape)
    check_array("dy", dy, emissions.dtype, "(B,)", emissions.shape[1:2])


def check_best(best: int, emissions: Array) -> None:
    """Check how many paths are asked for."""
    if type(best) is not int:
        raise TypeError(f"best: expected an integer; got {type(best).__name__}")
    if not 1 <= best <= MOST_PATHS:
        raise ValueError(f"best: expected 1 to {MOST_PATHS}; got {best}")


def refuse_forbidden(
    log_likelihood: Array,
    emissions: Array,
    labels: Array,
    transitions: Array,
    start: Array,
    end: Array,
    lengths: Array,
) -> None:
    """ValueError where the probability of a path is 0: which score of which step forbids it."""
    impossible = np.flatnonzero(np.isneginf(log_likelihood))
    if not impossible.size:
        return
    b = int(impossible[0])
    y = labels[: lengths[b], b]
    scores = [(start[y[0]], f"to start with {y[0]}")]
    for t in range(len(y)):
        scores.append((emissions[t, b, y[t]], f"{y[t]} at step {t}"))
        if t:
            scores.append((transitions[y[t - 1], y[t]], f"{y[t - 1]} to {y[t]} at step {t}"))
    scores.append((end[y[-1]], f"to end with {y[-1]}"))
    forbidden = [name for score, name in scores if score == -np.inf]
    raise ValueError(
        f"labels: expected a path that is allowed; got one of probability 0 in sequence {b}"
        + (f" (forbidden: {forbidden[0]})" if forbidden else "")
    )
