"""gzip, xz and bzip2: several streams in a file, and what is damaged."""

from __future__ import annotations

import io
import tracemalloc

import pytest

from pyrnn.data.readers import read_lines, read_rows, read_table
from pyrnn.data.readers.packing import PACKINGS, packing_of
from pyrnn.files.content import Content

from .samples import PACKINGS as PACK
from .samples import tarred, zipped

TEXT = "".join(f"line {k}\n" for k in range(5000)).encode()


def unpacked(end, content):
    return PACKINGS[end](io.BytesIO(content)).read()


def test_every_packing_is_tried():
    assert set(PACK) == set(PACKINGS)
    assert packing_of("a.csv.gz") == ".gz"
    assert packing_of("a.csv") == ""


@pytest.mark.parametrize("end", PACKINGS)
def test_streams_one_after_the_other(end):
    pack = PACK[end]
    assert unpacked(end, pack(TEXT)) == TEXT
    assert unpacked(end, pack(b"a") + pack(b"") + pack(TEXT)) == b"a" + TEXT
    assert unpacked(end, pack(TEXT) + bytes(4) + (b"" if end == ".gz" else pack(b"b"))) == (
        TEXT + (b"" if end == ".gz" else b"b")
    )


@pytest.mark.parametrize("end", PACKINGS)
@pytest.mark.parametrize("size", [0, 1, 5, 100, -1, -4, -8, -9])
def test_cut_off(put, end, size):
    path = put(f"t.txt{end}", PACK[end](TEXT)[: size or None] if size else b"")
    with pytest.raises(ValueError, match=f"t.txt{end}: expected a whole archive; got a damaged"):
        list(read_rows(path))


@pytest.mark.parametrize("end", PACKINGS)
@pytest.mark.parametrize("more", [b"x", b"some more", b"PK\x03\x04" * 99])
def test_more_behind_the_end(put, end, more):
    path = put(f"t.txt{end}", PACK[end](TEXT) + more)
    with pytest.raises(ValueError, match=f"t.txt{end}: expected a whole archive; got a damaged"):
        list(read_rows(path))


@pytest.mark.parametrize("end", PACKINGS)
@pytest.mark.parametrize("place", [0, 1, 30, -10, -3])
def test_changed(put, end, place):
    content = bytearray(PACK[end](TEXT))
    content[place] ^= 16
    with pytest.raises(ValueError, match=f"t.txt{end}: expected a whole archive; got a damaged"):
        list(read_rows(put(f"t.txt{end}", bytes(content))))


@pytest.mark.parametrize("end", [*PACKINGS, ".zip"])
def test_what_unpacks_to_much_takes_little(put, end):
    """50 million bytes in lines of a hundred thousand."""
    text = (b"x" * 99_999 + b"\n") * 500
    path = put(f"t.txt{end}", zipped({"t.txt": text}) if end == ".zip" else PACK[end](text))
    del text
    tracemalloc.start()
    count = sum(1 for _ in read_rows(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 500
    assert peak < 12 * 10**6  # of which xz takes 8 for what came before


def test_a_table_is_never_held_whole(tmp_path):
    """20 million bytes."""
    path = tmp_path / "t.csv"
    with path.open("wb") as stream:
        stream.write(b"text,label\n")
        for _ in range(20):
            stream.write((b"x" * 998 + b",1\n") * 1000)
    tracemalloc.start()
    count = sum(1 for _ in read_table(Content.of(path)))
    assert Content.of(path).sha256
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 4 * 10**6


TAR = tarred({"a/1.txt": b"x", "b/1.txt": TEXT, "c/1.txt": b"y"})


@pytest.mark.parametrize("size", [0, 1, 511, 512, 1000, 1024, 2048, 30_000, len(TEXT) + 1200])
def test_a_tar_cut_off(put, size):
    with pytest.raises(ValueError, match=r"t\.tar: expected a whole archive; got a damaged one"):
        list(read_rows(put("t.tar", TAR[:size])))


@pytest.mark.parametrize("place", [0, 100, 148, 1024, 1100, 1024 + 156])
def test_a_tar_whose_headers_are_changed(put, place):
    """Python's own reader takes a wrong header for the end of the archive."""
    content = bytearray(TAR)
    content[place] ^= 1
    with pytest.raises(ValueError, match=r"t\.tar: expected a whole archive; got a damaged one"):
        list(read_rows(put("t.tar", bytes(content))))


@pytest.mark.parametrize("size", [0, 1, 30, 100, -1, -22, -40])
def test_a_zip_cut_off(put, size):
    content = zipped({"a/1.txt": b"x", "b/1.txt": TEXT})
    with pytest.raises(ValueError, match=r"t\.zip: expected a whole archive; got a damaged one"):
        list(read_rows(put("t.zip", content[:size])))


def test_a_stream_stays_as_it_is():
    stream = io.BytesIO(b"one\ntwo\n")
    assert [row.values["text"] for row in read_lines(stream)] == ["one", "two"]
    assert not stream.closed
    assert [row.values for row in read_rows(io.BytesIO(b"a,b\n1,2\n"))] == [{"a": "1", "b": "2"}]
