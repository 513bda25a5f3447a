from __future__ import annotations

import signal
from itertools import pairwise

import numpy as np
import pytest

from pyrnn.comparison import Candidate, Comparison, Stopwatch
from pyrnn.comparison.comparison import TURN, VALIDATION_SHARE, steps_between_validations
from pyrnn.models import LanguageModel

from .conftest import FAMILIES, TEXT, Clock, monitors_of


def test_a_stopwatch_stands_still_outside() -> None:
    now = [0.0]
    watch = Stopwatch(lambda: now[0])
    for inside, outside in ((2.0, 100.0), (3.0, 1.0)):
        with watch:
            now[0] += inside
            assert watch() in (2.0, 5.0)  # it runs on inside
        now[0] += outside
    assert watch() == 5.0


@pytest.mark.parametrize("family", FAMILIES)
def test_each_gets_the_weights_that_it_gets_alone(comparison, family: str) -> None:
    cells = ("rnn_tanh", "lstm", "gru")
    together = comparison(*cells, family=family, max_steps=12, validate_every=4)
    list(together.run())
    for candidate in together.candidates:
        model, data, _ = FAMILIES[family]
        alone = model(candidate.model.config)
        alone.fit(*data, valid=0.2, options=together.options)
        for name, weight in alone.network.state_dict().items():
            np.testing.assert_array_equal(candidate.model.network.state_dict()[name], weight)


def test_turns_go_round_and_are_about_equally_long(comparison) -> None:
    running = comparison("rnn_tanh", "lstm", "gru", max_steps=60, validate_every=1000)
    order = [candidate.name for candidate, record in running.run() if record.kind == "step"]
    changes = [a for a, b in pairwise(order) if a != b]
    assert len(changes) > 20  # and not one after the other
    # and in another order each round: each has come after each of the others
    assert len({(a, b) for a, b in pairwise(order) if a != b}) == 6
    for name in ("rnn_tanh", "lstm", "gru"):
        assert order.count(name) == 60
        # never far ahead of the others: at most two turns in a row
        longest = max(len(run) for run in "".join("x" if n == name else " " for n in order).split())
        assert longest <= 2 * TURN + 2


def test_time_counts_in_own_turns_alone(comparison) -> None:
    clock = Clock()
    running = comparison("rnn_tanh", "gru", max_minutes=1.0, clock=clock)
    for _ in running.run():
        clock.now += 1000.0  # what the reader does is nobody's time
    for candidate in running.candidates:
        end = candidate.result.end
        assert end.reason == "max_minutes"
        assert 60 <= end.seconds < 75


def run_until(candidate: Candidate, step: int) -> None:
    """To the validation of a step."""
    for record in candidate.turn(1e9):
        if (record.kind, record.step) == ("validation", step):
            return


def test_the_common_step_is_one_where_all_were_validated(comparison) -> None:
    running = comparison("rnn_tanh", "gru", max_steps=25, validate_every=10)
    first, second = running.candidates
    assert running.common_step() is None
    run_until(first, 20)
    assert running.common_step() is None
    run_until(second, 10)
    assert running.common_step() == 10
    list(running.run())
    assert running.common_step() == 25  # the last, out of turn


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of what is no number
def test_one_that_diverges_leaves_the_others_their_common_step(comparison) -> None:
    running = comparison("rnn_tanh", "gru", max_steps=25, validate_every=10)
    bias = running.candidates[1].model.network.output.bias
    bias.assign(np.full_like(bias.numpy(), np.nan))
    list(running.run())
    assert running.candidates[1].result.reason == "diverged"
    assert running.common_step() == 25


def test_ctrl_c_ends_all_with_their_best_weights(comparison) -> None:
    running = comparison("rnn_tanh", "lstm", "gru", max_steps=10**6, validate_every=5)
    with running.interruption:
        for _, record in running.run():
            if (
                record.kind == "validation"
                and record.step == 15
                and not running.interruption.wished
            ):
                signal.raise_signal(signal.SIGINT)
    assert running.interrupted
    for candidate in running.candidates:
        assert candidate.ended
        assert candidate.result.reason == "interrupted"
        best = candidate.best
        if best is not None:
            assert candidate.result.end.best == best.loss
    assert not running.interruption.wished


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_inside_of_a_step_ends_all(
    comparison, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    running = comparison("rnn_tanh", "gru", max_steps=10**6)
    objective = running.candidates[0].loop.task.model
    inner = objective.loss

    def interrupted(batch, state=None):
        signal.raise_signal(number)
        return inner(batch, state)

    monkeypatch.setattr(objective, "loss", interrupted)
    list(running.run())
    assert [c.result.reason for c in running.candidates] == ["interrupted"] * 2
    assert running.candidates[0].result.steps == 1
    assert running.signal == number


@pytest.mark.parametrize("family", FAMILIES)
def test_the_monitor_says_which_validation_is_best(comparison, family: str) -> None:
    monitors = monitors_of(family)
    name = list(monitors)[-1]
    running = comparison("gru", family=family, max_steps=20, validate_every=4, monitor=name)
    list(running.run())
    (candidate,) = running.candidates
    values = [found.metrics[name] for found in candidate.validations]
    best = (min if monitors[name] == "min" else max)(values)
    assert candidate.best.metrics[name] == best == candidate.result.end.best


@pytest.mark.parametrize(
    ("epoch", "data", "valid", "expected"),
    [
        (100, ("a" * 1000,), ("b" * 50,), 20),  # a twentieth: so 4 / 20 of an epoch
        (100, ("a" * 1000,), ("b" * 900,), 100),  # at least once an epoch
        (100, (["x"] * 90, ["y"] * 90), (["x"] * 9, ["y"] * 9), 40),
        (90, ("a",), 0.1, 40),  # nine tenths are trained on, one is validated
        (3, ("a" * 1000,), ("b",), 1),
    ],
)
def test_validations_cost_a_fixed_share(epoch, data, valid, expected: int) -> None:
    assert VALIDATION_SHARE == 4
    assert steps_between_validations(epoch, data, valid) == expected


@pytest.mark.parametrize(("given", "expected"), [(None, 62), (3, 3)])
def test_validations_are_evenly_spaced(comparison, given: int | None, expected: int) -> None:
    # 992 of 1240 characters in steps of 2 x 8 are 62 an epoch; a fifth is held out
    assert len(TEXT) == 1240
    running = comparison("gru", "lstm", validate_every=given)
    assert [c.loop.options.validate_every for c in running.candidates] == [expected] * 2


def test_what_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Comparison({}, (TEXT,), 0.1)
    for valid in (None, 0):
        with pytest.raises(ValueError, match="expected data by which models are compared"):
            Comparison({"gru": LanguageModel(cell="gru")}, (TEXT,), valid)
