"""Many sentences at once: each as it is alone, and out of the batch once it is finished."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.decoding import (
    Beam,
    Greedy,
    Hypothesis,
    NextTokens,
    Sampling,
    beam_search,
    continuations,
    ends_at,
)

from .histories import Histories

START, END = 0, 1
FOLLOWING = ends_at([END], 5, never=[START])


def searched(model, beam, following=FOLLOWING, lengths=None):
    return beam_search(model.step, model.gather, *model.begin, following, beam, lengths=lengths)


def greedy(model, lengths, following=FOLLOWING, choose=None):
    choose = Greedy() if choose is None else choose
    return continuations(model.step, model.gather, *model.begin, choose, following, lengths)


beams = st.builds(
    Beam,
    width=st.integers(1, 6),
    length=st.integers(1, 6),
    best=st.integers(1, 4),
    alpha=st.sampled_from([0.0, 0.6, 2.0]),
    patience=st.sampled_from([None, 1, 3]),
    prefer_finished=st.booleans(),
)
sentences = st.lists(st.tuples(st.integers(0, 99), st.integers(1, 6)), min_size=0, max_size=7)


@given(beam=beams, each=sentences, levels=st.sampled_from([None, 2]))
def test_a_sentence_is_the_same_alone_and_among_others(beam, each, levels):
    seeds, lengths = [seed for seed, _ in each], [length for _, length in each]
    model = Histories(seeds, levels=levels)
    together = searched(model, beam, lengths=np.array(lengths, np.int64))
    assert len(together) == len(each)
    for number, found in enumerate(together):
        assert len({(one.ids, one.finished) for one in found}) == len(found) <= beam.best
        assert all(model.found_again(number, one) for one in found)
        single = Histories([seeds[number]], levels=levels)
        (alone,) = searched(single, beam, lengths=lengths[number])
        assert found == alone


@given(each=sentences)
def test_a_greedy_one_is_the_same_alone_and_among_others(each):
    seeds, lengths = [seed for seed, _ in each], [length for _, length in each]
    model = Histories(seeds)
    together = greedy(model, np.array(lengths, np.int64))
    for number, found in enumerate(together):
        assert model.found_again(number, found)
        (alone,) = greedy(Histories([seeds[number]]), lengths[number])
        assert found == alone
        assert found == by_hand(seeds[number], lengths[number])


def by_hand(seed, length):
    """Greedy, a token at a time."""
    model, ids, total = Histories([seed]), (), 0.0
    for _ in range(length):
        logits = model.row(seed, ids)
        allowed = np.where(np.arange(5) == START, -np.inf, logits)
        token = int(np.argmax(allowed))
        total += logits[token] - math.log(math.fsum(np.exp(logits)))
        if token == END:
            return Hypothesis(ids, pytest.approx(total), pytest.approx(total), True)
        ids += (token,)
    return Hypothesis(ids, pytest.approx(total), pytest.approx(total), False)


def test_sentences_that_are_certain_leave_the_batch():
    # 0 ends at once, for certain; 1 never does
    z = np.array([[-np.inf, 0.0, -np.inf], [0.0, -np.inf, 0.0]])
    batches = []

    def step(ids, state):
        batches.append(state.tolist())
        return z[state], state

    def gather(state, rows):
        return state[rows]

    masks = ends_at([1], 3)
    first, second = beam_search(step, gather, z, np.arange(2), masks, Beam(2, 3))
    assert (first[0].ids, first[0].finished) == ((), True)
    assert (second[0].ids, second[0].finished) == ((0, 0, 0), False)
    assert batches == [[1, 1], [1, 1]]
    batches.clear()
    first, second = continuations(step, gather, z, np.arange(2), Greedy(), masks, 3)
    assert (first.ids, first.finished, first.log_likelihood) == ((), True, 0.0)
    assert (second.ids, second.finished) == ((0, 0, 0), False)
    assert batches == [[1], [1]]


# OpenNMT-py 1320, joeynmt 148, xnmt PR 572: tokens a, end. First end .55, a .45; after a: a .95,
# end .05; later end .95, a .05
P = [[0.45, 0.55], [0.95, 0.05], [0.05, 0.95]]


def penalised(**penalty):
    def step(ids, n):
        return np.log([P[min(n, 2)]] * len(ids)), n + 1

    beam = Beam(2, 6, **penalty)
    ((found,),) = beam_search(step, lambda n, _: n, np.log([P[0]]), 1, ends_at([1], 2), beam)
    return found


@pytest.mark.parametrize(
    ("penalty", "ids", "score"),
    [
        ({}, (), -0.5978),
        ({"alpha": 1.0, "offset": 0.0}, (0, 0), -0.3004),  # the mean a token
        ({"alpha": 1.0}, (), -0.5978),
        ({"alpha": 2.0}, (0, 0), -0.5069),
    ],
)
def test_the_token_that_ends_counts_in_the_penalty(penalty, ids, score):
    found = penalised(**penalty)
    assert (found.ids, found.finished) == (ids, True)
    assert found.score == pytest.approx(score, abs=5e-5)


def test_impatience_gives_up_what_would_have_been_better():
    # `a a` comes to -.9011 / (8/6)^1.6 = -.5687; but the end, with -.5978, is there before, and one
    # token later `a` could not have had more than -.7985 / (7/6)^1.6 = -.6240
    assert penalised(alpha=1.6).ids == (0, 0)
    assert penalised(alpha=1.6, patience=1).ids == ()
    assert penalised(alpha=1.6, patience=2).ids == (0, 0)


def test_a_beam_wider_than_what_there_is():
    # OpenNMT-py 60, ParlAI 2007: two words, at most one token, a beam of 4
    z = np.log([[0.2, 0.5, 0.3]])
    (found,) = beam_search(None, None, z, None, ends_at([2], 3), Beam(4, 1, best=4))
    assert [(one.ids, one.finished) for one in found] == [((1,), False), ((), True), ((0,), False)]
    (found,) = beam_search(
        None, None, z, None, ends_at([2], 3), Beam(4, 1, best=4, prefer_finished=True)
    )
    assert [one.ids for one in found] == [(), (1,), (0,)]


def test_nothing_goes_on_after_its_end():
    # ParlAI 2058: the end comes again and again
    z = np.log([[0.1, 0.9]])
    (found,) = beam_search(
        lambda ids, n: (np.repeat(z, len(ids), 0), n), lambda n, _: n, z, 0, ends_at([1], 2),
        Beam(4, 4, best=9),
    )  # fmt: skip
    assert [one.ids for one in found] == [(), (0,), (0, 0), (0, 0, 0), (0, 0, 0, 0)]
    assert [one.finished for one in found] == [True] * 4 + [False]


@pytest.mark.parametrize("prefer", [True, False])
def test_an_end_that_is_never_likely(prefer):
    z = np.array([[0.0, -1e30, 0.0]], np.float32)

    def step(ids, state):
        return np.repeat(z, len(ids), 0), state

    beam = Beam(3, 50, best=2, prefer_finished=prefer, alpha=1.0)
    ((one, two),) = beam_search(step, lambda s, r: s, z, None, ends_at([1], 3), beam)
    if prefer:  # whatever it costs
        assert one.finished
        assert one.log_likelihood < -1e29
    else:
        assert len(one.ids) == len(two.ids) == 50
        assert not one.finished
        assert one.log_likelihood == pytest.approx(-50 * math.log(2), rel=1e-6)
    (found,) = continuations(step, lambda s, r: s, z, None, Greedy(), ends_at([1], 3), 50)
    assert (found.ids, found.finished) == ((0,) * 50, False)


def test_a_draw_never_is_what_may_not_come():
    model = Histories(range(200), size=4)
    following = ends_at([1, 2], 4, never=[0])
    drawn = greedy(model, 20, following, Sampling(np.random.default_rng(3), temperature=9.0))
    assert all(set(one.ids) <= {3} for one in drawn)
    # an end has about 2/3 at such a temperature, so that 20 tokens are never needed
    assert all(one.finished for one in drawn)
    assert sum(one.ids == () for one in drawn) in range(100, 160)
    again = greedy(model, 20, following, Sampling(np.random.default_rng(3), temperature=9.0))
    assert drawn == again


def test_what_completes_is_the_last_token():
    none = np.zeros(3, dtype=bool)
    masks = NextTokens(np.array([1, 0, 0], bool), np.array([0, 1, 0], bool), none)
    (found,) = continuations(
        lambda ids, n: (np.array([[0.0, 1.0, 5.0]]), n), lambda n, r: n,
        np.array([[1.0, 0.0, 5.0]]), 0, Greedy(), masks, 9,
    )  # fmt: skip
    assert (found.ids, found.finished, found.rows) == ((0, 1), True, (0, 0))


def test_nothing_may_follow():
    none = np.zeros(3, dtype=bool)
    masks = NextTokens(none, none, none)
    z = np.zeros((2, 3))
    assert beam_search(None, None, z, None, masks, Beam(2, 2)) == [[], []]
    found = continuations(None, None, z, None, Greedy(), masks, 4)
    assert [(one.ids, one.finished) for one in found] == [((), False)] * 2


def test_no_sentences():
    assert beam_search(None, None, np.zeros((0, 3)), None, ends_at([1], 3), Beam(2, 2)) == []
    assert continuations(None, None, np.zeros((0, 3)), None, Greedy(), ends_at([1], 3), 4) == []


@pytest.mark.parametrize(
    ("lengths", "error", "words"),
    [
        (np.array([1.0, 2.0]), TypeError, "lengths: expected integers; got float64"),
        ([1, 2, 3], ValueError, r"lengths: expected shape \(2,\); got \(3,\)"),
        ([2, 0], ValueError, "lengths: expected at least 1; got 0"),
        (0, ValueError, "lengths: expected at least 1; got 0"),
    ],
)
def test_lengths_that_are_none(lengths, error, words):
    model = Histories([1, 2])
    with pytest.raises(error, match=words):
        searched(model, Beam(2, 2), lengths=lengths)
    with pytest.raises(error, match=words):
        greedy(model, lengths)


def test_a_step_that_returns_other_rows():
    def step(ids, state):
        return np.zeros((len(ids) + 1, 5)), state

    model = Histories([1, 2])
    with pytest.raises(ValueError, match=r"logits: expected \d rows; got"):
        beam_search(step, model.gather, *model.begin, FOLLOWING, Beam(2, 3))
    with pytest.raises(ValueError, match=r"logits: expected \d rows; got"):
        continuations(step, model.gather, *model.begin, Greedy(), FOLLOWING, 3)


def test_an_end_that_is_not_in_the_vocabulary():
    with pytest.raises(ValueError, match="never: expected ids from 0 to 4; got 5"):
        ends_at([1], 5, never=[5])
