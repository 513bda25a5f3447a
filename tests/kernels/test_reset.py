"""A cut sequence is two sequences: what a reset mask means, in either direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest

from pyrnn.kernels import native

from .problems import (
    EPS64,
    FLOATS,
    Data,
    Problem,
    Results,
    assert_same_bits,
    draw,
    solve,
    stack_of,
)

T, B = 9, 4
LENGTHS = (9, 6, 0, 7)
CUTS = ((4, 0), (5, 0), (0, 1), (3, 1), (2, 2), (6, 3), (8, 3))  # (2, 2) and (8, 3) lie past an end


def whole(form: str, **options: object) -> Problem:
    return Problem(stack_of(form, 4, 9, 1, **options), T, B, LENGTHS, cuts=CUTS)


class Piece(NamedTuple):
    """Steps first to end of sequence b."""

    b: int
    first: int
    end: int

    def begins(self, direction: int) -> bool:
        """Whether it starts from the call's initial state."""
        if direction == 0:
            return self.first == 0 and (0, self.b) not in CUTS
        return self.end == LENGTHS[self.b]

    def ends(self, direction: int) -> bool:
        """Whether the state that it leaves is the call's final one."""
        return self.end == LENGTHS[self.b] if direction == 0 else self.first == 0


def pieces() -> list[Piece]:
    """Those of each sequence; one that has no steps is a piece, too."""
    found = []
    for b, length in enumerate(LENGTHS):
        starts = sorted({0, *(t for t, sequence in CUTS if sequence == b and t < length)})
        found += [Piece(b, *ends) for ends in zip(starts, [*starts[1:], length], strict=True)]
    return found


PIECES = pieces()
LONGEST = max(piece.end - piece.first for piece in PIECES)


def steps_apart(array: np.ndarray) -> np.ndarray:
    """(T, B, ...) -> (LONGEST, pieces, ...)"""
    out = np.zeros((LONGEST, len(PIECES), *array.shape[2:]), array.dtype)
    for row, (b, first, end) in enumerate(PIECES):
        out[: end - first, row] = array[first:end, b]
    return out


def steps_joined(array: np.ndarray) -> np.ndarray:
    """(LONGEST, pieces, ...) -> (T, B, ...)"""
    out = np.zeros((T, B, *array.shape[2:]), array.dtype)
    for row, (b, first, end) in enumerate(PIECES):
        out[first:end, b] = array[: end - first, row]
    return out


def states_apart(array: np.ndarray, which: Callable[[Piece, int], bool]) -> np.ndarray:
    """(D, B, ...) -> (D, pieces, ...), zeros but for those pieces that have it."""
    out = np.zeros((len(array), len(PIECES), array.shape[2]), array.dtype)
    for (row, piece), d in product(enumerate(PIECES), range(len(array))):
        if which(piece, d):
            out[d, row] = array[d, piece.b]
    return out


def states_joined(array: np.ndarray, which: Callable[[Piece, int], bool]) -> np.ndarray:
    """(D, pieces, ...) -> (D, B, ...)"""
    out = np.zeros((len(array), B, array.shape[2]), array.dtype)
    for (row, piece), d in product(enumerate(PIECES), range(len(array))):
        if which(piece, d):
            out[d, piece.b] = array[d, row]
    return out


def cut_up(problem: Problem, data: Data) -> tuple[Problem, Data]:
    """The batch with each piece as a sequence of its own, from the state that it starts from."""
    lengths = tuple(piece.end - piece.first for piece in PIECES)
    apart = replace(
        data,
        x=steps_apart(data.x),
        h0=states_apart(data.h0, Piece.begins),
        c0=None if data.c0 is None else states_apart(data.c0, Piece.begins),
        lengths=np.array(lengths),
        reset=None,
        upstream={
            name: steps_apart(v) if name in STEPS else states_apart(v, Piece.ends)
            for name, v in data.upstream.items()
        },
    )
    return replace(problem, T=LONGEST, B=len(PIECES), lengths=lengths, cuts=None), apart


