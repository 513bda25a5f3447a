"""Functions of one's own: contexts, options, several outputs."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn import Tensor
from pyrnn.autograd import Function, gradcheck


class Square(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save(x)
        return x * x

    @staticmethod
    def backward(ctx, dy):
        (x,) = ctx.saved
        return 2 * x * dy


class Split(Function):
    """Two halves and, on request, an integer output; remembers what arrived."""

    arrived: tuple = ()

    @staticmethod
    def forward(ctx, x, scale=1.0, count=False):
        half = len(x) // 2
        ctx.save(x.shape, scale)
        return scale * x[:half], None, scale * x[half:], np.int64(half) if count else None

    @staticmethod
    def backward(ctx, *dys):
        Split.arrived = tuple(dy is not None for dy in dys)
        shape, scale = ctx.saved
        dx = np.zeros(shape)
        half = shape[0] // 2
        if dys[0] is not None:
            dx[:half] = scale * dys[0]
        if dys[2] is not None:
            dx[half:] = scale * dys[2]
        return dx


def test_one_output():
    assert gradcheck(Square.apply, [np.array([1.0, -2.0])])


def test_several_outputs_with_absent_ones():
    assert gradcheck(lambda x: Split.apply(x, scale=3.0), [np.arange(4.0)])
    first, absent, second, count = Split.apply(Tensor([1.0, 2.0], requires_grad=True), count=True)
    assert absent is None
    assert (first.requires_grad, second.requires_grad, count.requires_grad) == (True, True, False)
    second.backward()
    assert Split.arrived == (False, False, True, False)


def test_arrays_none_and_options_pass_through():
    class Affine(Function):
        @staticmethod
        def forward(ctx, x, w, b, power):
            assert ctx.needs_input_grad == (False, True, False)
            ctx.save(x)
            assert b is None
            return x * w**power

        @staticmethod
        def backward(ctx, dy):
            (x,) = ctx.saved
            return None, x * dy, None

    y = Affine.apply(np.array([2.0]), Tensor([3.0], requires_grad=True), None, power=1)
    assert y.data[0] == 6
    y.backward()


def test_the_context_tells_whether_the_graph_is_retained():
    seen = []

    class Look(Function):
        @staticmethod
        def forward(ctx, x):
            return x.copy()

        @staticmethod
        def backward(ctx, dy):
            seen.append(ctx.retain_graph)
            return dy

    y = Look.apply(Tensor([1.0], requires_grad=True))
    y.backward(retain_graph=True)
    y.backward()
    assert seen == [True, False]


def test_nothing_is_recorded_for_constants():
    y = Square.apply(Tensor([2.0]))
    assert y.is_leaf
    assert not y.requires_grad


def test_a_function_without_methods():
    with pytest.raises(NotImplementedError):
        Function.apply(Tensor([1.0]))
