"""Arguments that do not fit: the message names the argument, its value and what was expected."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn import functional as F

X = Tensor(np.zeros((2, 3, 4), np.float32))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: X @ X, ValueError, r"matmul: expected shapes .* got \(2, 3, 4\) and \(2, 3, 4\)"),
        (lambda: X @ 2.0, ValueError, r"matmul: expected shapes .* and \(\)"),
        (
            lambda: X.transpose(0, 1),
            ValueError,
            r"axes: expected each of 3 axes once; got \(0, 1\); .* write x.swapaxes\(0, 1\)$",
        ),
        (lambda: X.transpose(0, 1, 3), ValueError, "axes: expected each of 3 axes once"),
        (
            lambda: X[0].transpose(0, 1),
            ValueError,
            r"axes: .* got \(0, 1\); .* write x.T or x",
        ),
        (lambda: X[0].transpose(-2, -1), ValueError, r"axes: expected another order"),
        (lambda: X.flip(3), ValueError, "axis: expected one of 3 axes; got 3"),
        (lambda: X.flip((0, -4)), ValueError, "axis: expected one of 3 axes; got -4"),
        (lambda: X.flip(1.0), TypeError, "axis: expected an integer; got float"),
        (lambda: X.flatten(3), ValueError, "start_axis: expected one of 3 axes; got 3"),
        (lambda: X.flatten(2, 1), ValueError, "end_axis: expected 2 or one after it; got 1"),
        (lambda: X.var(ddof=24), ValueError, "ddof: .* less than the number of elements, 24; got"),
        (lambda: X.std(0, ddof=2), ValueError, "ddof: .* less than the number of elements, 2; got"),
        (lambda: X.std(ddof=-1), ValueError, "ddof: expected an integer of at least 0; got -1"),
        (lambda: X.var(ddof=0.5), TypeError, "ddof: expected an integer; got float"),
        (lambda: X[:0].var(0), ValueError, "ddof: expected less than the number of elements, 0"),
        (lambda: X.masked_fill(X, 0.0), TypeError, "mask: expected dtype bool; got float32"),
        (lambda: X.masked_fill(X > 0, X), ValueError, "value: expected one number; got shape"),
        (
            lambda: X.masked_fill(np.ones((2, 3), bool), 0.0),
            ValueError,
            r"mask: expected shape \(2, 3, 4\) or one that broadcasts to it; got \(2, 3\)",
        ),
        (
            lambda: X[0, 0].masked_fill(np.ones((1, 4), bool), 0.0),
            ValueError,
            r"mask: expected shape \(4,\) .* got \(1, 4\)",
        ),
        (
            lambda: X[:, :1].masked_fill(np.ones((2, 3, 4), bool), 0.0),
            ValueError,
            r"mask: expected shape \(2, 1, 4\)",
        ),
        (lambda: X.masked_fill(X > 0, "a"), TypeError, "value: expected real numbers; got str"),
        (lambda: X.swapaxes(0, 3), ValueError, "second: expected one of 3 axes; got 3"),
        (lambda: X.clip(), ValueError, "low, high: expected a limit; got None and None"),
        (lambda: X.clip(1, -1), ValueError, "low: expected at most high = -1; got 1"),
        (lambda: X.reshape(5, -1), ValueError, "cannot reshape"),
        (lambda: X.squeeze(0), ValueError, "size not equal to one"),
        (lambda: X.sum(3), ValueError, "axis 3 is out of bounds"),
        (lambda: X[2], IndexError, "index 2 is out of bounds"),
        (lambda: X + np.zeros(5), ValueError, "could not be broadcast"),
        (lambda: F.where(X, X, X), TypeError, "condition: expected dtype bool; got float32"),
        (lambda: F.concatenate([]), ValueError, "parts: expected at least one tensor; got none"),
        (lambda: F.stack([]), ValueError, "parts: expected at least one tensor; got none"),
        (lambda: F.unstack(1.0), TypeError, r"x: expected a tensor with an axis .* shape \(\)"),
        (lambda: F.stack([X, X[0]]), ValueError, "same shape"),
    ],
)
def test_error(call, error, message):
    with pytest.raises(error, match=message):
        call()
