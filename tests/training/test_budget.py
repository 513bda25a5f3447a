"""Budget: when a run ends, and how much of it is over."""

from __future__ import annotations

import pytest

from pyrnn.training import Budget, TrainingOptions


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, Budget(epochs=10)),
        ({"epochs": 3}, Budget(epochs=3)),
        ({"max_steps": 5}, Budget(max_steps=5)),
        ({"max_minutes": 2.0, "epochs": 1}, Budget(epochs=1, max_minutes=2.0)),
    ],
)
def test_the_budget_of_options(options, expected):
    assert Budget.of(TrainingOptions(**options)) == expected


@pytest.mark.parametrize(
    ("place", "fraction", "reached"),
    [
        ((0, 0.0, 0.0), 0.0, None),
        ((10, 0.5, 6.0), 0.25, None),  # epochs lead
        ((50, 0.5, 6.0), 0.5, None),  # steps lead
        ((10, 0.5, 90.0), 0.75, None),  # time leads
        ((100, 1.9, 0.0), 1.0, "max_steps"),
        ((10, 2.0, 0.0), 1.0, "epochs"),
        ((10, 0.0, 120.5), 1.0, "max_minutes"),
    ],
)
def test_the_limit_that_comes_first_counts(place, fraction, reached):
    budget = Budget(epochs=2, max_steps=100, max_minutes=2.0)
    assert budget.progress(*place).fraction == fraction
    assert budget.reached(*place) == reached
