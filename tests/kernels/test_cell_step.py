"""One step without a workspace is forward's, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyrnn.kernels import native
from pyrnn.kernels.stack import Stack

from .problems import stack_of

I, H = 5, 19


def draw(seed: int, *shape: int, dtype: Any = np.float32) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def packed(stack: Stack, dtype: Any = np.float32) -> native.Packed:
    return native.pack(
        stack, [draw(k, *s, dtype=dtype) for k, s in enumerate(stack.weight_shapes())]
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize("batch", [(), (0,), (1,), (7,)])
def test_a_step_is_forward(form: str, batch: tuple[int, ...], initial: bool, dtype: Any) -> None:
    stack = stack_of(form, I, H)
    of = packed(stack, dtype)
    widths = I, stack.output_size, H
    x, h, c = (draw(9 + k, *batch, width, dtype=dtype) for k, width in enumerate(widths))
    h0, c0 = (h, c if stack.has_cell_state else None) if initial else (None, None)
    as_sequence = [None if a is None else a.reshape(1, -1, a.shape[-1]) for a in (x, h0, c0)]
    expected = native.forward(of, *as_sequence)
    for strided in (False, True):
        given = [None if a is None else np.repeat(a, 2, -1)[..., ::2] for a in (x, h0, c0)]
        h_n, c_n = native.cell_step(of, *(given if strided else (x, h0, c0)))
        assert h_n.shape == (*batch, stack.output_size)
        np.testing.assert_array_equal(h_n, expected.h_n.reshape(h_n.shape))
        assert (c_n is None) is not stack.has_cell_state
        if c_n is not None:
            assert c_n.shape == (*batch, H)
            np.testing.assert_array_equal(c_n, expected.c_n.reshape(c_n.shape))


LSTM = packed(Stack("lstm", I, H))
X, STATE = draw(0, 3, I), draw(1, 3, H)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((LSTM, X.astype(float), None, None), TypeError, "x: .* dtype float32; got one of float64"),
        (
            (LSTM, X.tolist(), None, None),
            TypeError,
            "x: expected an array of dtype float32; got li",
        ),
        ((LSTM, X[None], None, None), ValueError, "x: expected 1 or 2 axes; got 3"),
        ((LSTM, X[:, :4], None, None), ValueError, r"x: expected shape \(3, 5\); got \(3, 4\)"),
        ((LSTM, None, None, None), TypeError, "x: expected an array of dtype float32; got None"),
        ((LSTM, X, STATE[:2], None), ValueError, r"h: expected shape \(3, 19\); got \(2, 19\)"),
        ((LSTM, X[0], STATE, None), ValueError, "h: expected 1 axes; got 2"),
        ((LSTM, X, None, STATE[:, 1:]), ValueError, r"c: expected shape \(3, 19\); got \(3, 18\)"),
        (
            (packed(Stack("gru", I, H)), X, None, STATE),
            ValueError,
            "c: expected None, as there is no cell state; got an array",
        ),
        (
            (packed(Stack("lstm", I, H, 2)), X, None, None),
            ValueError,
            "packed: expected one layer in one direction; got 2",
        ),
    ],
)
def test_what_a_step_does_not_accept(
    arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        native.cell_step(*arguments)
