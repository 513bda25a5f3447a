"""Zoneout, recurrent dropout, and what a call keeps or leaves out, for every cell."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from pyrnn.kernels import dropout, native

from ..pairs import every_pair
from .conftest import KERNELS
from .problems import (
    EPS64,
    FLOATS,
    FORMS,
    VARIANTS,
    Problem,
    assert_same_bits,
    draw,
    named_results,
    run_forward,
    solve,
    stack_of,
    variant_of,
)

MASKED = {"dropout": 0.3, "zoneout": (0.3, 0.2), "recurrent_dropout": 0.4}
MASKS = {name: {name: value} for name, value in MASKED.items()} | {"all": MASKED}


@pytest.mark.parametrize("masks", MASKS.values(), ids=MASKS)
def test_masks_act_with_a_seed_alone(
    form: str, masks: dict[str, object], kernels: ModuleType
) -> None:
    problem = Problem(stack_of(form, 4, 9, 3, **masks), 6, 5)
    data = draw(problem, "float32")
    calls = [run_forward(kernels, problem, data, seed=seed) for seed in (3, 4, None, None)]
    assert not np.array_equal(calls[0].y, calls[1].y)
    assert not np.array_equal(calls[0].y, calls[2].y)
    assert np.array_equal(calls[2].y, calls[3].y)
    if "zoneout" not in masks:
        plain = replace(problem, stack=stack_of(form, 4, 9, 3))
        assert np.array_equal(run_forward(kernels, plain, data, seed=None).y, calls[2].y)
        assert np.array_equal(run_forward(kernels, plain, data, seed=3).y, calls[2].y)


def test_what_zoneout_keeps_has_its_bits(form: str, kernels: ModuleType) -> None:
    """A unit under its mask has the value of the step before; the others follow the cell."""
    stack = stack_of(form, 4, 9, 1, True, zoneout=(0.5, 0.4))
    problem = Problem(stack, 6, 5, (6, 2, 0, 6, 3), seed=2**63)
    data = draw(problem, "float32")
    results = named_results(stack, run_forward(kernels, problem, data))
    P, H = stack.output_size, stack.hidden_size
    states = [(0, P, "y", data.h0), (1, H, "cells", data.c0)][: 1 + stack.has_cell_state]
    for (state, width, name, initial), direction in [(s, d) for s in states for d in (0, 1)]:
        kept = dropout.zoneout_mask(stack, 2**63, direction, state, 6, np.arange(5))
        assert initial is not None
        values = results[name][:, :, direction * width :][:, :, :width]
        for b, length in enumerate(problem.lengths or ()):
            before = initial[direction, b]
            for t in range(length) if direction == 0 else reversed(range(length)):
                same = values[t, b] == before
                assert same[kept[t, b]].all(), (name, direction, b, t)
                assert not values[t, b][same & ~kept[t, b]].any()  # a ReLU's zeros
                before = values[t, b]


def test_recurrent_dropout_of_a_step_drops_h0_alone(form: str, kernels: ModuleType) -> None:
    """From zeros the first step has nothing that could be dropped; the second one has."""
    problem = Problem(stack_of(form, 4, 9, recurrent_dropout=0.5), 2, 5, states=False, seed=3)
    data = draw(problem, "float32")
    y = run_forward(kernels, problem, data).y
    plain = run_forward(kernels, problem, data, seed=None).y
    assert np.array_equal(y[0], plain[0])
    assert not np.array_equal(y[1], plain[1])


@pytest.mark.parametrize("masks", MASKS.values(), ids=MASKS)
def test_a_sequence_has_its_masks_in_any_batch(
    form: str, masks: dict[str, object], kernels: ModuleType
) -> None:
    """They go with its number: neither its place, nor the others, nor the padding matters."""
    numbers, lengths = (7, 2, 40, 0), (5, 2, 4, 3)
    stack = stack_of(form, 4, 9, 3, bidirectional=True, **masks)
    whole = Problem(stack, 5, 4, lengths, states=False, seed=6, sequences=numbers)
    data = draw(whole, "float64")
    y = run_forward(kernels, whole, data).y
    assert not np.array_equal(y, run_forward(kernels, whole, data, sequences=None).y)
    packed = kernels.pack(stack, data.weights)
    for b, (number, length) in enumerate(zip(numbers, lengths, strict=True)):
        for padding in (0, 3):
            x = np.zeros((length + padding, 1, 4))
            x[:length, 0] = data.x[:length, b]
            options = {"seed": 6, "sequences": np.array([number])}
            alone = kernels.forward(packed, x, None, None, np.array([length]), **options).y
            assert_alike(kernels, alone[:length, 0], y[:length, b])
    order = [2, 0, 3, 1]
    options = {"seed": 6, "sequences": np.array(numbers)[order]}
    x, lengths_moved = np.ascontiguousarray(data.x[:, order]), np.array(lengths)[order]
    moved = kernels.forward(packed, x, None, None, lengths_moved, **options).y
    assert_alike(kernels, moved, y[:, order])


def assert_alike(kernels: ModuleType, got: np.ndarray, want: np.ndarray) -> None:
    """The same bits; of the reference 100 eps, as NumPy's matmul promises no order of sums."""
    tolerance = 0 if kernels is native else 100 * EPS64
    np.testing.assert_allclose(got, want, rtol=0, atol=tolerance)


