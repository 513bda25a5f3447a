"""Sources and targets out of whatever files they stand in."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from pyrnn.data.layouts import PairColumns, pairs, sources
from pyrnn.files.content import Content
from pyrnn.files.parallel import Parallel

EXPECTED = [("ein Hund", "a dog"), ("", "nothing"), ("eine Katze", "")]
TABS = "".join(f"{source}\t{target}\n" for source, target in EXPECTED)


def content(tmp_path, name, text):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return Content.of(path)


def read(file, **columns):
    return [(pair.source, pair.target) for pair in pairs(file, PairColumns(**columns))]


def inputs(file, **columns):
    return [source for source, _ in sources(file, PairColumns(**columns))]


@pytest.mark.parametrize("name", ["pairs.tsv", "pairs.tab", "pairs.txt", "pairs", "pairs.tsv.gz"])
def test_a_pair_a_line(tmp_path, name):
    assert read(content(tmp_path, name, TABS)) == EXPECTED


def test_standard_input():
    assert read(Content("standard input", TABS.encode())) == EXPECTED


@pytest.mark.parametrize("names", [("source", "target"), ("de", "en")])
@pytest.mark.parametrize("name", ["pairs.csv", "pairs.jsonl", "pairs.tsv"])
def test_files_with_named_columns(tmp_path, name, names):
    if name.endswith(".jsonl"):
        text = "".join(json.dumps(dict(zip(names, pair, strict=True))) + "\n" for pair in EXPECTED)
    else:
        text = "\t".join(names) + "\n" + TABS
        text = text.replace("\t", ",") if name.endswith(".csv") else text
    columns = {"source_column": names[0], "target_column": names[1]}
    if names[0] == "source" and not name.endswith(".tsv"):
        columns = {}  # what they are called where nothing is said
    file = content(tmp_path, name, text)
    assert read(file, **columns) == EXPECTED
    assert inputs(file, **columns) == [source for source, _ in EXPECTED]


@pytest.mark.parametrize("end", ["", ".gz"])
def test_two_files(tmp_path, end):
    texts = ["".join(f"{text}\n" for text in column) for column in zip(*EXPECTED, strict=True)]
    each = zip(("train.de", "train.en"), texts, strict=True)
    parallel = Parallel(*(content(tmp_path, name + end, text) for name, text in each))
    assert read(parallel) == EXPECTED
    (first, *_) = pairs(parallel, PairColumns())
    assert [place.rpartition("/")[2] for place in first.places] == [
        f"train.de{end}: line 1",
        f"train.en{end}: line 1",
    ]


def test_two_files_with_tabs_are_lines(tmp_path):
    parallel = Parallel(content(tmp_path, "a.tsv", "x\ty\n"), content(tmp_path, "b.tsv", "z\n"))
    assert read(parallel) == [("x\ty", "z")]


def test_files_of_unequal_length(tmp_path):
    parallel = Parallel(content(tmp_path, "a.de", "x\n\n"), content(tmp_path, "b.en", "z\n"))
    with pytest.raises(ValueError, match=r"a\.de, .*b\.en: expected as many .*; got 2 and 1"):
        read(parallel)


def test_frames_beside_texts(tmp_path):
    strips = np.arange(12, dtype=np.float32).reshape(2, 3, 2)
    np.savez(tmp_path / "strips.npz", frames=strips, x=strips + 1)
    arrays = Content.of(tmp_path / "strips.npz")
    parallel = Parallel(arrays, content(tmp_path, "words.txt", "one\ntwo\n"))
    for columns, expected in (({}, strips), ({"source_column": "x"}, strips + 1)):
        found = read(parallel, **columns)
        np.testing.assert_array_equal([source for source, _ in found], expected)
        assert [target for _, target in found] == ["one", "two"]
    np.testing.assert_array_equal(inputs(arrays, source_column="x"), strips + 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("new.txt", ["a\tb", "", "c"]),
        ("new", ["a\tb", "", "c"]),
        ("new.de.gz", ["a\tb", "", "c"]),
        ("new.tsv", ["a", "", "c"]),  # the targets that a test file has are not read
    ],
)
def test_sources_alone_are_lines(tmp_path, name, expected):
    file = content(tmp_path, name, "a\tb\n\nc\n")
    found = list(sources(file, PairColumns()))
    assert [source for source, _ in found] == expected
    assert found[2][1].endswith(f"{name}: line 3")


def test_further_columns(tmp_path):
    file = content(tmp_path, "fra.txt", "Go.\tVa !\tCC-BY\n")
    assert read(file, first_two=True) == [("Go.", "Va !")]
    with pytest.raises(ValueError, match=r"fra\.txt: line 1: expected two columns"):
        read(file)
    with pytest.raises(ValueError, match=r"^first_two: expected False with two files, .*fra\.txt"):
        read(Parallel(file, file), first_two=True)
