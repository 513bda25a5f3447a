"""Numbers that rise, and that no two threads are given."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pyrnn.kernels import counter as counters
from pyrnn.kernels.counter import counter


@pytest.fixture(params=[True, False], ids=["global lock", "free-threaded"])
def gil(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters.sys, "_is_gil_enabled", lambda: request.param, raising=False)


@pytest.mark.usefixtures("gil")
def test_numbers_rise_by_one() -> None:
    step = counter(5)
    assert [step() for _ in range(4)] == [5, 6, 7, 8]


def test_no_two_threads_get_the_same() -> None:
    step = counter(0)
    with ThreadPoolExecutor(8) as pool:
        lists = list(pool.map(lambda _: [step() for _ in range(2000)], range(8)))
    assert sorted(number for numbers in lists for number in numbers) == list(range(16000))
    assert all(numbers == sorted(numbers) for numbers in lists)
