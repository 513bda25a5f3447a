"""Beam search beside the enumeration of all continuations."""

from __future__ import annotations

import math
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.decoding import Beam, Hypothesis, NextTokens, beam_search, ends_at

V = 3


def search_one(*arguments):
    """Of the one sentence there is."""
    (found,) = beam_search(*arguments)
    return found


class Model:
    """Logits at random for each history; the state of a row is the history itself."""

    def __init__(self, seed, size=V, levels=None):
        self.seed, self.size, self.levels = seed, size, levels
        self.batches = []
        self.logits, self.log_p = cache(self._logits), cache(self._log_p)

    def _logits(self, history):
        rng = np.random.default_rng([self.seed, *history])
        if self.levels is None:
            return rng.normal(size=self.size) * 2
        return rng.integers(self.levels, size=self.size).astype(float)  # with ties

    def _log_p(self, history):
        z = self.logits(history)
        return z - math.log(math.fsum(np.exp(z)))

    def step(self, ids, state):
        self.batches.append(len(ids))
        assert ids.dtype == np.int64
        state = [(*row, int(token)) for row, token in zip(state, ids, strict=True)]
        return np.array([self.logits(row) for row in state]), state

    @staticmethod
    def gather(state, rows):
        return [state[row] for row in rows]

    def search(self, rule, beam):
        return search_one(self.step, self.gather, self.logits(())[None], [()], rule, beam)


def after(following, ids):
    """The masks after these ids."""
    return following if isinstance(following, NextTokens) else following(ids)


def every(model, rule, beam):
    """All hypotheses that the rule allows, best first: {ids: ...} by plain enumeration."""
    found = []
    for tokens in range(beam.length + 1):
        for ids in product(range(model.size), repeat=tokens):
            passed, total, done = True, 0.0, False
            for t, token in enumerate(ids):
                masks = after(rule, ids[:t])
                total += model.log_p(ids[:t])[token]
                last = t == tokens - 1
                done = last and bool(masks.completes[token])
                passed = passed and (done or bool(masks.goes_on[token]))
            if not passed:
                continue
            if done:
                found.append(Hypothesis(ids, total, total / lp(tokens, beam), True))
            elif tokens == beam.length:
                found.append(Hypothesis(ids, total, total / lp(tokens, beam), False))
            ends = after(rule, ids).ends
            if not done and tokens < beam.length and ends.any():
                total += math.log(math.fsum(np.exp(model.log_p(ids))[ends]))
                found.append(Hypothesis(ids, total, total / lp(tokens + 1, beam), True))
    return sorted(found, key=lambda h: (-h.score, h.ids))


def lp(tokens, beam):
    return ((5 + tokens) / 6) ** beam.alpha


def agree(ours, expected):
    assert [(h.ids, h.finished) for h in ours] == [(h.ids, h.finished) for h in expected]
    # at most five logarithms of sums are added, each good to a few 1e-16
    for name in ("log_likelihood", "score"):
        np.testing.assert_allclose(
            [getattr(h, name) for h in ours],
            [getattr(h, name) for h in expected],
            rtol=1e-13,
            atol=1e-13,
        )


def random_rule(seed):
    """Masks at random for each history, some tokens in none of them."""

    @cache
    def rule(ids):
        kinds = np.random.default_rng([seed, 7, *ids]).integers(4, size=V)
        return NextTokens(kinds == 0, kinds == 1, kinds == 2)

    return rule


@pytest.mark.parametrize("alpha", [0.0, 0.7, 2.0])
@pytest.mark.parametrize("best", [1, 4, 1000])
@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_wide_beam_is_exact(length, best, alpha):
    for seed in range(6):
        beam = Beam(width=V**length, length=length, best=best, alpha=alpha)
        for rule in (ends_at([1], V), ends_at([0, 2], V), ends_at([], V), random_rule(seed)):
            model = Model(seed)
            agree(model.search(rule, beam), every(model, rule, beam)[:best])


@given(seed=st.integers(0, 2**32), width=st.integers(1, 9), best=st.integers(1, 9))
def test_a_narrow_beam_finds_real_hypotheses_in_order(seed, width, best):
    model, rule = Model(seed), random_rule(seed)
    beam = Beam(width=width, length=4, best=best)
    found = model.search(rule, beam)
    real = {h.ids: h for h in every(model, rule, Beam(width=99, length=4, best=9999))}
    agree(found, sorted((real[h.ids] for h in found), key=lambda h: (-h.score, h.ids)))
    assert len({h.ids for h in found}) == len(found) <= best
    assert max(model.batches, default=0) <= width


