"""The same bits from run to run, for any number of threads, any schedule, any caller's thread.

The order of every sum depends on shapes and dtype alone. How work is shared does not depend on the
cell, the dtype or the instruction set: every two of them meet, with every shape.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import numpy as np
import pytest

from pyrnn.kernels import native
from pyrnn.kernels.stack import Stack

from ..pairs import every_pair
from .conftest import ISAS
from .problems import (
    FLOATS,
    FORMS,
    Problem,
    assert_same_bits,
    draw,
    solve,
    stack_of,
    variant_of,
)

Threads = Callable[[int], None]

FORTY = tuple(int(n) for n in np.random.default_rng(0).permutation(np.arange(1, 41)))
# Shapes that a schedule may treat in its own way: one row, few rows, many; small and larger H.
SHAPES = [
    (Stack("lstm", 5, 17), 9, 1, None),
    (Stack("lstm", 33, 64, 2, bidirectional=True), 7, 2, (7, 3)),
    (Stack("lstm", 16, 33), 12, 13, None),
    (Stack("lstm", 5, 130), 6, 7, (6, 0, 2, 6, 5, 1, 3)),
    (Stack("lstm", 5, 17, 3, dropout=0.3), 11, 24, None),
    (Stack("lstm", 100, 200), 6, 20, None),
]


INPUTS = [(None, 0), (12, 0), (12, 3)]  # dense, by ids, by both: V, the columns beside the table's


def problem_of(form: str, shape: Any, given: tuple[int | None, int]) -> Problem:
    s, T, B, lengths = shape
    sizes = (s.input_size, s.hidden_size, s.num_layers, s.bidirectional)
    stack = stack_of(form, *sizes, dropout=s.dropout)
    vocabulary, beside = given
    seed = 5 if s.dropout else None
    return Problem(stack, T, B, lengths, seed=seed, vocabulary=vocabulary, beside=beside)


def varied(form: str, recompute: bool | int) -> Problem:
    """With all that a call may have beside its batch."""
    options = {"lengths": (11, 3, 0, 7), "recompute": recompute}
    return variant_of("all", form, 11, 4, (5, 17, 2), True, **options)


SCHEDULES = [
    dict(zip(("fuse", "split", "chunk"), switches, strict=True))
    for switches in product([True, False], ["none", "batch", "units"], [1, 4, 16])
    if switches != (True, "none", 16)
]


@pytest.mark.parametrize(
    ("problem", "dtype", "isa"),
    [
        *(
            (problem_of(form, shape, given), dtype, isa)
            for form, shape, given, dtype, isa in every_pair(FORMS, SHAPES, INPUTS, FLOATS, ISAS)
        ),
        *(
            (varied(form, recompute), dtype, isa)
            for form, recompute, dtype, isa in every_pair(FORMS, [False, 4], FLOATS, ISAS)
        ),
    ],
    ids=str,
    indirect=["isa"],
)
def test_threads_and_repetition(
    problem: Problem, dtype: str, isa: str, num_threads: Threads
) -> None:
    num_threads(1)
    alone = solve(native, problem, dtype)
    for threads in (1, 2, 4):
        num_threads(threads)
        assert_same_bits(solve(native, problem, dtype), alone)


@pytest.mark.parametrize(
    ("form", "B", "dtype", "isa"), every_pair(FORMS, [1, 3, 8], FLOATS, ISAS), indirect=["isa"]
)
def test_schedules_on_lengths_1_to_40(
    form: str, B: int, dtype: str, isa: str, num_threads: Threads
) -> None:
    for T in range(1, 41):
        problem = Problem(stack_of(form, 5, 17), T, B)
        data = draw(problem, dtype)
        num_threads(1)
        default = solve(native, problem, data=data)
        num_threads(2)
        for switches in SCHEDULES:
            with native.schedule(**switches):
                assert_same_bits(solve(native, problem, data=data), default)


@pytest.mark.parametrize(
    ("form", "dtype", "threads", "given", "isa"),
    every_pair(FORMS, FLOATS, [1, 2, 4], [(None, 0), (30, 0), (30, 2)], ISAS),
    indirect=["isa"],
)
def test_schedules_on_a_batch_of_lengths_1_to_40(
    form: str,
    dtype: str,
    threads: int,
    given: tuple[int | None, int],
    isa: str,
    num_threads: Threads,
) -> None:
    vocabulary, beside = given
    stack = stack_of(form, 5, 17, 2, bidirectional=True)
    problem = Problem(stack, 40, 40, FORTY, vocabulary=vocabulary, beside=beside)
    data = draw(problem, dtype)
    num_threads(1)
    default = solve(native, problem, data=data)
    num_threads(threads)
    for switches in SCHEDULES:
        with native.schedule(**switches):
            assert_same_bits(solve(native, problem, data=data), default)


@pytest.mark.parametrize(
    ("form", "dtype", "bidirectional", "lengths", "vocabulary", "isa"),
    every_pair(FORMS, FLOATS, [False, True], [None, (20, 3, 0, 11)], [None, 12], ISAS),
    indirect=["isa"],
)
def test_layers_that_follow_each_other_step_by_step(
    form: str,
    dtype: str,
    bidirectional: bool,
    lengths: tuple[int, ...] | None,
    vocabulary: int | None,
    isa: str,
    num_threads: Threads,
) -> None:
    """A layer may begin before the one below has ended: three of them, with dropout between."""
    stack = stack_of(form, 5, 17, 3, bidirectional, dropout=0.3)
    beside = 2 * (vocabulary is not None)
    problem = Problem(stack, 20, 4, lengths, seed=8, vocabulary=vocabulary, beside=beside)
    data = draw(problem, dtype)
    num_threads(1)
    with native.schedule(wavefront=False):
        one_by_one = solve(native, problem, data=data)
    for threads, chunk in product((1, 2, 4), (1, 3, 16)):
        num_threads(threads)
        with native.schedule(wavefront=True, chunk=chunk):
            assert_same_bits(solve(native, problem, data=data), one_by_one)


@pytest.mark.parametrize(
    ("form", "recompute", "dtype", "isa"),
    every_pair(FORMS, [False, 3], FLOATS, ISAS),
    indirect=["isa"],
)
def test_schedules_with_masks_and_resets(
    form: str, recompute: bool | int, dtype: str, isa: str, num_threads: Threads
) -> None:
    options = {"lengths": (20, 3, 0, 11), "recompute": recompute}
    problem = variant_of("all", form, 20, 4, (5, 17, 3), **options)
    data = draw(problem, dtype)
    num_threads(1)
    default = solve(native, problem, data=data)
    for threads, switches in product((1, 2, 4), [*SCHEDULES, {"wavefront": True, "chunk": 3}]):
        num_threads(threads)
        with native.schedule(**switches):
            assert_same_bits(solve(native, problem, data=data), default)


def test_instruction_sets_with_fma_agree(form: str, with_fma: list[str]) -> None:
    before = native.isa()
    try:
        plain = [problem_of(form, shape, given) for shape, given in product(SHAPES, INPUTS)]
        every = [*plain, *(varied(form, recompute) for recompute in (False, 4))]
        for dtype, problem in product(FLOATS, every):
            native.set_isa(with_fma[0])
            first = solve(native, problem, dtype)
            for name in with_fma[1:]:
                native.set_isa(name)
                assert_same_bits(solve(native, problem, dtype), first)
    finally:
        native.set_isa(before)


def test_calls_from_several_threads_at_once(form: str, isa: str, num_threads: Threads) -> None:
    num_threads(2)
    problem = Problem(stack_of(form, 16, 64, 2), 20, 7, seed=None)
    alone = solve(native, problem, "float32")
    with ThreadPoolExecutor(4) as pool:
        for results in pool.map(lambda _: solve(native, problem, "float32"), range(16)):
            assert_same_bits(results, alone)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS's frameworks do not survive fork")
def test_a_forked_child_finds_its_kernels_working(isa: str, num_threads: Threads) -> None:
    num_threads(2)
    problem = Problem(Stack("lstm", 16, 128, 2), 20, 7)
    before = solve(native, problem, "float32")  # the workers are awake now
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads: the point here
        child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(240)  # a child that waits for workers it does not have ends by this
        status = 1
        try:
            assert_same_bits(solve(native, problem, "float32"), before)
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert_same_bits(solve(native, problem, "float32"), before)
