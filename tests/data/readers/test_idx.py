"""IDX files, as MNIST comes in."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pytest

from pyrnn.data.readers import read_idx, read_rows

from .samples import IMAGES, idx

LABELS = np.array([7, 2], np.uint8)


def test_images_and_their_labels(put):
    path = put("train-images-idx3-ubyte", idx(IMAGES))
    (first, second) = read_rows(path)
    assert list(first.values) == ["frames"]
    put("train-labels-idx1-ubyte", idx(LABELS))
    first, second = read_rows(path)
    assert second.values["frames"].dtype == np.float32
    np.testing.assert_array_equal(second.values["frames"], IMAGES[1] / np.float32(255))
    assert [first.values["label"], second.values["label"]] == [7, 2]
    assert second.place == "row 1"
    assert [row.values for row in read_rows(path, ["label"])] == [{"label": 7}, {"label": 2}]
    assert list(next(read_rows(path, ["frames"])).values) == ["frames"]


def test_packed_ones_and_other_names(put):
    path = put("t10k-images.idx3-ubyte.gz", gzip.compress(idx(IMAGES)))
    put("t10k-labels.idx1-ubyte.gz", gzip.compress(idx(LABELS)))
    assert [row.values["label"] for row in read_rows(path)] == [7, 2]
    labels = read_rows(put("x-labels-idx1-ubyte", idx(LABELS)))
    assert [row.values for row in labels] == [{"label": 7}, {"label": 2}]


@pytest.mark.parametrize(
    ("kind", "type"), [(8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
def test_types_and_axes(rng, kind, type):
    for shape in ((2,), (2, 3), (2, 3, 4), (2, 3, 4, 2)):
        x = rng.integers(0, 99, shape).astype(type)
        found = list(read_idx(io.BytesIO(idx(x, kind))))
        if len(shape) == 1:
            assert [row.values["label"] for row in found] == x.tolist()
            continue
        frames = np.array([row.values["frames"] for row in found])
        expected = x.astype(np.float32).reshape(*x.shape[:2], -1)
        scale = np.float32(255) if type in (">u1", ">i1") else 1
        np.testing.assert_array_equal(frames, expected / scale)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected an IDX file; got one that begins with b''"),
        (b"\0\0\x08", "expected an IDX file"),
        (b"\x1f\x8b\x08\x03", "expected an IDX file; got one that begins with"),
        (b"\0\0\x07\x03", "expected an IDX file"),
        (b"\0\0\x08\0", "expected an IDX file"),
        (idx(IMAGES)[:11], "expected all entries; got fewer, it is cut off"),
        (idx(IMAGES)[:-1], "expected all entries; got fewer, it is cut off"),
        (idx(IMAGES) + b"\0", "expected 2 entries; got more"),
        (idx(IMAGES[:, :0]), r"expected entries of something; got the shape \[0, 4\]"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "expected all entries; got fewer, it is cut off"),
    ],
)
def test_errors(content, words):
    with pytest.raises(ValueError, match=f"standard input: {words}"):
        list(read_idx(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (idx(LABELS[:1]), r"labels-idx1-ubyte: expected 2 labels, .*; got the shape \(1,\)"),
        (idx(IMAGES), r"labels-idx1-ubyte: expected 2 labels.*; got the shape \(2, 3, 4\)"),
        (idx(LABELS)[:-1], "labels-idx1-ubyte: expected all entries; got fewer"),
        (b"", "labels-idx1-ubyte: expected an IDX file"),
    ],
)
def test_wrong_labels(put, labels, words):
    path = put("images-idx3-ubyte", idx(IMAGES))
    put("labels-idx1-ubyte", labels)
    with pytest.raises(ValueError, match=words):
        list(read_rows(path))
    assert len(list(read_rows(path, ["frames"]))) == 2


@pytest.mark.data
def test_mnist(data_file):
    counts = np.zeros(10, int)
    total = 0.0
    for row in read_rows(data_file("mnist/t10k-images-idx3-ubyte.gz")):
        counts[row.values["label"]] += 1
        total += float(row.values["frames"].mean())
    assert counts.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert total / 10_000 == pytest.approx(0.1325, abs=5e-5)  # the test set's published mean
