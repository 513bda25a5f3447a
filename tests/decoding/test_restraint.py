"""Penalties on what came, forbidden tokens, draws of rows that are written side by side."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.decoding import Generators, Greedy, RepetitionPenalty, Restrained, Sampling


def by_hand(logits, came, penalty):
    """The rule of Keskar et al. for one row, token by token."""
    found = [float(value) for value in logits]
    for token in set(came):
        found[token] = found[token] / penalty if found[token] > 0 else found[token] * penalty
    return found


@pytest.mark.parametrize("penalty", [1.2, 3, 0.5, 1e6])
@pytest.mark.parametrize("window", [None, 1, 3, 50])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_penalty_is_that_of_the_paper(rng, penalty, window, dtype):
    size, rows, before = 7, 3, [2, 2, 5, 0]
    rule = RepetitionPenalty(penalty, np.array(before), rows, size, window)
    came = [list(before) for _ in range(rows)]
    for _ in range(20):
        logits = rng.normal(size=(rows, size)).astype(dtype)
        expected = [
            by_hand(row, mine if window is None else mine[-window:], penalty)
            for row, mine in zip(logits, came, strict=True)
        ]
        np.testing.assert_array_equal(rule(logits), expected)
        ids = rng.integers(size, size=rows)
        rule.add(ids)
        for mine, token in zip(came, ids.tolist(), strict=True):
            mine.append(token)


def test_a_logit_below_0_does_not_become_likelier():
    rule = RepetitionPenalty(2, np.array([0, 1]), 1, 3)
    np.testing.assert_array_equal(rule(np.array([[-1.0, 1.0, 1.0]])), [[-2.0, 0.5, 1.0]])


@pytest.mark.parametrize("penalty", [5e-324, 1e6])
def test_extreme_penalties_leave_finite_logits(penalty):
    rule = RepetitionPenalty(penalty, np.array([0, 1]), 1, 2)
    assert np.isfinite(rule(np.array([[3e38, -3e38]], np.float32))).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"penalty": 0}, "repetition_penalty: expected .* more than 0"),
        ({"penalty": -1.2}, "repetition_penalty: "),
        ({"penalty": float("nan")}, "repetition_penalty: .* got nan"),
        ({"penalty": float("inf")}, "repetition_penalty: .* got inf"),
        ({"window": 0}, "repetition_window: expected .* at least 1"),
    ],
)
def test_errors(arguments, words):
    with pytest.raises(ValueError, match=words):
        RepetitionPenalty(
            **{"penalty": 1.2, "ids": np.array([0]), "rows": 1, "size": 2, **arguments}
        )


def test_a_row_draws_the_same_beside_any_others(rng):
    logits = rng.normal(size=(30, 4, 6))
    choose = Restrained(Sampling(Generators([np.random.default_rng(k) for k in range(4)])))
    together = [choose(step) for step in logits]
    for k in range(4):
        alone = Sampling(np.random.default_rng(k))
        assert [alone(step[k : k + 1])[0] for step in logits] == [ids[k] for ids in together]


def test_rows_that_go_on_keep_what_is_theirs(rng):
    """Rows 3 and 1 of four go on: as if they had been alone from the start."""

    def begun(rows):
        draws = Generators([np.random.default_rng(k) for k in rows])
        penalty = RepetitionPenalty(1.7, np.array([1, 2]), len(rows), 6, 4)
        return Restrained(Sampling(draws), np.arange(6) != 5, penalty)

    four, two = begun([0, 1, 2, 3]), begun([3, 1])
    for logits in rng.normal(size=(9, 4, 6)):
        assert four(logits)[[3, 1]].tolist() == two(logits[[3, 1]]).tolist()
    four.keep(np.array([3, 1]))
    for logits in rng.normal(size=(9, 2, 6)):
        assert four(logits).tolist() == two(logits).tolist()


def test_what_is_not_allowed_does_not_come():
    choose = Restrained(Greedy(), np.array([True, False, True]))
    assert choose(np.array([[0.0, 9.0, 1.0], [2.0, 9.0, 1.0]])).tolist() == [2, 0]
