"""Continuation: a model that is only a step function."""

from __future__ import annotations

from itertools import islice

import numpy as np

from pyrnn.decoding import Greedy, Sampling, continuation


def counting_step(v, calls):
    """A model that finds the id after the last one most probable; its state counts the steps."""

    def step(ids, state):
        calls.append(ids.tolist())
        return np.eye(v)[(ids + 1) % v] * 5, state + 1

    return step


def test_greedy_follows_the_model_row_by_row():
    calls = []
    logits = np.eye(4)[[1, 3]]
    chosen = list(islice(continuation(counting_step(4, calls), logits, 0, Greedy()), 5))
    assert [ids.tolist() for ids in chosen] == [[1, 3], [2, 0], [3, 1], [0, 2], [1, 3]]
    assert calls == [[1, 3], [2, 0], [3, 1], [0, 2]]


def test_the_model_is_not_stepped_beyond_what_is_asked():
    calls = []
    next(continuation(counting_step(4, calls), np.eye(4)[[0]], 0, Greedy()))
    assert calls == []


def test_the_state_is_handed_on():
    states = []

    def step(ids, state):
        states.append(state)
        return np.zeros((1, 3)), state + "x"

    sampling = Sampling(np.random.default_rng(0))
    list(islice(continuation(step, np.zeros((1, 3)), "", sampling), 4))
    assert states == ["", "x", "xx"]


def test_a_markov_chain_is_sampled_as_it_is():
    # The share of each state tends to the chain's stationary distribution
    transition = np.array([[0.9, 0.1], [0.3, 0.7]])

    def step(ids, state):
        return np.log(transition[ids]), state

    sampling = Sampling(np.random.default_rng(5))
    chain = continuation(step, np.zeros((1, 2)), None, sampling)
    n = 20_000
    share = sum(int(ids[0]) for ids in islice(chain, n)) / n
    # variance of the share: p (1 - p) / n times (1 + r) / (1 - r), with r = 0.9 + 0.7 - 1
    deviation = np.sqrt(0.25 * 0.75 / n * 1.6 / 0.4)
    assert abs(share - 0.25) < 4 * deviation
