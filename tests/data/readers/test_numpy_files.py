"""NumPy's files: rows by their first axis, sequences of unequal length, and nothing unpickled."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.readers import read_npy, read_npz, read_rows

from .samples import npy, npz, zipped


def rows(content, columns=None):
    return list(read_npz(io.BytesIO(content), columns))


def arrays(*named):
    """An .npz file of arrays as their bytes, whatever they are."""
    return zipped({f"{name}.npy": content for name, content in named})


@pytest.mark.parametrize("type", ["f4", "f8", "f2", "i8", "u1", "bool", ">f4", ">i2"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_rows_are_those_of_the_array(rng, type, order, save):
    x = np.asarray(rng.integers(0, 2, (5, 4, 3)), dtype=type, order=order)
    stream = io.BytesIO()
    save(
        stream,
        x=x,
        n=np.arange(5),
        f=np.arange(5) / 2,
        flag=np.arange(5) > 2,
        text=np.array(["a", "", "ä\n\U0001f600", "NA", "e"]),
    )
    found = rows(stream.getvalue())
    assert [row.place for row in found] == [f"row {k}" for k in range(5)]
    for k, row in enumerate(found):
        np.testing.assert_array_equal(row.values["x"], x[k])
        assert row.values["x"].dtype == x.dtype.newbyteorder("=")
        assert row.values["x"].flags.writeable
        assert [row.values[name] for name in ("n", "f", "flag")] == [k, k / 2, k > 2]
        kinds = [value.__class__ for value in list(row.values.values())[1:]]
        assert kinds == [int, float, bool, str]
    assert [row.values["text"] for row in found] == ["a", "", "ä\n\U0001f600", "NA", "e"]


LENGTHS = st.lists(st.integers(0, 4), min_size=1, max_size=6)


@given(lengths=LENGTHS, steps=st.integers(0, 3), joined=st.booleans(), order=st.sampled_from("CF"))
def test_sequences_of_unequal_length(lengths, steps, joined, order):
    sequences = [np.full((n, 2), k, np.float32) for k, n in enumerate(lengths)]
    if joined:
        x = np.concatenate(sequences)
    else:
        x = np.full((len(lengths), max(1, max(lengths) + steps), 2), np.nan, np.float32)
        for row, sequence in zip(x, sequences, strict=True):
            row[: len(sequence)] = sequence
    found = rows(npz(x=np.asarray(x, order=order), x_lengths=np.array(lengths), n_lengths=lengths))
    assert [row.values["n_lengths"] for row in found] == lengths  # there is no array n
    for row, sequence in zip(found, sequences, strict=True):
        np.testing.assert_array_equal(row.values["x"], sequence)


def test_columns():
    content = npz(x=np.zeros((2, 3)), y=np.arange(2), once=np.float32(3), z=np.zeros(7))
    assert [row.values for row in rows(content, ["y"])] == [{"y": 0}, {"y": 1}]
    with pytest.raises(ValueError, match=r"expected a column 'Y' \(is it 'y'\?\); got .* 'x', 'y'"):
        rows(content, ["Y"])
    assert rows(npz(x=np.zeros((0, 3)))) == []


def test_one_array(put):
    x = np.arange(12.0).reshape(2, 3, 2)
    for name in ("t.npy", "t.npy.gz"):
        import gzip

        content = npy(x) if name == "t.npy" else gzip.compress(npy(x))
        found = list(read_rows(put(name, content)))
        np.testing.assert_array_equal([row.values["frames"] for row in found], x)
    with pytest.raises(ValueError, match="expected a column 'x'; got the column 'frames'"):
        list(read_npy(io.BytesIO(npy(x)), ["x"]))
    assert [row.values for row in read_npy(io.BytesIO(npy(np.arange(2))))] == [
        {"frames": 0},
        {"frames": 1},
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (npz(x=np.array([1, "a", None], object)), "array 'x': .* of objects, which are never unpi"),
        (npz(x=np.array([b"a"])), r"array 'x': expected numbers, truth .*; got the type '\|S1'"),
        (npz(x=np.array([[1], [1, 2]], object)), "array 'x': .*never unpickled; .* NAME_lengths"),
        (npz(x=np.array([1j])), "array 'x': expected numbers, .*; got the type '<c16'"),
        (npz(x=np.array(["2020"], "M8[D]")), "array 'x': expected numbers"),
        (npz(x=np.zeros(2, [("a", "f4")])), r"array 'x': expected numbers.*got the type \[\('a'"),
        (npz(x=np.zeros(2), y=np.zeros(3)), "expected as many rows in each array; got 2 of 'x', 3"),
        (npz(x=np.float32(1)), "array 'x': expected a row an example; got a single value"),
        (
            npz(x=np.zeros((3, 0))),
            r"array 'x': expected rows with numbers in them; got the shape \(3, 0\)",
        ),
        (npz(x=np.zeros((2, 3)), x_lengths=np.array([1, 4])), "rows of at least 4 steps, or 5 st"),
        (npz(x=np.zeros((2, 3)), x_lengths=np.array([1])), "expected 1 rows of at least 1 steps"),
        (npz(x=np.zeros((2, 3)), x_lengths=np.array([1, -1])), "lengths: .* at least 0; got -1"),
        (npz(x=np.zeros((2, 3)), x_lengths=np.array([1.0, 2])), "lengths: expected integers"),
        (npz(x=np.zeros((2, 3)), x_lengths=np.array([[1]])), "lengths: expected integers"),
        (npz(x=np.zeros((2, 3)), x_lengths=np.array([2**62, 2**62])), "lengths: expected"),
        (arrays(("x", npy(np.zeros(9))[:-3])), "'x': expected the shape .9,.; got fewer numbers"),
        (arrays(("x", npy(np.zeros(9)) + b"x")), "'x': expected the shape .9,.; got more numbers"),
        (arrays(("x", b"")), "'x': expected an array as NumPy writes it; got b''"),
        (arrays(("x", b"\x93NUMPY\x01\x00v")), "'x': expected the header of an array"),
        (arrays(("x", npy(np.zeros(9)).replace(b"'<f8'", b"'<f3'"))), "'x': expected numbers, tr"),
        (arrays(("x", npy(np.zeros(9)).replace(b"(9,)", b"(-9)"))), "'x': expected the header"),
        (arrays(("x", npy(np.zeros(9)).replace(b"(9,)", b"[9 ]"))), "'x': expected the header"),
        (
            arrays(("x", npy(np.array(["a"]))[:-4] + b"\xff" * 4)),
            "'x': expected text; got numbers that are no",
        ),
        (b"PK\x03\x04", "standard input: expected a whole archive; got a damaged one"),
        (b"", "standard input: expected a whole archive; got a damaged one"),
    ],
)
def test_errors(content, words):
    with pytest.raises(ValueError, match=words):
        rows(content)


@pytest.fixture
def peak():
    """peak(): the most bytes that have been in use since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.mark.parametrize("shape", [(10**12,), (1, 10**12), (10**15, 10**15)])
@pytest.mark.parametrize("fortran", [False, True])
def test_promises_take_no_memory(shape, fortran, peak):
    stream = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": fortran, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    with pytest.raises(ValueError, match="got fewer numbers, it is cut off"):
        rows(arrays(("x", stream.getvalue() + bytes(99))))
    assert peak() < 10**6


def test_rows_come_as_the_file_is_read(put, peak):
    """One of 40 million bytes, of which 400 000 are a row."""
    path = put("t.npz", npz(x=np.zeros((100, 100_000), np.float32)))
    tracemalloc.reset_peak()
    for row in read_rows(path):
        assert row.values["x"].shape == (100_000,)
    assert peak() < 3 * 10**6


def test_more_in_the_archive_than_arrays():
    stream = io.BytesIO(npz(x=np.arange(2)))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("notes.txt", "x")
    assert [row.values for row in rows(stream.getvalue())] == [{"x": 0}, {"x": 1}]