def test_a_beam_of_one_is_greedy():
    model = Model(3, size=7)
    (found,) = model.search(ends_at([], 7), Beam(width=1, length=6))
    history = ()
    for _ in range(6):
        history += (int(np.argmax(model.logits(history))),)
    assert found.ids == history
    assert not found.finished


def test_a_wider_beam_finds_what_greedy_misses():
    # a: 0.6, then nothing above 0.4; b: 0.4, then one token for certain
    p = {(): [0.6, 0.4, 0.0], (0,): [0.4, 0.3, 0.3], (1,): [0.0, 0.0, 1.0]}

    def step(ids, state):
        return log([p[(int(token),)] for token in ids]), None

    def search(width):
        start = log([p[()]])
        beam = Beam(width=width, length=2)
        return search_one(step, lambda state, rows: None, start, None, ends_at([], 3), beam)[0]

    assert search(1).ids == (0, 0)
    assert search(2).ids == (1, 2)
    assert search(2).log_likelihood == pytest.approx(math.log(0.4))


def log(p):
    with np.errstate(divide="ignore"):
        return np.log(np.array(p))


def test_tokens_that_end_are_one_event():
    p = np.array([0.5, 0.2, 0.2, 0.1])
    (best, second) = search_one(
        lambda ids, state: (np.log(np.tile(p, (len(ids), 1))), state),
        lambda state, rows: state,
        np.log(p[None]),
        None,
        ends_at([1, 2, 3], 4),
        Beam(width=5, length=3, best=2),
    )
    assert (best.ids, second.ids) == ((), (0,))
    assert best.log_likelihood == pytest.approx(math.log(0.5), rel=1e-14)
    assert second.log_likelihood == pytest.approx(math.log(0.25), rel=1e-14)


@pytest.mark.parametrize("seed", range(20))
def test_of_equals_the_lower_ids_come_first(seed):
    # two levels of logits: most scores occur many times
    model, rule = Model(seed, levels=2), ends_at([2], V)
    beam = Beam(width=V**4, length=4, best=11)
    found = model.search(rule, beam)
    assert found == model.search(rule, beam)
    assert found == sorted(found, key=lambda h: (-h.score, h.ids))
    # equal sums may differ by rounding, so only what is clear is compared: the scores
    expected = [h.score for h in every(model, rule, beam)[:11]]
    np.testing.assert_allclose([h.score for h in found], expected, rtol=1e-13)


def test_equal_tokens_are_followed_in_their_order():
    chosen = []

    def step(ids, state):
        chosen.append(ids.tolist())
        return np.zeros((len(ids), 60)), state

    search = Beam(width=40, length=3, best=3)
    found = search_one(step, lambda s, r: s, np.zeros((1, 60)), None, ends_at([], 60), search)
    assert chosen == [list(range(40)), list(range(40))]
    assert [h.ids for h in found] == [(0, 0, 0), (0, 0, 1), (0, 0, 2)]


def test_an_equal_that_is_found_later_may_come_first():
    # 1 is whole, with 0.5; 0 goes on, with 0.5, and then 0 completes it for certain
    def rule(ids):
        zero, one = np.array([True, False]), np.array([False, True])
        none = np.zeros(2, dtype=bool)
        return NextTokens(none, zero, none) if ids else NextTokens(zero, one, none)

    found = search_one(
        lambda ids, state: (np.array([[0.0, -np.inf]]), state),
        lambda state, rows: state,
        np.zeros((1, 2)),
        None,
        rule,
        Beam(width=3, length=4),
    )
    assert [(h.ids, h.log_likelihood) for h in found] == [((0, 0), math.log(0.5))]


def test_all_are_stepped_as_one_batch():
    model = Model(5, size=6)
    model.search(ends_at([], 6), Beam(width=4, length=5, best=4))
    assert model.batches == [4, 4, 4, 4]  # the last of the five tokens is not read