STEPS = {"y", "cells", "dx", "dy", "dcells"}
STATES = {"h_n": Piece.ends, "c_n": Piece.ends, "dh0": Piece.begins, "dc0": Piece.begins}


def joined(results: Results) -> Results:
    """The results of the pieces, but those of weights, as those of the whole batch."""
    steps = {name: steps_joined(v) for name, v in results.items() if name in STEPS}
    return steps | {
        name: states_joined(v, STATES[name]) for name, v in results.items() if name in STATES
    }


@pytest.mark.parametrize("zoneout", [(0.0, 0.0), (0.3, 0.2)])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("dtype", FLOATS)
def test_equals_cutting_the_sequences(
    form: str,
    bidirectional: bool,
    zoneout: tuple[float, float],
    dtype: str,
    kernels: ModuleType,
) -> None:
    """Zoneout without a seed is an expectation, and goes with no step's number."""
    problem = whole(form, bidirectional=bidirectional, zoneout=zoneout)
    data = draw(problem, dtype)
    got = solve(kernels, problem, data=data)
    other, pieces = cut_up(problem, data)
    apart = solve(kernels, other, data=pieces)
    want = joined(apart)
    if kernels is native:
        assert_same_bits({name: got[name] for name in want}, want)
    eps = np.finfo(dtype).eps
    for name, value in (apart | want).items():  # sums over rows have another order
        np.testing.assert_allclose(got[name], value, rtol=0, atol=1000 * eps, err_msg=name)


def test_h0_is_not_read_and_has_no_gradient_where_step_0_is_cut(
    form: str, kernels: ModuleType
) -> None:
    problem = whole(form)
    data = draw(problem, "float64")
    want = solve(kernels, problem, data=data)
    names = ["h", "c"][: 1 + problem.stack.has_cell_state]
    for name in names:
        assert not want[f"d{name}0"][:, 1].any()
        assert want[f"d{name}0"][:, [0, 2, 3]].any(axis=-1).all()
        getattr(data, f"{name}0")[:, 1] = np.nan
    assert_same_bits(solve(kernels, problem, data=data), want)


def test_is_not_read_past_a_length(form: str, kernels: ModuleType) -> None:
    problem = replace(whole(form, bidirectional=True), cuts=((4, 0), (2, 1)))
    data = draw(problem, "float64")
    want = solve(kernels, problem, data=data)
    assert data.reset is not None
    data.reset[np.arange(T)[:, None] >= np.array(LENGTHS)] = True
    assert_same_bits(solve(kernels, problem, data=data), want)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_without_a_cut_is_no_mask(form: str, bidirectional: bool, kernels: ModuleType) -> None:
    problem = replace(whole(form, bidirectional=bidirectional), cuts=None)
    data = draw(problem, "float32")
    want = solve(kernels, problem, data=data)
    data.reset = np.zeros((T, B), bool)
    assert_same_bits(solve(kernels, problem, data=data), want)


def test_cuts_every_layer(form: str, kernels: ModuleType) -> None:
    """No gradient of what follows a cut reaches what came before it, and no value the other way."""
    stack = stack_of(form, 4, 9, 3, bidirectional=True)
    problem = Problem(stack, T, 2, (9, 7), cuts=((5, 0), (5, 1)))
    data = draw(problem, "float64")
    late = np.arange(T) >= 5
    for name, value in data.upstream.items():
        value[...] = 0
        if name == "dy":
            value[late] = 1
    want = solve(kernels, problem, data=data)
    assert not want["dx"][~late].any()
    assert want["dx"][5:7].any(axis=-1).all()
    data.x[~late] += 1
    got = solve(kernels, problem, data=data)
    np.testing.assert_allclose(got["y"][late], want["y"][late], rtol=0, atol=100 * EPS64)
    assert not np.allclose(got["y"][~late], want["y"][~late])