@pytest.mark.parametrize("masks", MASKS.values(), ids=MASKS)
def test_sequences_are_numbered_from_0_unless_told(
    form: str, masks: dict[str, object], kernels: ModuleType
) -> None:
    problem = Problem(stack_of(form, 4, 9, 2, **masks), 6, 5, seed=3)
    told = replace(problem, sequences=tuple(range(5)))
    data = draw(problem, "float32")
    assert_same_bits(solve(kernels, told, data=data), solve(kernels, problem, data=data))


def test_the_mean_over_masks_of_zoneout_is_its_expectation(form: str, kernels: ModuleType) -> None:
    """Of a single step, of which h' is linear in the masks."""
    problem = Problem(stack_of(form, 4, 40, zoneout=(0.3, 0.2)), 1, 50)
    data = draw(problem, "float64")
    want = run_forward(kernels, problem, data, seed=None).y
    mean = np.mean([run_forward(kernels, problem, data, seed=k).y for k in range(200)], axis=0)
    # of 200 masks, sqrt(p (1 - p) / 200) = 0.03 of |h~ - h|, which is 1.4 of what stands here
    assert abs(mean - want).mean() < 0.1 * abs(want - data.h0).mean()


@pytest.mark.parametrize(
    ("form", "bidirectional", "variant", "kernels"),
    every_pair(FORMS, [False, True], list(VARIANTS), KERNELS),
    indirect=["kernels"],
)
def test_the_last_output_is_the_last_state(
    form: str, bidirectional: bool, variant: str, kernels: ModuleType
) -> None:
    """Without y everything else is as with it, and its gradient as if zeros had arrived."""
    problem = variant_of(variant, form, 6, 3, (4, 9, 2), bidirectional, lengths=(3, 6, 0))
    every = replace(problem, absent=frozenset({"dy", "dcells"}))
    want = solve(kernels, every)
    last = solve(kernels, replace(problem, outputs=False))
    assert "y" not in last
    assert_same_bits(last, {name: want[name] for name in last})
    assert want.keys() - last.keys() <= {"y", "cells"}


@pytest.mark.parametrize(
    ("T", "B", "lengths"), [(0, 3, None), (4, 0, None), (4, 2, (0, 0)), (0, 0, ())]
)
@pytest.mark.parametrize("save", [True, False])
@pytest.mark.parametrize("recompute", [False, True])
def test_no_steps_leave_the_initial_state(
    form: str,
    T: int,
    B: int,
    lengths: tuple[int, ...] | None,
    save: bool,
    recompute: bool,
    kernels: ModuleType,
) -> None:
    problem = Problem(stack_of(form, 4, 9, 2, bidirectional=True), T, B, lengths, outputs=False)
    data = draw(problem, "float32")
    forward = run_forward(kernels, problem, data, save=save, recompute=recompute)
    assert forward.y is None
    assert np.array_equal(forward.h_n, data.h0)
    if save:
        gradients = kernels.backward(forward.workspace, **data.upstream)
        assert np.array_equal(gradients.h0, data.upstream["dh_n"])


@pytest.mark.parametrize(
    ("form", "dtype", "variant", "recompute", "kernels"),
    every_pair(FORMS, FLOATS, list(VARIANTS), [True, 1, 2, 5, 100], KERNELS),
    indirect=["kernels"],
)
def test_recompute_changes_no_bit(
    form: str, dtype: str, variant: str, recompute: bool | int, kernels: ModuleType
) -> None:
    problem = variant_of(variant, form, 7, 3, (4, 9, 2), True, lengths=(7, 0, 4))
    again = replace(problem, recompute=recompute)
    assert_same_bits(solve(kernels, again, dtype), solve(kernels, problem, dtype))
    for other in (again, problem):
        last = solve(kernels, replace(other, outputs=False), dtype)
        assert_same_bits(last, solve(kernels, replace(problem, outputs=False), dtype))
