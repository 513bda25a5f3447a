"""A short storm of random calls: hypothesis drives one here, a process of its own another."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn import _core

from ..interpreter import fresh_python
from .storm import NAMES, Storm

SCRIPT = Path(__file__).with_name("long_storm.py")


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    """Threads, schedule, instruction set and what the pool may keep as they were."""
    isa, threads, limit = _core.isa(), _core.get_num_threads(), _core.get_cache_limit()
    yield
    _core.fail_allocation(0, False)
    _core.force_schedule(-1, -1, -1, -1, 0)
    _core.set_num_threads(threads)
    _core.set_isa(isa)
    _core.set_cache_limit(limit)


def test_every_function_takes_part() -> None:
    assert {"pack", "forward", "backward", "adam", "set_isa", "fail_allocation"} <= set(NAMES)
    storm = Storm(random.Random(0))
    assert [name for name in NAMES if not hasattr(storm, name)] == []


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_hypothesis_drives(rng: random.Random) -> None:
    storm = Storm(rng)
    _core.fail_allocation(0, False)
    for _ in range(12):
        storm.call()


def test_most_calls_are_accepted() -> None:
    """A storm of nothing but refusals would test little."""
    storm = Storm(random.Random(1))
    for _ in range(1500):
        storm.call()
    assert storm.refused < 0.6 * storm.count
    assert storm.packed
    assert storm.spaces


@pytest.mark.parametrize("threads", [1, 2])
def test_a_storm_of_its_own(threads: int) -> None:
    arguments = ["--calls", 3000, "--each", 3000, "--threads", threads, "--seed", 5]
    done = fresh_python(SCRIPT, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3000 calls in 1 processes; 0 processes failed" in done.stdout
