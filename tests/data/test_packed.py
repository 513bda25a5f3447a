"""Sequences in one array: what comes out is what went in, and how many bytes that takes."""

from __future__ import annotations

import copy
import errno
import gc
import itertools
import os
import pickle
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data import Packed, PackedTexts, RaggedBatches, pad
from pyrnn.data.spool import BUFFER

LIMITS = (0, 5, 2**20)  # bytes: a file from the first on, from somewhere on, and none
ids = st.lists(st.lists(st.integers(0, 2**16 - 1), max_size=9), max_size=12)
any_text = st.text(st.characters(exclude_categories=()), max_size=9)  # half surrogate pairs, too
limits = st.sampled_from(LIMITS)


@given(sequences=ids, limit=limits, data=st.data())
def test_ids_come_out_as_they_went_in(sequences, limit, data):
    packed = Packed.gather(iter(sequences), np.uint16, limit=limit)
    assert packed.values.dtype == np.uint16
    assert packed.offsets.dtype == packed.lengths.dtype == np.int64
    assert [sequence.tolist() for sequence in packed] == sequences
    assert packed.lengths.tolist() == [len(sequence) for sequence in sequences]
    chosen = data.draw(
        st.lists(st.integers(0, len(sequences) - 1), max_size=9) if sequences else st.just([])
    )
    some = packed.some(chosen)
    assert [sequence.tolist() for sequence in some] == [sequences[k] for k in chosen]
    assert some.lengths.tolist() == [len(sequences[k]) for k in chosen]
    turned = some.some(range(len(chosen))[::-1])
    assert [sequence.tolist() for sequence in turned] == [sequences[k] for k in chosen[::-1]]
    assert np.shares_memory(turned.values, packed.values) or not packed.values.size


@given(sequences=ids, limit=limits, data=st.data())
def test_some_padded_at_once_are_as_padded_one_by_one(sequences, limit, data):
    packed = Packed.gather(iter([*sequences, [7]]), np.uint16, limit=limit)
    chosen = data.draw(st.lists(st.integers(0, len(sequences)), min_size=1, max_size=9))
    for store, numbers in ((packed, chosen), (packed.some(chosen[::-1]), range(len(chosen)))):
        found, lengths = store.padded(numbers)
        wanted, known = pad([store[k] for k in numbers])
        assert found.dtype == wanted.dtype == lengths.dtype == np.int64
        assert found.tolist() == wanted.tolist()
        assert lengths.tolist() == known.tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.bool_])
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)])
@pytest.mark.parametrize("lengths", [(4, 0, 1), (0, 0, 0)])
def test_steps_of_any_shape_are_padded(rng, lengths, shape, dtype):
    sequences = [rng.integers(0, 2, (n, *shape)) for n in lengths]
    packed = Packed.gather(sequences, dtype, shape)
    found, known = packed.padded([2, 0, 1])
    wanted, _ = pad([packed[k] for k in (2, 0, 1)])
    assert found.dtype == (dtype if dtype in (np.float32, np.float64) else np.int64)
    assert found.shape == wanted.shape
    assert found.tolist() == wanted.tolist()
    assert known.tolist() == [lengths[k] for k in (2, 0, 1)]
    found[...] = 1  # an array of its own
    assert packed[0].tolist() == sequences[0].tolist()


@pytest.mark.parametrize(
    ("numbers", "message"),
    [([], "numbers: expected at least one; got none"), ([0, 2], "numbers: expected 0 to 1; got 0")],
)
def test_others_than_there_are_cannot_be_padded(numbers, message):
    with pytest.raises(ValueError, match=message):
        Packed.gather([[1], []], np.int64).padded(numbers)


@given(texts=st.lists(any_text, max_size=12), limit=limits)
def test_texts_come_out_as_they_went_in(texts, limit):
    packed = PackedTexts.gather(iter(texts), limit=limit)
    assert list(packed) == texts
    assert list(packed.some(range(len(texts))[::-1])) == texts[::-1]
    assert list(pickle.loads(pickle.dumps(packed))) == texts


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.bool_])
def test_steps_of_any_shape(rng, limit, shape, dtype):
    sequences = [rng.integers(0, 2, (n, *shape)) for n in (4, 0, 1)]
    packed = Packed.gather(sequences, dtype, shape, limit=limit)
    assert packed.values.shape == (5, *shape)
    for found, given_ in zip(packed, sequences, strict=True):
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, given_)


def test_a_sequence_is_a_view_that_nobody_writes_to():
    values = np.arange(5)
    packed = Packed(values, np.array([0, 2, 5]))
    for one in (packed, packed.some([1, 0])):
        assert np.shares_memory(one[0], values)
        with pytest.raises(ValueError, match="read-only"):
            one[0][0] = 9
    assert packed[-1].tolist() == [2, 3, 4]
    assert packed.some([1])[-1].tolist() == [2, 3, 4]
    assert values.flags.writeable


