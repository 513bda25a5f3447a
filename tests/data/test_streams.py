"""Streams: which id is read and scored where."""

from __future__ import annotations

import hashlib
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.data import IGNORED, EvaluationStreams, TrainingStreams
from pyrnn.data.streams import fingerprint


def joined(batches, stream):
    """The inputs and targets of one stream over all batches."""
    batches = list(batches)
    inputs = np.concatenate([batch.inputs[:, stream] for batch in batches])
    return inputs, np.concatenate([batch.targets[:, stream] for batch in batches])


@pytest.mark.parametrize(("n", "b", "t"), [(20, 3, 2), (21, 4, 5), (2, 1, 1), (101, 10, 100)])
def test_training_streams_are_consecutive_pieces(n, b, t):
    ids = np.arange(n)
    streams = TrainingStreams(ids, b, t)
    length = (n - 1) // b
    for row in range(b):
        inputs, targets = joined(streams.epoch(0), row)
        np.testing.assert_array_equal(inputs, ids[row * length : (row + 1) * length])
        np.testing.assert_array_equal(targets, inputs + 1)
    assert streams.length(0) == len(list(streams.epoch(0))) == -(-length // t)


def test_batches_are_time_major_and_contiguous():
    batches = list(TrainingStreams(np.arange(100), 3, 7).epoch(0))
    assert [batch.inputs.shape for batch in batches] == [(7, 3)] * 4 + [(5, 3)]
    for batch in batches:
        assert batch.inputs.flags.c_contiguous
        assert batch.targets.flags.c_contiguous
        assert batch.inputs.dtype == batch.targets.dtype == np.int64
        assert batch.sequences == 3
        assert batch.tokens == batch.inputs.size


@pytest.mark.parametrize("shift", [None, 5])
@pytest.mark.parametrize("start", [0, 1, 3])
def test_an_epoch_can_be_entered_anywhere(shift, start):
    streams = TrainingStreams(np.arange(97), 4, 5, shift=shift)
    for epoch in range(4):
        whole, rest = list(streams.epoch(epoch)), list(streams.epoch(epoch, start))
        assert len(whole) == streams.length(epoch)
        assert len(rest) == len(whole) - start
        for one, other in zip(whole[start:], rest, strict=True):
            np.testing.assert_array_equal(one.inputs, other.inputs)
            np.testing.assert_array_equal(one.targets, other.targets)


def test_shift_moves_the_start_within_the_first_steps():
    steps = 8
    streams = TrainingStreams(np.arange(200), 3, steps, shift=1)
    firsts = [int(next(streams.epoch(epoch)).inputs[0, 0]) for epoch in range(200)]
    assert set(firsts) == set(range(steps))  # 200 draws of 8: one is missed with chance < 1e-10
    again = TrainingStreams(np.arange(200), 3, steps, shift=1)
    assert [int(next(again.epoch(e)).inputs[0, 0]) for e in range(200)] == firsts


@settings(max_examples=100, deadline=None)
@given(
    n=st.integers(2, 300),
    b=st.integers(1, 9),
    t=st.integers(1, 50),
    context=st.integers(0, 40),
)
def test_evaluation_scores_every_target_once_after_enough_context(n, b, t, context):
    streams = EvaluationStreams(np.arange(n), b, t, context)
    scored = []
    for row in range(streams.batch_size):
        inputs, targets = joined(streams, row)
        mine = np.flatnonzero(targets != IGNORED)
        np.testing.assert_array_equal(targets[mine], inputs[mine] + 1)
        np.testing.assert_array_equal(np.diff(mine), 1)  # one piece
        np.testing.assert_array_equal(np.diff(inputs[: mine[-1] + 1]), 1)  # read without a gap
        assert mine[0] == (context if row else 0)
        scored.append(targets[mine])
    np.testing.assert_array_equal(np.concatenate(scored), np.arange(1, n))
    assert sum(batch.tokens for batch in streams) == n - 1


def test_fingerprints():
    ids = np.arange(50)
    assert TrainingStreams(ids, 2, 3).fingerprint() == EvaluationStreams(ids, 2, 3).fingerprint()
    other = ids.copy()
    other[7] = 0
    assert TrainingStreams(ids, 2, 3).fingerprint() != TrainingStreams(other, 2, 3).fingerprint()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: TrainingStreams(np.arange(4), 4, 3), "4 tokens; batch_size=4 needs at least 5"),
        (lambda: TrainingStreams(np.arange(6), 4, 3, shift=0), "at least 7"),
        (lambda: TrainingStreams(np.arange(9), 0, 3), "batch_size: .* got 0"),
        (lambda: TrainingStreams(np.arange(9), 2, 0), "steps: .* got 0"),
        (lambda: TrainingStreams(np.arange(9.0), 2, 1), "int64 .* got float64"),
        (
            lambda: TrainingStreams(np.zeros((3, 3), int), 2, 1),
            r"shape \(N,\); got int64 .*\(3, 3\)",
        ),
        (lambda: EvaluationStreams(np.arange(1), 1, 1), "at least 2 tokens; got 1"),
        (lambda: EvaluationStreams(np.arange(9), 1, 1, -1), "context: .* got -1"),
    ],
)
def test_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    "read",
    [
        lambda ids: sum(batch.tokens for batch in TrainingStreams(ids, 8, 50).epoch(0)),
        lambda ids: sum(batch.tokens for batch in EvaluationStreams(ids, 8, 50)),
        lambda ids: TrainingStreams(ids, 8, 50).fingerprint(),
    ],
    ids=["training", "evaluation", "fingerprint"],
)
def test_a_long_text_is_not_copied(read):
    ids = np.arange(200_000)
    tracemalloc.start()
    read(ids)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < ids.nbytes / 10


