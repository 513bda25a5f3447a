"""Native equals the reference: forward and every gradient, over a covering set of problems."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrnn.kernels import native
from pyrnn.kernels.stack import CELLS, Stack, look_up

from .problems import FLOATS, FORMS, Problem, assert_close, solve, stack_of

# T, B, I, H, L, D, lengths, options. Each row is met by every form, dtype and instruction set;
# together they hold H in 1 7 17 33 64, I in 1 5 33, B in 0 1 3 7, T in 0 1 5 12, and each option
# with and without raggedness. Beside a table's E columns stand 1, 2, 4, 16 and 32.
# Masks, resets and windows that are run again stand at the end.
# Sizes sit beside multiples of 4, 8 and 16, the widths of a vector.
EVERY = {
    "dropout": 0.2,
    "zoneout": (0.2, 0.3),
    "recurrent_dropout": 0.3,
    "seed": 7,
    "cuts": ((0, 0), (5, 1), (12, 1), (3, 0)),
}
SHAPES = [
    (1, 1, 1, 1, 1, 1, None, {}),
    (5, 3, 5, 7, 1, 1, None, {}),
    (12, 1, 33, 17, 1, 1, None, {}),
    (12, 7, 5, 33, 1, 1, (3, 12, 0, 7, 12, 1, 5), {}),
    (5, 3, 33, 64, 1, 2, (5, 2, 4), {}),
    (12, 3, 5, 16, 2, 2, (12, 12, 4), {}),
    (5, 7, 1, 17, 3, 1, (0, 0, 5, 0, 1, 0, 0), {"bias": False}),
    (12, 3, 5, 7, 2, 2, (4, 4, 4), {"states": False}),
    (5, 7, 5, 32, 1, 1, None, {"states": False, "bias": False}),
    (5, 3, 5, 7, 1, 1, (0, 0, 0), {}),
    (1, 7, 33, 33, 2, 1, (1, 0, 1, 1, 0, 1, 1), {}),
    (0, 3, 5, 7, 2, 2, None, {}),
    (0, 3, 5, 7, 1, 1, (0, 0, 0), {}),
    (5, 0, 5, 7, 2, 2, None, {}),
    (5, 0, 5, 7, 1, 1, (), {}),
    (0, 0, 1, 1, 1, 2, None, {}),
    (12, 7, 5, 17, 1, 1, None, {"vocabulary": 9}),
    (12, 3, 33, 7, 2, 2, (12, 0, 5), {"vocabulary": 40}),
    (1, 1, 5, 64, 1, 1, None, {"vocabulary": 2}),
    (12, 7, 5, 17, 1, 1, None, {"vocabulary": 9, "beside": 4}),
    (12, 3, 33, 7, 2, 2, (12, 0, 5), {"vocabulary": 40, "beside": 32}),
    (12, 3, 33, 33, 2, 2, (7, 12, 1), {"dropout": 0.25, "seed": 7, "vocabulary": 5, "beside": 16}),
    (1, 1, 5, 64, 1, 1, None, {"vocabulary": 2, "beside": 1}),
    (5, 3, 5, 7, 1, 1, (0, 0, 0), {"vocabulary": 3, "beside": 1}),
    (0, 3, 5, 7, 2, 2, None, {"vocabulary": 3, "beside": 2}),
    (5, 0, 5, 7, 1, 2, None, {"vocabulary": 3, "beside": 2}),
    (5, 7, 5, 17, 3, 1, None, {"dropout": 0.4, "seed": 2**64 - 1}),
    (12, 3, 5, 33, 2, 2, (7, 12, 1), {"dropout": 0.25, "seed": 7, "vocabulary": 5}),
    (5, 3, 5, 8, 2, 1, None, {"dropout": 0.5, "seed": None}),
    (12, 3, 5, 9, 2, 2, (7, 12, 1), {"dropout": 0.5, "seed": 3, "sequences": (2**63 - 1, 0, 5)}),
    (2, 40, 3, 9, 1, 1, None, {}),
    (40, 2, 16, 16, 1, 2, (40, 23), {}),
    (12, 7, 5, 17, 1, 1, (3, 12, 0, 7, 12, 1, 5), {"zoneout": (0.3, 0.2), "seed": 7}),
    (12, 3, 33, 33, 2, 2, (7, 12, 1), {"zoneout": (0.3, 0.2)}),
    (5, 7, 5, 9, 1, 2, None, {"zoneout": (0.0, 0.5), "seed": 2**64 - 1, "vocabulary": 9}),
    (12, 7, 5, 17, 2, 1, (3, 12, 0, 7, 12, 1, 5), {"recurrent_dropout": 0.3, "seed": 7}),
    (5, 3, 5, 64, 1, 2, None, {"recurrent_dropout": 0.5, "seed": 1, "sequences": (4, 2**40, 0)}),
    (12, 3, 5, 17, 2, 2, (7, 12, 1), {"cuts": ((0, 0), (5, 1), (6, 1), (9, 0), (3, 0))}),
    (12, 3, 5, 33, 1, 1, None, {"cuts": ((11, 0), (0, 1), (5, 2)), "states": False, "bias": False}),
    (20, 3, 5, 17, 2, 2, (7, 20, 0), {**EVERY, "vocabulary": 9, "beside": 2}),
    (20, 3, 5, 17, 2, 2, (7, 20, 0), {**EVERY, "recompute": 6}),
    (20, 3, 5, 17, 3, 1, None, {**EVERY, "recompute": 7, "outputs": False, "vocabulary": 9}),
    (20, 3, 5, 17, 2, 2, None, {"recompute": True, "outputs": False}),
]


def problem(form: str, T: int, B: int, I: int, H: int, L: int, D: int, lengths, options) -> Problem:
    options = dict(options)
    names = ("bias", "dropout", "zoneout", "recurrent_dropout")
    stack = {k: options.pop(k) for k in names if k in options}
    return Problem(stack_of(form, I, H, L, D == 2, **stack), T, B, lengths, **options)


PROBLEMS = [
    problem(form, *shape)
    for shape in SHAPES
    for form in FORMS
    if shape[3] > 1 or form in CELLS  # of one unit there is no projection
]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_native_equals_the_reference(problem: Problem, dtype: str, isa: str) -> None:
    assert_close(problem, dtype, solve(native, problem, dtype))


def absences() -> Iterator[Problem]:
    """Every set of upstream gradients that may be absent, all of them included."""
    for form in FORMS:
        stack = stack_of(form, 5, 7, 2, bidirectional=True)
        names = ["dy", "dh_n"] + ["dc_n", "dcells"] * stack.has_cell_state
        for absent in chain.from_iterable(combinations(names, n) for n in range(len(names) + 1)):
            yield Problem(stack, 5, 3, (2, 5, 0), absent=frozenset(absent))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("problem", list(absences()), ids=str)
def test_upstream_gradients_may_be_absent(problem: Problem, dtype: str, isa: str) -> None:
    assert_close(problem, dtype, solve(native, problem, dtype))


@st.composite
def any_problem(draw: st.DrawFn) -> Problem:
    size = st.integers(1, 40)
    T, B = draw(st.integers(0, 20)), draw(st.integers(0, 20))
    dropout, recurrent, h, c = (draw(st.sampled_from([0.0, 0.3])) for _ in range(4))
    cell, hidden = draw(st.sampled_from(CELLS)), draw(size)
    stack = Stack(
        cell,
        draw(size),
        hidden,
        draw(st.integers(1, 3)),
        proj_size=draw(st.integers(0, hidden - 1)) if look_up(cell).projects else 0,
        bidirectional=draw(st.booleans()),
        bias=draw(st.booleans()),
        dropout=dropout,
        zoneout=(h, c if look_up(cell).has_cell_state else 0.0),
        recurrent_dropout=recurrent,
    )
    steps = st.tuples(st.integers(0, T - 1), st.integers(0, B - 1)) if T and B else st.nothing()
    ragged = st.lists(st.integers(0, T), min_size=B, max_size=B).map(tuple)
    numbers = st.lists(st.integers(0, 2**63 - 1), min_size=B, max_size=B).map(tuple)
    vocabulary = draw(st.none() | st.integers(1, 50))
    return Problem(
        stack,
        T,
        B,
        lengths=draw(st.none() | ragged),
        states=draw(st.booleans()),
        vocabulary=vocabulary,
        beside=0 if vocabulary is None else draw(st.integers(0, stack.input_size - 1)),
        seed=draw(st.none() | st.integers(0, 2**64 - 1)),
        sequences=draw(st.none() | numbers),
        cuts=draw(st.none() | st.lists(steps, min_size=1).map(tuple)) if T and B else None,
        outputs=draw(st.booleans()),
        recompute=draw(st.sampled_from([False, True, 1, 5])),
        absent=draw(st.frozensets(st.sampled_from(["dy", "dh_n"]))),
    )


@pytest.mark.slow
@pytest.mark.parametrize("dtype", FLOATS)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=any_problem())
def test_native_equals_the_reference_on_any_shape(problem: Problem, dtype: str, isa: str) -> None:
    assert_close(problem, dtype, solve(native, problem, dtype))
