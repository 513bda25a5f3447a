"""Choices: exact distributions, and draws that follow them."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.decoding import Greedy, Sampling, probabilities

P = np.array([0.1, 0.4, 0.2, 0.3])  # no ties; by falling probability: 1 3 2 0
LOGITS = np.log(P)[None]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, P),
        ({"temperature": 0.5}, P**2 / np.sum(P**2)),
        ({"temperature": 0}, [0, 1, 0, 0]),
        ({"temperature": 0, "top_k": 2, "top_p": 0.5}, [0, 1, 0, 0]),
        ({"temperature": 2.0}, np.sqrt(P) / np.sum(np.sqrt(P))),
        ({"top_k": 1}, [0, 1, 0, 0]),
        ({"top_k": 2}, [0, 4 / 7, 0, 3 / 7]),
        ({"top_k": 4}, P),
        ({"top_k": 99}, P),
        ({"top_p": 0.01}, [0, 1, 0, 0]),
        ({"top_p": 0.39}, [0, 1, 0, 0]),
        ({"top_p": 0.41}, [0, 4 / 7, 0, 3 / 7]),
        ({"top_p": 0.69}, [0, 4 / 7, 0, 3 / 7]),
        ({"top_p": 0.71}, [0, 4 / 9, 2 / 9, 3 / 9]),
        ({"top_p": 1.0}, P),
        # top_p is a share of what top_k leaves: 4/7 alone reaches 0.5
        ({"top_k": 2, "top_p": 0.5}, [0, 1, 0, 0]),
        # the temperature comes first: at 0.5 the first has 16/30 of all
        ({"temperature": 0.5, "top_p": 0.52}, [0, 1, 0, 0]),
    ],
)
def test_exact_distributions(settings, expected):
    # float64 rounding of four exponentials and their sums
    np.testing.assert_allclose(probabilities(LOGITS, **settings)[0], expected, rtol=1e-12)


def test_numpys_numbers_count_as_pythons():
    settings = {"temperature": np.float32(0.5), "top_k": np.int64(2), "top_p": np.float64(0.75)}
    expected = probabilities(LOGITS, 0.5, 2, 0.75)
    np.testing.assert_array_equal(probabilities(LOGITS, **settings), expected)
    assert Sampling(np.random.default_rng(0), **settings).top_k == 2


def test_rows_are_independent_and_shifts_do_not_matter():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5, 7)) * 3
    together = probabilities(logits, 0.8, 4, 0.9)
    for row in range(5):
        alone = probabilities(logits[row : row + 1] + 100.0, 0.8, 4, 0.9)
        # adding 100 costs about 1e-14 of each logit
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-12)
    np.testing.assert_allclose(together.sum(axis=1), 1.0, rtol=1e-12)


def test_of_equals_the_lower_ids_stay():
    assert probabilities(np.zeros((1, 5)), top_k=2)[0].tolist() == [0.5, 0.5, 0, 0, 0]
    assert Greedy()(np.array([[0.0, 2.0, 2.0], [3.0, 1.0, 3.0]])).tolist() == [1, 0]


def test_large_logits_and_forbidden_tokens():
    p = probabilities(np.array([[1e4, -np.inf, 1e4]]))
    assert p.tolist() == [[0.5, 0.0, 0.5]]


@pytest.mark.parametrize("settings", [{}, {"temperature": 0.7}, {"top_k": 3}, {"top_p": 0.75}])
def test_draws_follow_the_distribution(settings):
    n = 20_000
    rng = np.random.default_rng(11)
    logits = rng.normal(size=8)
    expected = probabilities(logits[None], **settings)[0]
    draws = Sampling(np.random.default_rng(12), **settings)(np.tile(logits, (n, 1)))
    counts = np.bincount(draws, minlength=8)
    possible = expected > 0
    assert counts[~possible].sum() == 0
    chi_square = np.sum((counts - n * expected)[possible] ** 2 / (n * expected[possible]))
    # at most 7 degrees of freedom: 24.3 is exceeded with chance 0.001; the seed is fixed
    assert chi_square < 24.3


def test_each_row_is_drawn_by_one_number():
    class Scripted:
        def random(self, shape):
            return np.array([0.0, 0.0999, 0.1001, 0.4999, 0.5001, 0.6999, 0.7001, 1 - 2**-53])

    draws = Sampling(Scripted())(np.tile(LOGITS[0], (8, 1)))
    assert draws.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_draw_of_almost_one_is_a_possible_token():
    class Top:
        def random(self, shape):
            return np.full(shape, 1 - 2**-53)

    logits = np.log(np.full((1, 10), 0.1))
    logits[0, 7:] = -np.inf
    assert Sampling(Top())(logits).tolist() == [6]


def test_the_same_seed_gives_the_same_draws():
    logits = np.random.default_rng(0).normal(size=(50, 9))
    one, other = (Sampling(np.random.default_rng(3))(logits) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert (Sampling(np.random.default_rng(4))(logits) != one).any()


@pytest.mark.parametrize("temperature", [0, 1e-300, 1e-306, 1e-308, 5e-324])
@pytest.mark.parametrize(
    ("logits", "most"), [([1, 30, -2], 1), ([-1e308, -np.inf, 1e308], 2), ([0, -1e-200, -1], 0)]
)
def test_temperatures_towards_zero_are_greedy(temperature, logits, most):
    logits = np.array([logits], dtype=np.float64)
    assert probabilities(logits, temperature).tolist() == [np.eye(3)[most].tolist()]
    assert Sampling(np.random.default_rng(0), temperature)(logits).tolist() == [most]


def test_of_equals_all_stay_at_a_temperature_and_the_first_at_none():
    equal = np.array([[0.0, 2.0, 2.0]])
    assert probabilities(equal, 1e-308).tolist() == [[0.0, 0.5, 0.5]]
    assert probabilities(equal, 0).tolist() == [[0.0, 1.0, 0.0]]


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"temperature": -1.0}, ValueError, "temperature: .* at least 0; got -1"),
        ({"temperature": np.nan}, ValueError, "temperature: .* got nan"),
        ({"temperature": np.inf}, ValueError, "temperature: .* got inf"),
        ({"temperature": "1"}, TypeError, "temperature: .* got str '1'"),
        ({"temperature": True}, TypeError, "temperature: .* got bool True"),
        ({"temperature": None}, TypeError, "temperature: .* got NoneType"),
        ({"top_k": 0}, ValueError, "top_k: .* got 0"),
        ({"top_k": True}, TypeError, "top_k: .* got bool True"),
        ({"top_k": np.bool_(True)}, TypeError, "top_k: .* got bool.*True"),
        ({"top_k": "3"}, TypeError, "top_k: .* got str '3'"),
        ({"top_k": 1.5}, TypeError, "top_k: .* got float 1.5"),
        ({"top_p": "0.5"}, TypeError, r"top_p: .* got str '0\.5'"),
        ({"top_p": 0.0}, ValueError, "top_p: .* got 0"),
        ({"top_p": 1.1}, ValueError, "top_p: .* got 1.1"),
    ],
)
def test_settings_outside_their_range(settings, error, words):
    with pytest.raises(error, match=words):
        Sampling(np.random.default_rng(0), **settings)
    with pytest.raises(error, match=words):
        probabilities(LOGITS, **settings)


@pytest.mark.parametrize("choose", [Greedy(), Sampling(np.random.default_rng(0))])
@pytest.mark.parametrize(
    ("logits", "words"),
    [
        ([[0.0, np.nan]], "finite largest number"),
        ([[0.0, np.inf]], "finite largest number"),
        ([[-np.inf, -np.inf]], "finite largest number"),
        ([0.0, 1.0], r"shape \(B, V\)"),
        ([[]], r"shape \(B, V\)"),
    ],
)
def test_logits_that_are_none(choose, logits, words):
    with pytest.raises(ValueError, match=words):
        choose(np.array(logits))
