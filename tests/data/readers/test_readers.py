"""The list of readers: which one a file's name stands for, and what all of them do."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from pyrnn.data import Labels
from pyrnn.data.readers import (
    READERS,
    Row,
    read_fasta,
    read_idx,
    read_json_lines,
    read_lines,
    read_npz,
    read_rows,
    read_table,
    reader_for,
)
from pyrnn.files.content import Content


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("a.csv", read_table),
        ("a.b.TSV", read_table),
        ("a.csv.gz", read_table),
        ("a.jsonl", read_json_lines),
        ("a.ndjson.GZ", read_json_lines),
        ("a.txt", read_lines),
        ("a.csv.xz", read_table),
        ("a.fa.bz2", read_fasta),
        ("a.npz", read_npz),
        ("train-images-idx3-ubyte.gz", read_idx),
        ("train-images.idx3-ubyte", read_idx),
    ],
)
def test_by_the_end_of_the_name(name, reader):
    assert reader_for(name) is reader


@pytest.mark.parametrize("name", ["a", "a.doc", "csv", ".csv", "a.gz"])
def test_other_names(name):
    with pytest.raises(ValueError, match=r"expected a file whose name ends in one of \.csv, \.tsv"):
        reader_for(name)


CONTENTS = {
    read_table: "text\nä\n",
    read_json_lines: '{"text": "ä"}\n',
    read_lines: "ä\n",
    read_fasta: ">1\nä\n",
}
TEXTS = [end for end, reader in READERS.items() if reader in CONTENTS]
PACK = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}


@pytest.mark.parametrize("suffix", TEXTS)
@pytest.mark.parametrize("packing", [*PACK, ".zip", ".tar.gz"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_every_text_in_every_encoding_and_packing(tmp_path, suffix, packing, encoding, ends):
    content = CONTENTS[READERS[suffix]].replace("\n", ends).encode(encoding)
    path = packed(tmp_path / f"t{suffix}", content, packing)
    said = "latin-1" if encoding == "latin-1" else "utf-8"
    for rows in (
        read_rows(path, ["text"], encoding=said),
        read_rows(Content.of(path, said)),
        READERS[suffix](path, ["text"], encoding=said),
    ):
        assert [row.values["text"] for row in rows] == ["ä"]


def packed(path, content, packing):
    """A file packed; its path."""
    whole = path.with_name(path.name + packing)
    if packing == ".zip":
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.name, content)
    elif packing == ".tar.gz":
        with tarfile.open(whole, "w:gz") as archive:
            info = tarfile.TarInfo(path.name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    else:
        whole.write_bytes(PACK[packing](content))
    return whole


def test_a_content_is_called_by_its_name():
    with pytest.raises(ValueError, match=r"standard input: expected a file whose name ends in"):
        reader_for(Content("standard input", b"a\n"))
    with pytest.raises(ValueError, match="the file: line 1, column 2: byte 1"):
        list(read_lines(Content("the file", b"a\xff")))


@pytest.mark.parametrize("suffix", TEXTS)
def test_the_file_is_closed(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    path.write_text(CONTENTS[READERS[suffix]] * 2, encoding="utf-8")
    rows = read_rows(path)
    assert isinstance(next(rows), Row)
    rows.close()  # warnings are errors: an open file left to the collector would be one


def test_an_empty_label_has_its_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("text,country\na,NA\n\nb,NZ\nc,\n")
    rows = list(read_rows(path, ["text", "country"]))
    labels, places = [row.values["country"] for row in rows], [row.place for row in rows]
    assert Labels.fit(labels[:2]).classes == ("NA", "NZ")
    with pytest.raises(ValueError, match=r"an empty one in line 5$"):
        Labels.fit(labels[:2]).encode(labels, "t.csv", places)


def test_what_is_not_there(tmp_path):
    for name in ("none.csv", "none", "none.zip", "none.tar.gz", "none.npz"):
        with pytest.raises(FileNotFoundError):
            list(read_rows(tmp_path / name))
    (tmp_path / "here").write_bytes(b"a\n1\n")
    with pytest.raises(ValueError, match=r"here: expected a file whose name ends in one of \.csv"):
        read_rows(tmp_path / "here")
    rows = read_rows(tmp_path / "here", otherwise=read_table)
    assert [row.values for row in rows] == [{"a": "1"}]


def test_a_place_in_words():
    assert Row(3, {}).place == "line 3"
    assert Row(0, {}, unit="row").place == "row 0"
    assert Row(2, {}, "a/1.txt").place == "a/1.txt: line 2"
