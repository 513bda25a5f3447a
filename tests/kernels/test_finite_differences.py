"""The reference's gradients are the derivatives of its forward pass: central differences, float64.

With loss = sum of every result times its upstream gradient, random weights, and every element of
every input moved by EPS = 1e-5 and by twice that, either way. The difference quotient is wrong by
O(EPS^4), which is nothing even where the norm of two numbers close to each other is steep (two
points, O(EPS^2), are wrong by 1e-6 there), and by O(eps64 |loss| / EPS), about 1e-10: 1e-7 leaves
room and is far below any gradient.
"""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.kernels import reference
from pyrnn.kernels.stack import Lookup

from .problems import (
    FORMS,
    VARIANTS,
    Data,
    Problem,
    draw,
    named_gradients,
    named_results,
    run_forward,
    stack_of,
    variant_of,
)

EPS = 1e-5
TOLERANCE = 1e-7

PROBLEMS = [
    Problem(stack, T=4, B=3, lengths=lengths, **options)
    for form in FORMS
    for stack, lengths, options in [
        (stack_of(form, 3, 2), None, {}),
        (stack_of(form, 3, 2, 2, bidirectional=True), (2, 0, 4), {}),
        (stack_of(form, 2, 3, 2, dropout=0.4), (4, 1, 3), {"seed": 5}),
        (stack_of(form, 2, 2, bidirectional=True, bias=False), (3, 4, 3), {"vocabulary": 4}),
        (stack_of(form, 3, 2, 2), (4, 0, 3), {"vocabulary": 4, "beside": 1}),
    ]
]
PROBLEMS += [
    variant_of(variant, form, 4, 3, sizes, bidirectional, **options)
    for form in FORMS
    for variant in VARIANTS
    for sizes, bidirectional, options in [
        ((3, 3, 2), False, {"lengths": (4, 1, 3)}),
        ((2, 3, 1), True, {}),
    ]
]
PROBLEMS += [
    variant_of("all", form, 4, 3, (3, 4, 1), True, lengths=(4, 1, 4), outputs=False, recompute=2)
    for form in FORMS
]


def loss(problem: Problem, data: Data) -> float:
    results = named_results(problem.stack, run_forward(reference, problem, data, save=False))
    weighted = {f"d{name}": value for name, value in results.items()}
    return sum(float(np.sum(weighted[name] * d)) for name, d in data.upstream.items())


def inputs(problem: Problem, data: Data) -> dict[str, np.ndarray]:
    """Every array that has a gradient, under the gradient's name."""
    named = dict(zip(problem.stack.weight_names(), data.weights, strict=True))
    table, x = (data.x.table, data.x.beside) if isinstance(data.x, Lookup) else (None, data.x)
    others = {"x": x, "table": table, "h0": data.h0, "c0": data.c0}
    named |= {name: array for name, array in others.items() if array is not None}
    return {f"d{name}": value for name, value in named.items()}


def difference_quotients(problem: Problem, data: Data, moved: np.ndarray) -> np.ndarray:
    """d loss / d moved, where `moved` is one of the arrays in data."""
    quotients = np.empty_like(moved)
    for index in np.ndindex(moved.shape):
        before = moved[index]
        losses = {}
        for steps in (-2, -1, 1, 2):
            moved[index] = before + steps * EPS
            losses[steps] = loss(problem, data)
        moved[index] = before
        near, far = losses[1] - losses[-1], losses[2] - losses[-2]
        quotients[index] = (8 * near - far) / (12 * EPS)
    return quotients


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_gradients_of_every_input(problem: Problem) -> None:
    data = draw(problem, "float64")
    forward = run_forward(reference, problem, data)
    gradients = reference.backward(forward.workspace, **data.upstream)
    analytic = named_gradients(problem.stack, gradients)
    arrays = inputs(problem, data)
    assert analytic.keys() == arrays.keys()
    for name, array in arrays.items():
        numeric = difference_quotients(problem, data, array)
        scale = max(1.0, float(np.abs(numeric).max()))
        np.testing.assert_allclose(
            analytic[name], numeric, rtol=0, atol=TOLERANCE * scale, err_msg=name
        )
        assert np.abs(numeric).max() > 1e-3, f"{name} is not put to the test"
