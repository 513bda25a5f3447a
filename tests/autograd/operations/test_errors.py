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
            r"axes: expected each of 3 axes once; got \(0, 1\)",
        ),
        (lambda: X.transpose(0, 1, 3), ValueError, "axes: expected each of 3 axes once"),
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