@pytest.mark.parametrize("ids", [np.arange(9), np.arange(18)[::2], np.arange(9).astype(">i8")])
def test_the_fingerprint_is_that_of_the_bytes(ids):
    digest = hashlib.sha256(ids.astype("<i8").tobytes()).hexdigest()
    assert fingerprint(ids) == f"9:{digest}"


# shorter types, and documents


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32])
def test_ids_of_any_width_give_the_same_batches(rng, kind):
    ids = rng.integers(200, size=150)
    for make in (
        lambda ids: TrainingStreams(ids, 4, 7, shift=3).epoch(1),
        lambda ids: EvaluationStreams(ids, 3, 7, 5),
    ):
        for one, other in zip(make(ids), make(ids.astype(kind)), strict=True):
            assert other.inputs.dtype == other.targets.dtype == np.int64
            np.testing.assert_array_equal(one.inputs, other.inputs)
            np.testing.assert_array_equal(one.targets, other.targets)
    assert fingerprint(ids) == fingerprint(ids.astype(kind))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), b=st.integers(1, 5), t=st.integers(1, 20), shift=st.none() | st.just(3))
def test_resets_stand_at_their_ids(data, b, t, shift):
    """The ids are their own places."""
    places = sorted(data.draw(st.sets(st.integers(0, 119), max_size=12)))
    ids, resets = np.arange(120), np.array(places, np.int64)
    streams = TrainingStreams(ids, b, t, shift=shift, resets=resets)
    for batch in [
        *streams.epoch(0),
        *streams.epoch(1, 1),
        *EvaluationStreams(ids, b, t, 3, resets=resets),
    ]:
        scored = batch.targets != IGNORED
        expected = np.isin(batch.inputs, places) & scored
        found = np.zeros_like(scored) if batch.reset is None else batch.reset & scored
        np.testing.assert_array_equal(found, expected)
        assert batch.reset is None or batch.reset.any()


def test_resets_are_part_of_the_fingerprint():
    ids = np.arange(50)
    plain = TrainingStreams(ids, 2, 3).fingerprint()
    assert TrainingStreams(ids, 2, 3, resets=np.zeros(0, np.int64)).fingerprint() == plain
    found = {
        kind(ids, 2, 3, resets=np.array(resets)).fingerprint()
        for resets in ([5], [6], [5, 6])
        for kind in (TrainingStreams, EvaluationStreams)
    }
    assert len(found | {plain}) == 4


@pytest.mark.parametrize(
    ("resets", "error"),
    [
        (np.array([3, 3]), ValueError),
        (np.array([4, 3]), ValueError),
        (np.array([-1]), ValueError),
        (np.array([9]), ValueError),
        (np.array([1.0]), ValueError),
        (np.array([[1]]), ValueError),
        ([1], TypeError),
    ],
)
def test_wrong_resets(resets, error):
    for kind in (TrainingStreams, EvaluationStreams):
        with pytest.raises(error, match="resets: expected "):
            kind(np.arange(9), 2, 2, resets=resets)
