"""What forward leaves for backward, how often it may be used, and what backward is asked for."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from .problems import (
    Data,
    Problem,
    assert_same_bits,
    draw,
    named_gradients,
    run_forward,
    stack_of,
)


@pytest.fixture
def problem(form: str) -> Problem:
    return Problem(stack_of(form, 4, 9, 2, bidirectional=True), 6, 3, (3, 6, 0))


@pytest.fixture
def data(problem: Problem) -> Data:
    return draw(problem, "float32")


def test_is_absent_unless_saved(kernels: ModuleType, problem: Problem, data: Data) -> None:
    assert run_forward(kernels, problem, data, save=False).workspace is None


def test_saving_changes_no_result(kernels: ModuleType, problem: Problem, data: Data) -> None:
    saved = run_forward(kernels, problem, data, save=True)
    plain = run_forward(kernels, problem, data, save=False)
    assert np.array_equal(saved.y, plain.y)
    assert np.array_equal(saved.h_n, plain.h_n)


def test_a_second_backward_raises(kernels: ModuleType, problem: Problem, data: Data) -> None:
    workspace = run_forward(kernels, problem, data).workspace
    kernels.backward(workspace, **data.upstream)
    with pytest.raises(RuntimeError, match=r"^workspace: .* consumed it.*retain=True"):
        kernels.backward(workspace, **data.upstream)


def test_retain_allows_a_second_backward(kernels: ModuleType, problem: Problem, data: Data) -> None:
    workspace = run_forward(kernels, problem, data).workspace
    first = kernels.backward(workspace, **data.upstream, retain=True)
    other = kernels.backward(workspace, dy=2 * data.upstream["dy"], retain=True)
    second = kernels.backward(workspace, **data.upstream)
    named = [named_gradients(problem.stack, g) for g in (first, second)]
    assert_same_bits(named[1], named[0])
    assert not np.array_equal(other.x, first.x)
    with pytest.raises(RuntimeError, match="consumed"):
        kernels.backward(workspace)


def test_a_refused_call_does_not_consume_it(
    kernels: ModuleType, problem: Problem, data: Data
) -> None:
    workspace = run_forward(kernels, problem, data).workspace
    with pytest.raises(ValueError, match=r"^dy: "):
        kernels.backward(workspace, dy=np.zeros((1, 2, 3), np.float32))
    kernels.backward(workspace, **data.upstream)


@pytest.mark.parametrize("workspace", [None, 3, np.zeros(3)], ids=["None", "int", "array"])
def test_must_come_from_forward(kernels: ModuleType, workspace: object) -> None:
    with pytest.raises(TypeError, match=r"^workspace: expected that of forward\(.*save=True\)"):
        kernels.backward(workspace)


def test_survives_its_packed_weights(kernels: ModuleType, problem: Problem, data: Data) -> None:
    """Backward uses the weights of its forward call, whatever became of the originals."""
    want = kernels.backward(run_forward(kernels, problem, data).workspace, **data.upstream)
    forward = run_forward(kernels, problem, data)
    for weight in data.weights:
        weight[:] = np.nan
    got = kernels.backward(forward.workspace, **data.upstream)
    assert_same_bits(named_gradients(problem.stack, got), named_gradients(problem.stack, want))


def test_packed_is_a_copy(kernels: ModuleType, problem: Problem, data: Data) -> None:
    packed = kernels.pack(problem.stack, data.weights)
    y = kernels.forward(packed, data.x).y
    for weight in data.weights:
        weight[:] = np.nan
    assert np.array_equal(kernels.forward(packed, data.x).y, y)


@pytest.mark.parametrize("missing", ["needs_x", "needs_state", "needs_weights"])
def test_gradients_that_nobody_needs_are_none(
    kernels: ModuleType, missing: str, problem: Problem, data: Data
) -> None:
    workspace = run_forward(kernels, problem, data).workspace
    gradients = kernels.backward(workspace, **data.upstream, retain=True)
    every = named_gradients(problem.stack, gradients)
    part = kernels.backward(workspace, **data.upstream, **{missing: False})
    assert (part.x is None) == (missing == "needs_x")
    assert (part.h0 is None) == (missing == "needs_state")
    assert (part.weights is None) == (missing == "needs_weights")
    assert part.c0 is None or (problem.stack.has_cell_state and missing != "needs_state")
    named = named_gradients(problem.stack, part)
    assert_same_bits(named, {name: every[name] for name in named})


def test_what_forward_was_told_not_to_keep_for_x(
    kernels: ModuleType, problem: Problem, data: Data
) -> None:
    """needs_x=False is a promise: backward holds the caller to it, and gives the same otherwise."""
    every = kernels.backward(run_forward(kernels, problem, data).workspace, **data.upstream)
    workspace = run_forward(kernels, problem, data, needs_x=False).workspace
    with pytest.raises(ValueError, match=r"^needs_x: expected False, .*; got True$"):
        kernels.backward(workspace, **data.upstream)
    part = kernels.backward(workspace, **data.upstream, needs_x=False)
    assert part.x is None
    named = named_gradients(problem.stack, every._replace(x=None))
    assert_same_bits(named_gradients(problem.stack, part), named)


def test_no_upstream_gradient_gives_zeros(
    kernels: ModuleType, problem: Problem, data: Data
) -> None:
    gradients = kernels.backward(run_forward(kernels, problem, data).workspace)
    for name, gradient in named_gradients(problem.stack, gradients).items():
        assert not gradient.any(), name


def test_states_that_were_not_given_have_gradients(
    kernels: ModuleType, problem: Problem, data: Data
) -> None:
    """No h0 means zeros, and how the loss depends on those is still defined."""
    data.h0, data.c0 = np.zeros_like(data.h0), None
    zeros = kernels.backward(run_forward(kernels, problem, data).workspace, **data.upstream)
    data.h0 = None
    absent = kernels.backward(run_forward(kernels, problem, data).workspace, **data.upstream)
    assert_same_bits(named_gradients(problem.stack, absent), named_gradients(problem.stack, zeros))


def test_inputs_are_left_alone(kernels: ModuleType, problem: Problem, data: Data) -> None:
    given = [*data.weights, data.x, data.h0, data.lengths, *data.upstream.values()]
    before = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False  # what a Parameter's view is
    forward = run_forward(kernels, problem, data)
    kernels.backward(forward.workspace, **data.upstream)
    for array, copy in zip(given, before, strict=True):
        assert np.array_equal(array, copy)
