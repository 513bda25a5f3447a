"""What a length means: nothing past it is read, written or given a gradient."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from pyrnn.kernels import native
from pyrnn.kernels.stack import Lookup

from .problems import (
    EPS64,
    Data,
    Problem,
    assert_same_bits,
    draw,
    solve,
    stack_of,
)

LENGTHS = (3, 6, 0, 6, 1)


def ragged(form: str, **options: object) -> Problem:
    return Problem(stack_of(form, 4, 9, 2, bidirectional=True), 6, 5, LENGTHS, **options)


def past(problem: Problem) -> np.ndarray:
    """(T, B) bool: the places past a length."""
    assert problem.lengths is not None
    return np.arange(problem.T)[:, None] >= np.array(problem.lengths)


def test_padding_comes_out_as_exact_zeros(form: str, kernels: ModuleType) -> None:
    problem = ragged(form)
    results = solve(kernels, problem)
    for name in {"y", "cells", "dx"} & results.keys():
        assert not results[name][past(problem)].any(), name
        assert np.all(np.any(results[name][~past(problem)], axis=-1)), name


def test_padding_is_never_read(form: str, kernels: ModuleType) -> None:
    problem = ragged(form)
    clean = solve(kernels, problem)
    data = draw(problem, "float32")
    data.x[past(problem)] = np.nan
    for name in {"dy", "dcells"} & data.upstream.keys():
        data.upstream[name][past(problem)] = np.nan
    assert_same_bits(solve(kernels, problem, data=data), clean)


@pytest.mark.parametrize(("padding", "beside"), [(-1, 0), (-100, 3), (10**12, 0)])
def test_padding_ids_may_be_anything(
    form: str, padding: int, beside: int, kernels: ModuleType
) -> None:
    problem = ragged(form, vocabulary=7, beside=beside)
    clean = solve(kernels, problem)
    data = draw(problem, "float32")
    assert isinstance(data.x, Lookup)
    data.x.ids[past(problem)] = padding
    if data.x.beside is not None:
        data.x.beside[past(problem)] = np.nan
    assert_same_bits(solve(kernels, problem, data=data), clean)


def test_length_zero_returns_the_initial_state(form: str, kernels: ModuleType) -> None:
    problem = ragged(form)
    data = draw(problem, "float32")
    results = solve(kernels, problem, data=data)
    for state in ["h", "c"][: 1 + problem.stack.has_cell_state]:
        initial = data.h0 if state == "h" else data.c0
        assert initial is not None
        assert np.array_equal(results[f"{state}_n"][:, 2], initial[:, 2])
        assert np.array_equal(results[f"d{state}0"][:, 2], data.upstream[f"d{state}_n"][:, 2])


def test_no_steps_return_the_initial_state(form: str, kernels: ModuleType) -> None:
    problem = Problem(stack_of(form, 4, 9, 2, bidirectional=True), 0, 5)
    data = draw(problem, "float64")
    results = solve(kernels, problem, data=data)
    assert data.h0 is not None
    assert np.array_equal(results["h_n"], data.h0)
    assert not np.shares_memory(results["h_n"], data.h0)
    assert np.array_equal(results["dh0"], data.upstream["dh_n"])
    assert not results["dweight_hh_l0"].any()


def test_final_states_are_those_of_the_last_valid_step(form: str, kernels: ModuleType) -> None:
    """h_n of the last layer is y at the last step, in the reverse direction at the first."""
    problem = ragged(form)
    results = solve(kernels, problem)
    P = problem.stack.output_size
    for b, length in enumerate(LENGTHS):
        if length > 0:
            assert np.array_equal(results["h_n"][-2, b], results["y"][length - 1, b, :P])
            assert np.array_equal(results["h_n"][-1, b], results["y"][0, b, P:])


def test_a_batch_equals_its_sequences_one_by_one(form: str, kernels: ModuleType) -> None:
    """Rows of results by themselves; gradients of weights as the sum over the sequences."""
    problem = ragged(form)
    data = draw(problem, "float64")
    batch = solve(kernels, problem, data=data)
    weights = {name: np.zeros_like(g) for name, g in batch.items() if name.startswith("dweight")}
    for b, length in enumerate(LENGTHS):
        problem_b, data_b = one_sequence(problem, data, b, length)
        alone = solve(kernels, problem_b, data=data_b)
        for name, value in alone.items():
            if name in weights:
                weights[name] += value
            elif "bias" not in name:
                steps = slice(length) if name in {"y", "cells", "dx"} else slice(None)
                # 1000 eps: sums of some 20 terms of order 1, through 6 steps and 2 layers
                np.testing.assert_allclose(
                    batch[name][steps, b], value[:, 0], rtol=0, atol=1000 * EPS64, err_msg=name
                )
    for name, total in weights.items():
        np.testing.assert_allclose(batch[name], total, rtol=0, atol=1000 * EPS64, err_msg=name)


def one_sequence(problem: Problem, data: Data, b: int, length: int) -> tuple[Problem, Data]:
    """Sequence b of a batch as a batch of its own, without lengths."""

    def rows(array: np.ndarray | None, steps: int | None = None) -> np.ndarray | None:
        return None if array is None else array[:steps, b : b + 1].copy()

    steps = {"dy": length, "dcells": length}
    alone = replace(
        data,
        x=rows(data.x, length),
        h0=rows(data.h0),
        c0=rows(data.c0),
        lengths=None,
        upstream={name: rows(v, steps.get(name)) for name, v in data.upstream.items()},
    )
    return replace(problem, T=length, B=1, lengths=None), alone


def test_full_lengths_equal_no_lengths(form: str, kernels: ModuleType) -> None:
    problem = Problem(stack_of(form, 4, 9, 2, bidirectional=True), 6, 5)
    data = draw(problem, "float32")
    without = solve(kernels, problem, data=data)
    data.lengths = np.full(5, 6)
    assert_same_bits(solve(kernels, problem, data=data), without)


def test_the_order_of_sequences_is_free(form: str, isa: str) -> None:
    """A row's bits do not depend on which rows it shares a tile with."""
    if isa == "reference":
        pytest.skip("NumPy's matmul promises no order of sums")
    problem = ragged(form)
    data = draw(problem, "float32")
    results = solve(native, problem, data=data)
    order = np.array([4, 2, 1, 0, 3])

    def shuffled(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else np.ascontiguousarray(array[:, order])

    other = replace(
        data,
        x=shuffled(data.x),
        h0=shuffled(data.h0),
        c0=shuffled(data.c0),
        lengths=data.lengths[order],
        upstream={k: shuffled(v) for k, v in data.upstream.items()},
    )
    rows = [name for name in results if "weight" not in name and "bias" not in name]
    moved = {name: shuffled(results[name]) for name in rows}
    got = solve(native, problem, data=other)
    assert_same_bits({name: got[name] for name in rows}, moved)