@pytest.mark.parametrize("limit", LIMITS)
def test_copies(limit):
    packed = Packed.gather([[1, 2], [3]], np.uint8, limit=limit).some([1, 0])
    for other in (copy.copy(packed), copy.deepcopy(packed), pickle.loads(pickle.dumps(packed))):
        assert [sequence.tolist() for sequence in other] == [[3], [1, 2]]
        assert not other[0].flags.writeable
        assert repr(other) == "Packed(2 sequences (N_k) of uint8)"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (slice(0, 1), TypeError),
        (1.0, TypeError),
        (True, TypeError),
        (2, IndexError),
        (-3, IndexError),
        (None, TypeError),
        ([0], TypeError),
    ],
)
def test_sequences_are_read_by_number(number, kind):
    for packed in (Packed.gather([[1], [2]], "u1"), PackedTexts.gather(["a", "b"])):
        for one in (packed, packed.some([1, 0])):
            with pytest.raises(kind, match="number: expected"):
                one[number]


@pytest.mark.parametrize(
    ("sequence", "dtype"),
    [
        ([2**16], np.uint16), ([-1], np.uint16), ([128], np.int8), ([2], np.bool_),
        ([2**24 + 1], np.float32), ([-(2**53) - 1], np.float64), ([2**64 - 1], np.int64),
        ([2**63 - 1], np.float32), ([1e39], np.float32),
    ],
)  # fmt: skip
def test_a_number_that_does_not_fit(sequence, dtype):
    with pytest.raises(ValueError, match=r"sequences\[1\]: expected "):
        Packed.gather([[0], sequence], dtype)


@pytest.mark.parametrize(
    ("sequence", "dtype"),
    [
        ([2**16 - 1, 0], np.uint16), ([-128], np.int8), ([1], np.bool_), ([2**24], np.float32),
        ([-(2**53)], np.float64), ([2**63 - 1], np.int64), ([2**64 - 1], np.uint64),
        ([np.inf, 0.5], np.float32), ([True], np.uint8),
    ],
)  # fmt: skip
def test_a_number_that_just_fits(sequence, dtype):
    assert Packed.gather([sequence], dtype)[0].tolist() == sequence


def test_floats_are_rounded_and_nan_are_nan():
    found = Packed.gather([np.array([0.1, np.nan])], np.float32)[0]
    np.testing.assert_array_equal(found, np.array([0.1, np.nan], np.float32))


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: Packed.gather([[1.5]], "u1"), TypeError, r"sequences\[0\]: .* got float64"),
        (lambda: Packed.gather([["a"]], "u1"), TypeError, r"sequences\[0\]: .* got <U1"),
        (lambda: Packed.gather([[1]], "U1"), TypeError, "dtype: expected one of numbers"),
        (lambda: Packed.gather([[[1]]], "u1"), ValueError, r"expected shape \(N\); got \(1, 1\)"),
        (lambda: Packed.gather([[1]], "u1", (2,)), ValueError, r"expected shape \(N, 2\); got"),
        (lambda: Packed.gather([3], "u1"), ValueError, r"expected shape \(N\); got \(\)"),
        (lambda: Packed.gather([[[1], [1, 2]]], "u1"), ValueError, "steps of one shape"),
        (lambda: Packed.gather([], "u1", limit=-1), ValueError, "limit: .* got -1"),
        (lambda: Packed.gather([], "u1", folder=3), TypeError, "folder: expected a path; got int"),
        (lambda: PackedTexts.gather("ab"), TypeError, "texts: expected a list of texts"),
        (lambda: PackedTexts.gather(["a", 1]), TypeError, "texts: .* got int 1 at position 1"),
        (lambda: PackedTexts(np.zeros(1)), TypeError, "packed: expected a Packed"),
        (lambda: PackedTexts(Packed.gather([], "i8")), ValueError, "packed: expected uint8"),
        (lambda: Packed([1], np.array([0, 1])), TypeError, "values: expected an array"),
        (lambda: Packed(np.zeros(2), np.array([0, 1])), ValueError, "offsets: expected 0 to 2"),
        (lambda: Packed(np.zeros(2), np.array([])), ValueError, "offsets: expected 0 to 2"),
        (lambda: Packed(np.zeros(2), np.array([0, 2, 1, 2])), ValueError, "offsets: .* rising"),
        (lambda: Packed(np.zeros(2), np.array([0.0, 2])), TypeError, "offsets: .* whole numbers"),
        (lambda: Packed(np.zeros(2), np.array([[0, 2]])), ValueError, r"offsets: expected shape"),
        (lambda: Packed(np.zeros(1), [0, 1]).some([1]), ValueError, "numbers: expected 0 to 0"),
        (lambda: Packed(np.zeros(1), [0, 1]).some([-1]), ValueError, "numbers: expected 0 to 0"),
        (lambda: Packed(np.zeros(1), [0, 1]).some([0.0]), TypeError, "numbers: expected whole"),
    ],
)  # fmt: skip
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