def test_the_search_ends_when_its_result_is_certain():
    # token 0 ends, with probability 0.9: after two steps nothing can be better than the two found
    p = np.log([[0.9, 0.05, 0.05]])
    steps = []

    def step(ids, state):
        steps.append(len(ids))
        return np.repeat(p, len(ids), axis=0), state

    def search(best):
        steps.clear()
        beam = Beam(width=50, length=100, best=best)
        return search_one(step, lambda s, r: s, p, None, ends_at([0], 3), beam)

    assert [h.ids for h in search(1)] == [()]
    assert steps == []
    assert [h.ids for h in search(3)] == [(), (1,), (2,)]
    assert steps == [2]  # those of two tokens have at most 0.05 ** 2


def test_what_the_rule_forbids_does_not_come():
    allowed = np.array([False, True, False])
    nothing = np.zeros(3, dtype=bool)

    def rule(ids):
        return NextTokens(allowed if len(ids) < 2 else nothing, nothing, nothing)

    assert Model(1).search(rule, Beam(width=5, length=2))[0].ids == (1, 1)
    assert Model(1).search(rule, Beam(width=5, length=3)) == []


def test_impossible_tokens_do_not_come():
    logits = np.array([[0.0, -np.inf, 1.0]])
    found = search_one(
        lambda ids, state: (np.repeat(logits, len(ids), axis=0), state),
        lambda state, rows: state,
        logits,
        None,
        ends_at([1], 3),
        Beam(width=9, length=2, best=9),
    )
    assert sorted(h.ids for h in found) == [(0, 0), (0, 2), (2, 0), (2, 2)]


def test_the_sums_are_in_float64():
    # 40 tokens of log-likelihood -ln 3: in float32 the sum would be off by 1e-6
    start = np.zeros((1, 3), dtype=np.float32)
    found = search_one(
        lambda ids, state: (np.zeros((len(ids), 3), np.float32), state),
        lambda state, rows: state,
        start,
        None,
        ends_at([], 3),
        Beam(width=1, length=40),
    )
    assert found[0].log_likelihood == pytest.approx(-40 * math.log(3), rel=1e-14)


def test_a_penalty_favours_longer_ones():
    # to stop at once has 0.5; to go on and stop then, 0.45
    p = {0: [0.5, 0.5], 1: [0.9, 0.1]}

    def search(alpha):
        return search_one(
            lambda ids, n: (np.log([p[1]] * len(ids)), n),
            lambda n, rows: n,
            np.log([p[0]]),
            0,
            ends_at([0], 2),
            Beam(width=4, length=3, alpha=alpha),
        )[0]

    assert search(0.0).ids == ()
    longer = search(1.0)
    assert longer.ids == (1,)
    assert longer.score == pytest.approx(math.log(0.45) / (7 / 6))
    assert longer.log_likelihood == pytest.approx(math.log(0.45))


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"width": 0}, ValueError, "width: .* got 0"),
        ({"length": 2.5}, TypeError, r"length: .* got float 2\.5"),
        ({"best": True}, TypeError, "best: .* got bool True"),
        ({"alpha": -0.1}, ValueError, r"alpha: .* got -0\.1"),
        ({"alpha": math.nan}, ValueError, "alpha: .* got nan"),
        ({"alpha": math.inf}, ValueError, "alpha: .* got inf"),
        ({"alpha": "1"}, TypeError, "alpha: .* got str '1'"),
    ],
)
def test_settings_outside_their_range(settings, error, words):
    with pytest.raises(error, match=words):
        Beam(**{"width": 3, "length": 4, **settings})


def test_numpys_numbers_count_as_pythons():
    beam = Beam(np.int64(3), np.int32(4), np.int64(2), np.float32(0.5))
    assert Model(0).search(ends_at([1], V), beam) == Model(0).search(
        ends_at([1], V), Beam(3, 4, 2, 0.5)
    )


@pytest.mark.parametrize("logits", [np.zeros((2, 0)), np.zeros(3), [[0.0, np.nan, 0.0]]])
def test_logits_that_are_none(logits):
    with pytest.raises(ValueError, match="logits: expected"):
        search_one(None, None, logits, None, ends_at([0], 3), Beam(1, 1))


def test_an_end_outside_the_vocabulary():
    with pytest.raises(ValueError, match="tokens: expected ids from 0 to 2; got 3"):
        ends_at([1, 3], 3)
