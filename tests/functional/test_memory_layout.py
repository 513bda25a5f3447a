"""Results do not depend on how operands lie in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pyrnn import Tensor, functional

LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "reversed": lambda a: a[::-1].copy()[::-1],
}
X = np.random.default_rng(0).normal(size=(6, 37)).astype("float32")
W = np.random.default_rng(1).normal(size=(9, 37)).astype("float32")
B = np.random.default_rng(2).normal(size=9).astype("float32")
TARGETS = np.arange(6)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "operation",
    [
        functional.tanh,
        functional.sigmoid,
        lambda x: functional.cross_entropy(x, TARGETS, reduction="none"),
        lambda x: functional.linear(x, W, B),
    ],
    ids=["tanh", "sigmoid", "cross_entropy", "linear"],
)
def test_operands_of_any_layout_give_the_same_bits(
    operation: Callable[[Any], Tensor], layout: str
) -> None:
    laid = LAYOUTS[layout](X)
    assert not laid.flags.c_contiguous
    a, b = Tensor(laid, requires_grad=True), Tensor(X, requires_grad=True)
    got, want = operation(a), operation(b)
    assert np.array_equal(got.numpy(), want.numpy())
    got.sum().backward()
    want.sum().backward()
    assert np.array_equal(a.grad, b.grad)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_linear_layer_starts_at_its_bias_whatever_its_layout(layout: str) -> None:
    want = functional.linear(X, W, B).numpy()
    assert np.array_equal(functional.linear(X, LAYOUTS[layout](W), B).numpy(), want)
    assert np.array_equal(functional.linear(X, W, LAYOUTS["strided"](B)).numpy(), want)
