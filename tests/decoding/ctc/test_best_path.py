"""The likeliest path of CTC: what it spells, alone, in a batch and frame by frame."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.decoding import BestPath, Transcript, collapse, greedy

from .paths import frames_of, log_softmax


@pytest.mark.parametrize(
    ("path", "blank", "text"),
    [
        ([], 0, []),
        ([0, 0], 0, []),
        ([1, 1, 0, 1, 2, 2], 0, [1, 1, 2]),
        ([0, 0, 2, 0, 0, 1], 2, [0, 0, 1]),
        ([3], 0, [3]),
    ],
)
def test_what_a_path_spells(path, blank, text):
    for ids in (path, np.array(path, np.int32), tuple(path)):
        found = collapse(ids, blank)
        assert found.dtype == np.int64
        assert found.tolist() == text


@given(st.lists(st.integers(0, 3), max_size=9), st.integers(0, 3))
def test_collapse_is_runs_without_blanks(path, blank):
    runs = [symbol for symbol, _ in itertools.groupby(path) if symbol != blank]
    assert collapse(path, blank).tolist() == runs


@given(
    st.integers(0, 99),
    st.integers(1, 4),
    st.lists(st.integers(0, 6), max_size=4),
    st.sampled_from([np.float32, np.float64]),
    st.booleans(),
)
def test_alone_in_a_batch_and_frame_by_frame(seed, classes, lengths, dtype, normalized):
    logits, lengths = frames_of(seed, lengths, classes, dtype, normalized)
    blank = seed % classes
    together = greedy(logits, lengths, blank=blank, normalized=normalized)
    assert len(together) == len(lengths)
    for b, (length, found) in enumerate(zip(lengths, together, strict=True)):
        alone = logits[:length, b]
        assert greedy(alone[:, None], blank=blank, normalized=normalized) == [found]
        path = BestPath(blank, normalized=normalized)
        taken = []
        for t, frame in enumerate(alone):
            path.step(frame)
            if t % 2:
                taken += path.take()
        (rest,) = path.best()
        whole = *(i for i, _ in taken), *rest.ids
        assert (whole, rest.log_likelihood) == (found.ids, found.log_likelihood)
        assert (*(t for _, t in taken), *rest.frames) == found.frames
        ids = alone.argmax(axis=1) if length else np.empty(0, int)
        log_p = alone if normalized else log_softmax(alone)
        assert found.ids == tuple(collapse(ids, blank).tolist())
        assert found.log_likelihood == pytest.approx(
            sum(log_p[t, k] for t, k in enumerate(ids)), rel=1e-5, abs=1e-5
        )
        assert ids[list(found.frames)].tolist() == list(found.ids)


def test_the_lowest_of_equal_ones():
    assert greedy(np.zeros((2, 1, 3)), blank=2)[0].ids == (0,)
    assert greedy(np.zeros((2, 1, 3)), blank=0)[0].ids == ()


def test_two_frames_that_are_mostly_blank():
    p = np.log(np.array([[0.4, 0.35, 0.25]] * 2))
    found = greedy(p[:, None])[0]
    assert found == Transcript((), found.log_likelihood, found.score, ())
    assert np.exp(found.score) == pytest.approx(0.16)


def test_a_constant_added_to_a_frame_changes_nothing():
    logits = np.random.default_rng(0).normal(size=(5, 1, 4))
    shifted = logits + np.array([3.0, -7.0, 0.0, 99.0, 1.0])[:, None, None]
    one, other = greedy(logits)[0], greedy(shifted)[0]
    assert one.ids == other.ids
    assert one.score == pytest.approx(other.score)


Z = np.zeros((2, 3, 4))


@pytest.mark.parametrize(
    ("logits", "settings", "error", "words"),
    [
        (np.zeros((2, 3)), {}, ValueError, r"logits: expected shape \(T, B, C\) with C > 0; got"),
        (np.zeros((2, 3, 0)), {}, ValueError, r"logits: expected shape \(T, B, C\) with C > 0"),
        (np.full((1, 1, 2), "a"), {}, TypeError, "logits: expected an array of real numbers"),
        (np.full((1, 1, 2), np.nan), {}, ValueError, "logits: expected a finite largest number"),
        (np.full((1, 1, 2), np.inf), {}, ValueError, "logits: expected a finite largest number"),
        (Z, {"blank": 4}, ValueError, "logits: expected more than 4 classes"),
        (Z, {"blank": -1}, ValueError, "blank: expected an integer of at least 0; got -1"),
        (Z, {"blank": "a"}, TypeError, "blank: expected an integer; got str 'a'"),
        (Z, {"normalized": True}, ValueError, r"add up to 1, since normalized=True; .* up to 4"),
        (Z, {"lengths": [2, 2]}, ValueError, r"lengths: expected shape \(3,\); got \(2,\)"),
        (Z, {"lengths": [2, 3, 1]}, ValueError, r"lengths\[1\]: expected an integer from 0 to 2"),
        (Z, {"lengths": [2, -1, 1]}, ValueError, r"lengths\[1\]: expected an integer from 0 to 2"),
        (Z, {"lengths": [2.0, 1, 1]}, TypeError, "lengths: expected integers; got float64"),
    ],
)
def test_what_is_refused(logits, settings, error, words):
    with pytest.raises(error, match=words):
        greedy(logits, **settings)


@pytest.mark.parametrize(
    ("ids", "error", "words"),
    [([0.5], TypeError, "ids: expected integers"), ([[1]], ValueError, r"ids: expected shape")],
)
def test_paths_that_are_none(ids, error, words):
    with pytest.raises(error, match=words):
        collapse(ids)


def test_a_frame_that_is_refused_changes_nothing():
    path = BestPath(blank=1)
    path.step([3.0, 0.0])
    before = path.best()
    for wrong in ([np.nan, 0.0], [[1.0, 2.0]], [1.0]):
        with pytest.raises(ValueError, match="logits: expected"):
            path.step(wrong)
    assert path.best() == before


def test_what_is_past_a_length_does_not_count():
    logits = np.random.default_rng(1).normal(size=(4, 2, 3))
    other = logits.copy()
    other[2:, 0] = np.nan
    assert greedy(logits, [2, 4]) == greedy(other, [2, 4])
