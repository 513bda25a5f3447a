from __future__ import annotations

import signal
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from pyrnn.comparison import Contest, Contestant, Stopwatch
from pyrnn.comparison.contest import TURN, VALIDATION_SHARE, evenly_validated
from pyrnn.data import Parts
from pyrnn.models import LanguageModel, LanguageModelConfig
from pyrnn.training import TrainingOptions

from .conftest import TEXT, Clock


def test_a_stopwatch_stands_still_outside() -> None:
    now = [0.0]
    watch = Stopwatch(lambda: now[0])
    for inside, outside in ((2.0, 100.0), (3.0, 1.0)):
        with watch:
            now[0] += inside
            assert watch() in (2.0, 5.0)  # it runs on inside
        now[0] += outside
    assert watch() == 5.0


def test_each_gets_the_weights_that_it_gets_alone(contest) -> None:
    together = contest("rnn_tanh", "lstm", "gru", max_steps=12, validate_every=4)
    list(together.run())
    for contestant in together.contestants:
        alone = LanguageModel(contestant.model.tokenizer, contestant.model.config)
        alone.fit(*together.parts[:2], together.options)
        for name, weight in alone.network.state_dict().items():
            np.testing.assert_array_equal(contestant.model.network.state_dict()[name], weight)


def test_turns_go_round_and_are_about_equally_long(contest) -> None:
    running = contest("rnn_tanh", "lstm", "gru", max_steps=60, validate_every=1000)
    order = [contestant.name for contestant, record in running.run() if record.kind == "step"]
    changes = [a for a, b in pairwise(order) if a != b]
    assert len(changes) > 20  # and not one after the other
    # and in another order each round: each has come after each of the others
    assert len({(a, b) for a, b in pairwise(order) if a != b}) == 6
    for name in ("rnn_tanh", "lstm", "gru"):
        assert order.count(name) == 60
        # never far ahead of the others: at most two turns in a row
        longest = max(len(run) for run in "".join("x" if n == name else " " for n in order).split())
        assert longest <= 2 * TURN + 2


def test_time_counts_in_own_turns_alone(contest) -> None:
    clock = Clock()
    running = contest("rnn_tanh", "gru", max_minutes=1.0, clock=clock)
    for _ in running.run():
        clock.now += 1000.0  # what the reader does is nobody's time
    for contestant in running.contestants:
        end = contestant.result.end
        assert end.reason == "max_minutes"
        assert 60 <= end.seconds < 75


def run_until(contestant: Contestant, step: int) -> None:
    """To the validation of a step."""
    for record in contestant.turn(1e9):
        if (record.kind, record.step) == ("validation", step):
            return


def test_the_common_step_is_one_where_all_were_validated(contest) -> None:
    running = contest("rnn_tanh", "gru", max_steps=25, validate_every=10)
    first, second = running.contestants
    assert running.common_step() is None
    run_until(first, 20)
    assert running.common_step() is None
    run_until(second, 10)
    assert running.common_step() == 10
    list(running.run())
    assert running.common_step() == 25  # the last, out of turn


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of what is no number
def test_one_that_diverges_leaves_the_others_their_common_step(contest) -> None:
    running = contest("rnn_tanh", "gru", max_steps=25, validate_every=10)
    bias = running.contestants[1].model.network.output.bias
    bias.assign(np.full_like(bias.numpy(), np.nan))
    list(running.run())
    assert running.contestants[1].result.reason == "diverged"
    assert running.common_step() == 25


def test_ctrl_c_ends_all_with_their_best_weights(contest) -> None:
    running = contest("rnn_tanh", "lstm", "gru", max_steps=10**6, validate_every=5)
    with running.interruption:
        for _, record in running.run():
            if (
                record.kind == "validation"
                and record.step == 15
                and not running.interruption.wished
            ):
                signal.raise_signal(signal.SIGINT)
    assert running.interrupted
    for contestant in running.contestants:
        assert contestant.ended
        assert contestant.result.reason == "interrupted"
        best = contestant.best
        if best is not None:
            assert contestant.result.end.best_loss == best.loss
    assert not running.interruption.wished


def test_ctrl_c_inside_of_a_step_ends_all(contest, monkeypatch: pytest.MonkeyPatch) -> None:
    running = contest("rnn_tanh", "gru", max_steps=10**6)
    model = running.contestants[0].loop.task.model
    inner = type(model).loss

    def interrupted(self, batch, state=None):
        if self is model:
            signal.raise_signal(signal.SIGINT)
        return inner(self, batch, state)

    monkeypatch.setattr(type(model), "loss", interrupted)
    list(running.run())
    assert [c.result.reason for c in running.contestants] == ["interrupted"] * 2
    assert running.contestants[0].result.steps == 1


@pytest.mark.parametrize(("given", "expected"), [(None, 8), (3, 3)])
def test_validations_cost_a_fixed_share(given: int | None, expected: int) -> None:
    # 1000 tokens in steps of 2 x 8 = 16; 32 validated, so each 4 * 32 / 16 = 8 steps
    tokenizer = LanguageModelConfig().tokenizer("ab")
    options = TrainingOptions(batch_size=2, steps=8, validate_every=given)
    parts = Parts("a" * 1000, "b" * 32, "")
    assert VALIDATION_SHARE == 4
    assert evenly_validated(options, tokenizer, parts).validate_every == expected
    # an epoch of 2 steps is validated after these
    parts = parts._replace(train="a" * 32)
    assert (
        evenly_validated(replace(options, validate_every=None), tokenizer, parts).validate_every
        == 2
    )


def test_what_cannot_be_compared() -> None:
    tokenizer = LanguageModelConfig().tokenizer(TEXT)
    with pytest.raises(ValueError, match="at least one model"):
        Contest(tokenizer, {}, Parts(TEXT, TEXT, ""), TrainingOptions())
    with pytest.raises(ValueError, match="expected a validation text"):
        Contest(tokenizer, {"gru": LanguageModelConfig()}, Parts(TEXT, "", ""), TrainingOptions())
