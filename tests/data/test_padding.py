"""Sequences of unequal length as one array."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.data import pad, unpad


def test_ids():
    padded, lengths = pad([[3, 1], [], [5, 6, 7]])
    assert padded.dtype == lengths.dtype == np.int64
    assert padded.tolist() == [[3, 0, 5], [1, 0, 6], [0, 0, 7]]
    assert lengths.tolist() == [2, 0, 3]


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("step", [(), (3,), (2, 3)])
def test_every_step_is_where_it_belongs(rng, step, batch_first):
    sequences = [rng.standard_normal((n, *step)).astype(np.float32) for n in (4, 0, 1, 6)]
    padded, lengths = pad(sequences, batch_first=batch_first)
    assert padded.dtype == np.float32
    assert padded.flags.c_contiguous
    assert padded.shape == ((4, 6, *step) if batch_first else (6, 4, *step))
    for b, sequence in enumerate(sequences):
        row = padded[b] if batch_first else padded[:, b]
        np.testing.assert_array_equal(row[: lengths[b]], sequence)
        assert not row[lengths[b] :].any()


@pytest.mark.parametrize(
    ("sequences", "dtype", "expected"),
    [
        ([[1], [2.5]], None, np.float64),
        ([np.zeros(2, np.float32), []], None, np.float32),
        ([np.zeros(2, np.int32)], None, np.int64),
        ([[], []], None, np.int64),
        ([[1, 2]], np.float32, np.float32),
        ([np.zeros((2, 3))], "float32", np.float32),
        ([np.zeros((0, 3), np.float32), []], None, np.float32),
    ],
)
def test_types(sequences, dtype, expected):
    assert pad(sequences, dtype)[0].dtype == expected


def test_an_empty_sequence_has_the_shape_of_the_others():
    padded, lengths = pad([[], np.ones((2, 3))])
    assert padded.shape == (2, 2, 3)
    assert lengths.tolist() == [0, 2]
    assert pad([[], np.ones((0, 3))])[0].shape == (0, 2, 3)


@pytest.mark.parametrize(
    ("sequences", "dtype", "kind", "words"),
    [
        ([], None, ValueError, "sequences: expected at least one; got none"),
        ([1, 2], None, TypeError, r"ids \(N,\) or frames \(N, I\); got int 1 at position 0"),
        (["abc"], None, TypeError, "got str 'abc' at position 0"),
        ([[1], ["a"]], None, TypeError, "expected numbers; got .* at position 1"),
        ([[1], [None]], None, TypeError, "expected numbers; got object at position 1"),
        ([np.ones((1, 2)), np.ones((1, 3))], None, ValueError, r"\(2,\) .* \(3,\) at position 1"),
        ([[1], [[1, 2], [3]]], None, ValueError, "one shape within a sequence; .* position 1"),
        ([[1], [1.5]], np.int64, TypeError, "that int64 can hold; got float64 at position 1"),
    ],
)
def test_errors(sequences, dtype, kind, words):
    with pytest.raises(kind, match=words):
        pad(sequences, dtype)


SEQUENCES = [[3, 0, 1], [], [5], [2, 7, 8, 9]]  # a 0 inside


@pytest.mark.parametrize("value", [0, -1, 0.5, float("nan")])
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("step", [(), (2,), (2, 3)])
def test_padding_is_taken_off_again(rng, step, side, value):
    sequences = [rng.integers(1, 9, (n, *step)).astype(float) for n in (4, 0, 1, 6)]
    padded = np.full((4, 6, *step), value)
    for row, sequence in zip(padded, sequences, strict=True):
        row[6 - len(sequence) if side == "before" else 0 :][: len(sequence)] = sequence
    for found, sequence in zip(unpad(padded, value=value, side=side), sequences, strict=True):
        assert found.dtype == padded.dtype
        np.testing.assert_array_equal(found, sequence)


def test_arrays_of_keras():
    padded = [[0, 3, 0, 1], [0, 0, 0, 0], [0, 0, 0, 5], [2, 7, 8, 9]]  # pad_sequences(SEQUENCES)
    assert [ids.tolist() for ids in unpad(padded)] == SEQUENCES
    ids, lengths = pad(unpad(np.array(padded, np.int32)), batch_first=True)
    assert ids[0].tolist() == [3, 0, 1, 0]
    assert lengths.tolist() == [3, 0, 1, 4]


def test_what_pad_made():
    padded, _ = pad(SEQUENCES, batch_first=True)
    assert [ids.tolist() for ids in unpad(padded, side="after")] == SEQUENCES


def test_a_step_is_padding_only_where_all_its_features_are():
    frames = [[[0, 0], [0, 1], [0, 0], [2, 3]]]
    assert unpad(frames)[0].tolist() == [[0, 1], [0, 0], [2, 3]]


def test_real_zeros_at_the_side_of_the_padding_go_with_it():
    assert unpad([[0, 0, 4]])[0].tolist() == [4]  # [0, 4] padded, or [4]: nothing tells them apart
    assert unpad([[4, 0, 0]])[0].tolist() == [4, 0, 0]


def test_views():
    padded = np.array([[0, 1], [2, 3]])
    assert all(np.shares_memory(ids, padded) for ids in unpad(padded))
    assert [ids.shape for ids in unpad(np.zeros((2, 0, 3)))] == [(0, 3)] * 2
    assert unpad(np.zeros((0, 4))) == []


@pytest.mark.parametrize(
    ("array", "named", "kind", "words"),
    [
        ([1, 2], {}, ValueError, r"array: expected shape \(N, T\) or \(N, T, I\).* got \(2,\)"),
        ([["a"]], {}, TypeError, "array: expected numbers; got <U1"),
        ([[1], [1, 2]], {}, ValueError, "array: expected rows of one length; got others"),
        ([[1]], {"side": "pre"}, ValueError, "side: expected before or after; got 'pre'"),
        ([[1]], {"value": "0"}, TypeError, "value: expected a number; got str"),
    ],
)
def test_arrays_that_are_none(array, named, kind, words):
    with pytest.raises(kind, match=words):
        unpad(array, **named)