# -- How many bytes


LENGTH = 500


def texts_of(characters):
    """Texts of ASCII, one by one: never two of them in memory."""
    return (chr(97 + k % 26) * LENGTH for k in range(characters // LENGTH))


def traced(make):
    """What `make` gives, the bytes that this takes, and those it took at most meanwhile."""
    gc.collect()
    tracemalloc.start()
    try:
        made = make()
        return made, *tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


def test_a_text_takes_a_byte_a_character_and_8():
    characters = 2_000_000
    packed, now, most = traced(lambda: PackedTexts.gather(texts_of(characters)))
    exact = characters + 8 * (characters // LENGTH)
    assert exact <= now <= most <= 1.125 * exact + 50_000
    assert len(packed) == characters // LENGTH


def test_beyond_the_limit_memory_does_not_grow():
    limit = 100_000
    for characters in (1_000_000, 4_000_000):
        packed, now, most = traced(
            lambda n=characters: PackedTexts.gather(texts_of(n), limit=limit)
        )
        offsets = 1.125 * 8 * (characters // LENGTH)
        assert now <= offsets + 50_000
        assert most <= 1.125 * limit + 2 * BUFFER + offsets + 50_000
        assert packed[len(packed) - 1] == next(
            itertools.islice(texts_of(characters), len(packed) - 1, None)
        )


def test_a_split_takes_8_bytes_a_sequence():
    packed = Packed.gather((np.zeros(1000, np.uint8) for _ in range(1000)), np.uint8)
    _, now, _ = traced(lambda: packed.some(np.arange(0, 1000, 2)))
    assert now < 8 * 500 + 5000


# -- The file


def test_the_file_has_no_name_and_goes(tmp_path):
    packed = Packed.gather(([k] * 1000 for k in range(9)), np.uint8, limit=10, folder=tmp_path)
    if os.name != "nt":
        assert not list(tmp_path.iterdir())
    view = packed[8]
    del packed
    gc.collect()
    assert view.tolist() == [8] * 1000  # it holds the file
    del view
    gc.collect()
    assert not list(tmp_path.iterdir())


def test_what_fails_in_the_middle_leaves_nothing(tmp_path):
    def broken():
        yield [1] * 100
        raise RuntimeError("the reader")

    with pytest.raises(RuntimeError, match="the reader"):
        Packed.gather(broken(), np.uint8, limit=10, folder=tmp_path)
    gc.collect()  # a file left open would warn here
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_an_error(small_disk):
    with pytest.raises(OSError) as caught:
        PackedTexts.gather(texts_of(2 * BUFFER), limit=1000, folder=small_disk)
    assert caught.value.errno == errno.ENOSPC
    assert not list(small_disk.iterdir())


@pytest.mark.parametrize("characters", [100_000, 3 * BUFFER])  # at the end, and before
def test_a_file_that_may_not_grow_is_an_error(largest_file, tmp_path, characters):
    with largest_file(50_000), pytest.raises(OSError):
        PackedTexts.gather(texts_of(characters), limit=1000, folder=tmp_path)
    gc.collect()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        Packed.gather([[1]], np.uint8, limit=0, folder=tmp_path / "none")


# -- In batches


def test_batches_read_what_lies_in_a_file(rng):
    sequences = [rng.standard_normal((n, 3)).astype(np.float32) for n in rng.integers(0, 9, 30)]
    packed = Packed.gather(sequences, np.float32, (3,), limit=0)
    listed = RaggedBatches(sequences, 4, seed=3)
    for batches in (
        RaggedBatches(packed, 4, seed=3),
        RaggedBatches(packed, 4, seed=3, lengths=packed.lengths),
    ):
        assert batches.fingerprint() == listed.fingerprint()
        for found, expected in zip(batches.epoch(1), listed.epoch(1), strict=True):
            np.testing.assert_array_equal(found.numbers, expected.numbers)
            np.testing.assert_array_equal(found.inputs, expected.inputs)


def test_a_batch_takes_only_its_own_bytes():
    packed = Packed.gather((np.zeros(10_000, np.uint8) for _ in range(200)), np.uint8, limit=0)
    batches = RaggedBatches(packed, 2, lengths=packed.lengths)
    _, _, most = traced(lambda: next(batches.epoch(0)))
    assert most < 8 * 2 * 10_000 + 100_000  # int64 (T, B), of 2 MB in the file
