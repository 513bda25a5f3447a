"""Batches by length: which examples stand together, in which order, and how much is padding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data import RaggedBatches


class Examples:
    """Sequences of given lengths, which say which of them were read."""

    def __init__(self, lengths):
        self.lengths = lengths
        self.read = []

    def __len__(self):
        return len(self.lengths)

    def __getitem__(self, k):
        self.read.append(k)
        return np.full(self.lengths[k], k)


def numbers(batches, epoch=0, start=0):
    return [batch.numbers.tolist() for batch in batches.epoch(epoch, start)]


sizes = st.lists(st.integers(0, 9), min_size=1, max_size=40)


@given(lengths=sizes, size=st.integers(1, 7), bucket=st.integers(1, 4), shuffle=st.booleans())
def test_each_example_stands_in_one_batch(lengths, size, bucket, shuffle):
    batches = RaggedBatches(Examples(lengths), size, bucket=bucket, shuffle=shuffle)
    for epoch in (0, 3):
        found = list(batches.epoch(epoch))
        assert len(found) == batches.length(epoch) == -(-len(lengths) // size)
        assert sorted(k for batch in found for k in batch.numbers) == list(range(len(lengths)))
        for batch in found:
            assert batch.sequences == len(batch.numbers) == batch.inputs.shape[1]
            assert batch.lengths.tolist() == [lengths[k] for k in batch.numbers]
            for b, (n, k) in enumerate(zip(batch.lengths, batch.numbers, strict=True)):
                assert (batch.inputs[:n, b] == k).all()
                assert not batch.inputs[n:, b].any()
        read = sum(batch.lengths.sum() for batch in found)
        places = sum(batch.inputs.size for batch in found)
        assert batches.waste(epoch) == pytest.approx(1 - read / places if places else 0)


@given(lengths=sizes, seed=st.integers(0, 2**32), start=st.integers(0, 12))
def test_a_batch_depends_on_seed_epoch_and_number_alone(lengths, seed, start):
    def fresh():
        return RaggedBatches(Examples(lengths), 3, bucket=2, seed=seed)

    whole = numbers(fresh(), 5)
    used = fresh()
    numbers(used, 1)
    assert numbers(used, 5) == whole
    assert numbers(fresh(), 5, start) == whole[start:]


def by_definition(lengths, size, bucket, seed, epoch):
    """The batches, step by step as RaggedBatches describes them."""
    rng = np.random.default_rng((seed, epoch))
    order = rng.permutation(len(lengths)).tolist()
    cut = []
    for first in range(0, len(order), bucket * size):
        ranked = sorted(order[first : first + bucket * size], key=lambda k: lengths[k])
        cut += [ranked[k : k + size] for k in range(0, len(ranked), size)]
    return [cut[k] for k in rng.permutation(len(cut))]


@given(lengths=sizes, size=st.integers(1, 5), bucket=st.integers(1, 4), epoch=st.integers(0, 9))
def test_the_definition(lengths, size, bucket, epoch):
    batches = RaggedBatches(Examples(lengths), size, bucket=bucket, seed=7)
    assert numbers(batches, epoch) == by_definition(lengths, size, bucket, 7, epoch)


def test_epochs_and_seeds_differ():
    drawn = {
        str(numbers(RaggedBatches(Examples(range(60)), 4, bucket=3, seed=seed), epoch))
        for seed in (0, 1)
        for epoch in (0, 1, 2)
    }
    assert len(drawn) == 6


def test_buckets_save_padding(rng):
    lengths = rng.integers(1, 400, 2000)
    waste = [RaggedBatches(Examples(lengths), 20, bucket=bucket).waste(0) for bucket in (1, 50)]
    assert waste[0] > 0.4
    assert waste[1] < 0.03
    assert RaggedBatches(Examples(lengths), 20, shuffle=False).waste(0) < 0.01


def test_a_bucket_of_one_batch_knows_no_lengths(rng):
    """Which examples share a batch then has nothing to do with how long they are."""
    every = [rng.integers(0, 50, 40), np.full(40, 7), np.arange(40), np.arange(40)[::-1]]
    members = [
        [sorted(batch) for batch in numbers(RaggedBatches(Examples(n), 6, bucket=1, seed=4), 2)]
        for n in every
    ]
    order = np.random.default_rng((4, 2)).permutation(40).tolist()
    assert sorted(members[0]) == sorted(sorted(order[k : k + 6]) for k in range(0, 40, 6))
    assert all(found == members[0] for found in members)
    assert sorted(k for batch in members[0] for k in batch) == list(range(40))


def test_evaluation_goes_by_length():
    batches = RaggedBatches(Examples([5, 1, 3, 1, 0]), 2, shuffle=False)
    assert numbers(batches) == numbers(batches, 8) == [[4, 1], [3, 2], [0]]
    assert [batch.numbers.tolist() for batch in batches] == numbers(batches)


def test_what_drop_last_leaves_out_is_drawn_anew(rng):
    lengths = np.arange(11)
    batches = RaggedBatches(Examples(lengths), 4, drop_last=True)
    left = set()
    for epoch in range(30):
        found = numbers(batches, epoch)
        assert [len(batch) for batch in found] == [4, 4]
        left |= set(lengths.tolist()) - {k for batch in found for k in batch}
    assert left == set(lengths.tolist())


def test_examples_are_read_when_their_batch_comes():
    examples = Examples([2, 1, 2, 1])
    batches = RaggedBatches(examples, 2, lengths=examples.lengths)
    batches.waste(0)
    epoch = batches.epoch(0)
    assert not examples.read
    first = next(epoch)
    assert examples.read == first.numbers.tolist()


def test_a_collation_of_ones_own():
    batches = RaggedBatches(["b", "aaa"], 2, shuffle=False, collate=list)
    assert list(batches) == [[(0, "b"), (1, "aaa")]]


def test_the_fingerprint_is_that_of_the_lengths():
    digests = {RaggedBatches(Examples(n), 1).fingerprint() for n in ([1, 2], [2, 1], [1, 2, 0])}
    assert len(digests) == 3
    assert RaggedBatches("ab", 1, lengths=[1, 2]).fingerprint() in digests


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"batch_size": 0}, ValueError, "batch_size: expected an integer of at least 1; got 0"),
        ({"batch_size": 2.0}, TypeError, "batch_size: expected an integer; got float"),
        ({"bucket": 0}, ValueError, "bucket: .* got 0"),
        ({"seed": -1}, ValueError, "seed: .* got -1"),
        ({"examples": []}, ValueError, "examples: expected at least 1; got 0"),
        ({"batch_size": 3, "drop_last": True}, ValueError, "examples: expected at least 3; got 2"),
        ({"drop_last": True, "shuffle": False}, ValueError, "drop_last: expected False"),
        ({"lengths": [1]}, ValueError, r"one for each of 2 examples; got shape \(1,\)"),
        ({"lengths": [1, -2]}, ValueError, "lengths: expected at least 0; got -2"),
        ({"lengths": [1.0, 2.0]}, TypeError, "lengths: expected whole numbers; got float64"),
    ],
)
def test_errors(arguments, kind, words):
    with pytest.raises(kind, match=words):
        RaggedBatches(**{"examples": ["a", "bc"], "batch_size": 1} | arguments)


@pytest.mark.parametrize(("number", "start"), [(-1, 0), (0, -1)])
def test_epochs_begin_at_0(number, start):
    with pytest.raises(ValueError, match="got -1"):
        RaggedBatches("ab", 1).epoch(number, start)
