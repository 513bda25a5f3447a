"""The learning rate as a function of progress."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pyrnn import nn
from pyrnn.optim import SGD
from pyrnn.training import Budget, TrainingOptions
from pyrnn.training.learning_rate import LearningRate


def schedule(**options):
    chosen = TrainingOptions(learning_rate=0.8, **options)
    optimizer = SGD(nn.Linear(1, 1).parameters(), lr=chosen.learning_rate)
    return LearningRate(optimizer, chosen)


def rate(control, step=0, epoch=0.0, seconds=0.0, budget=Budget(epochs=10)):  # noqa: B008
    control.begin(budget.progress(step, epoch, seconds))
    return control.optimizer.lr


@pytest.mark.parametrize(
    ("options", "expected"),  # at 0, 0.5, 1, 2.5, 4, 9.9 epochs
    [
        ({}, [1, 1, 1, 1, 1, 1]),
        ({"schedule": "step"}, [1, 1, 1 / 2, 1 / 4, 1 / 16, 1 / 512]),
        ({"schedule": "step", "decay_every": 2}, [1, 1, 1, 1 / 2, 1 / 4, 1 / 16]),
        ({"schedule": "step", "decay_after": 2}, [1, 1, 1, 1, 1 / 4, 1 / 128]),
        ({"schedule": "step", "decay_every": 0.5}, [1, 1 / 2, 1 / 4, 1 / 32, 1 / 256, 2**-19]),
        ({"schedule": "exponential"}, [2.0**-e for e in (0, 0.5, 1, 2.5, 4, 9.9)]),
        (
            {"schedule": "exponential", "decay_after": 1, "decay_every": 3, "decay_factor": 0.1},
            [0.1 ** (e / 3) for e in (0, 0, 0, 1.5, 3, 8.9)],
        ),
        (
            {"schedule": "cosine"},
            [(1 + math.cos(math.pi * e / 10)) / 2 for e in (0, 0.5, 1, 2.5, 4, 9.9)],
        ),
    ],
)
def test_schedules_over_epochs(options, expected):
    control = schedule(**options)
    found = [rate(control, epoch=epoch) for epoch in (0, 0.5, 1, 2.5, 4, 9.9)]
    # schedules count in millionths of an exponent or of a cosine's argument
    np.testing.assert_allclose(found, 0.8 * np.array(expected), rtol=1e-5)


def test_a_step_falls_on_the_epoch_although_tenths_are_not_binary():
    control = schedule(schedule="step", decay_every=0.1)
    # 0.3 / 0.1 is 2.9999999999999996
    assert rate(control, epoch=0.3) == pytest.approx(0.8 / 8, rel=1e-12)


@pytest.mark.parametrize(
    ("budget", "place"),
    [
        (Budget(max_steps=200), {"step": 50}),
        (Budget(epochs=4), {"epoch": 1.0}),
        (Budget(max_minutes=2), {"seconds": 30.0}),
        (
            Budget(max_steps=200, epochs=4, max_minutes=2),
            {"step": 1, "epoch": 0.5, "seconds": 30.0},
        ),
    ],
)
def test_cosine_follows_the_limit_that_comes_first(budget, place):
    control = schedule(schedule="cosine", final_rate=0.1)
    found = rate(control, **place, budget=budget)
    quarter = (1 + math.cos(math.pi / 4)) / 2
    assert found == pytest.approx(0.8 * (0.1 + 0.9 * quarter), rel=1e-9)


def test_cosine_ends_at_its_final_rate():
    control = schedule(schedule="cosine", final_rate=0.1)
    assert rate(control, epoch=10.0) == pytest.approx(0.08, rel=1e-9)
    assert rate(control, epoch=11.0) == pytest.approx(0.08, rel=1e-9)


@pytest.mark.parametrize("name", ["constant", "cosine", "exponential", "plateau"])
def test_warm_up_multiplies_the_schedule(name):
    warm, cold = schedule(schedule=name, warmup_steps=4), schedule(schedule=name)
    for step, factor in enumerate([0.25, 0.5, 0.75, 1, 1, 1]):
        place = {"step": step, "epoch": step / 3}
        assert rate(warm, **place) == pytest.approx(factor * rate(cold, **place), rel=1e-12)


def test_plateau_lowers_the_rate_after_validations_without_improvement():
    control = schedule(schedule="plateau", decay_factor=0.25, plateau_patience=1, warmup_steps=2)
    found = []
    for step, loss in enumerate([3.0, 2.0, 2.5, 2.5, 1.9, 1.9, 1.9]):
        found.append(rate(control, step=step))
        control.observe(loss)
    found.append(rate(control, step=7))
    np.testing.assert_allclose(
        np.array(found) / 0.8, [0.5, 1, 1, 1, 0.25, 0.25, 0.25, 0.0625], rtol=1e-12
    )


@pytest.mark.parametrize("name", ["constant", "cosine", "plateau"])
def test_a_state_taken_up_goes_on_alike(name):
    options = {"schedule": name, "decay_factor": 0.5, "plateau_patience": 1}
    one, other = schedule(**options), schedule(**options)
    for loss in (1.0, 2.0):
        rate(one)
        one.observe(loss)
    other.load_state_dict(one.state_dict())
    for control in (one, other):
        control.observe(3.0)
    assert rate(one, epoch=3.0) == rate(other, epoch=3.0)
