"""Contestants take turns, each is warmed up, and ratios pair what stood together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import timing
from benchmarks.timing import Plan, Spread, race, ratios, take_turns


class Clock:
    """Time that passes only where a call says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timing, "time", clock)
    return clock


def test_a_race_times_each_contestant_once_a_round(clock: Clock, plan: Plan) -> None:
    called = []

    def contestant(name: str, seconds: float) -> None:
        called.append(name)
        clock.now += seconds

    calls = {"a": lambda: contestant("a", 0.0625 / 2), "b": lambda: contestant("b", 0.0625 / 4)}
    times = race(calls, plan)
    assert times == {"a": [0.0625 / 2] * 3, "b": [0.0625 / 4] * 3}
    # two calls to find how many fill a turn; then in each turn one to warm up and one timed
    assert called[:4] == ["a", "a", "b", "b"]
    assert called[4::2] == called[5::2]
    assert called.count("a") == called.count("b") == 2 + 2 * 3


def test_short_calls_are_repeated_until_they_fill_a_turn(clock: Clock, plan: Plan) -> None:
    count = 0

    def call() -> None:
        nonlocal count
        count += 1
        clock.now += 0.001

    times = race({"a": call}, replace(plan, sample=0.01))
    assert times["a"] == pytest.approx([0.001] * 3)
    assert count == 2 + 3 * (1 + 10)


def test_the_time_decides_between_the_least_and_the_most_rounds(clock: Clock) -> None:
    plan = Plan(least=2, most=9, seconds=5.0, sample=0.0, pause=(0.0, 0.0))

    def call() -> None:
        clock.now += 1.0

    # A round takes a second, as a long call has no other before it: the fifth ends at 5
    assert len(race({"a": call}, plan)["a"]) == 5
    assert len(race({"a": call}, replace(plan, seconds=0.0))["a"]) == 2
    assert len(race({"a": call}, replace(plan, seconds=1e9))["a"]) == 9


def test_a_long_call_has_no_other_before_it(clock: Clock, plan: Plan) -> None:
    count = 0

    def call() -> None:
        nonlocal count
        count += 1
        clock.now += 0.5

    assert race({"a": call}, plan) == {"a": [0.5] * 3}
    assert count == 2 + 3


def test_who_is_far_behind_leaves_and_who_is_brief_sets_no_pace(plan: Plan) -> None:
    seconds = {"pyrnn": 1.0, "close": 3.0, "slow": 3.5, "peak": 0.1}
    longer = replace(plan, least=8, most=8, few=5, slow=3.0)
    times = take_turns(list(seconds), longer, seconds.__getitem__, brief=("peak",))
    assert {name: len(values) for name, values in times.items()} == {
        "pyrnn": 8,
        "close": 8,
        "slow": 5,
        "peak": 5,
    }
    assert ratios(times, "pyrnn")["slow"] == Spread(3.5, 3.5, 3.5)


def test_every_turn_has_its_pause(clock: Clock) -> None:
    plan = Plan(least=4, most=4, seconds=0.0, sample=0.0, pause=(0.02, 0.06))
    race({"a": lambda: None, "b": lambda: None}, plan)
    assert 8 * 0.02 <= clock.now <= 8 * 0.06


def test_ratios_are_taken_round_by_round() -> None:
    # The machine slows down by a factor of 10: the times overlap, the ratios do not
    times = {"pyrnn": [1.0, 10.0, 5.0], "torch": [2.0, 30.0, 20.0]}
    assert ratios(times, "pyrnn") == {"torch": Spread(2.0, 3.0, 4.0)}


def test_a_spread_keeps_digits_that_mean_something() -> None:
    spread = Spread.of([0.000123456, 3.0, 2.0])
    assert spread == (0.000123456, 2.0, 3.0)
    assert spread.to_json() == {"minimum": 0.0001235, "median": 2.0, "maximum": 3.0}
