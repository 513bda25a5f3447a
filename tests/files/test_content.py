"""Files, folders and standard input as what a user gives."""

from __future__ import annotations

import hashlib
import os

import pytest

from pyrnn.files.content import Content


def test_a_file_is_read_when_it_is_asked_for(tmp_path):
    path = tmp_path / "Data.CSV"
    path.write_bytes(b"abc")
    content = Content.of(path, "latin-1", "test")
    assert (content.name, content.path, content.suffix) == (str(path), path, ".csv")
    assert (content.encoding, content.part, content.held) == ("latin-1", "test", None)
    with content.open() as first, content.open() as second:
        assert first.read(2) == b"ab"
        assert second.read() == content.content == b"abc"
    assert content.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert content.in_encoding("utf-8").encoding == "utf-8"
    assert not content.is_empty
    path.write_bytes(b"")
    assert content.is_empty


def test_bytes_in_memory():
    content = Content("standard input", b"abc")
    assert (content.suffix, content.content, content.open().read()) == ("", b"abc", b"abc")
    assert content.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert (content.is_folder, content.is_empty) == (False, False)
    assert Content("x", b"").is_empty
    assert "abc" not in repr(content)


def test_a_large_file_has_the_sum_of_its_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr("pyrnn.files.content.CHUNK", 7)
    (tmp_path / "a").write_bytes(bytes(range(100)))
    assert Content.of(tmp_path / "a").sha256 == hashlib.sha256(bytes(range(100))).hexdigest()


def test_a_pipe_is_kept(tmp_path):
    reading, writing = os.pipe()
    os.write(writing, b"once")
    os.close(writing)
    content = Content.of(f"/dev/fd/{reading}")
    os.close(reading)
    assert content.content == content.open().read() == b"once"


def folder(place, files):
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Content.of(place)


def test_a_folder_is_known_by_its_files(tmp_path):
    files = {"b/1.txt": b"x", "a.txt": b"y", "b/.DS_Store": b"z", "__MACOSX/a": b"", "b/c/d": b""}
    content = folder(tmp_path / "one", files)
    assert content.is_folder
    assert list(content.files()) == ["a.txt", "b/1.txt", "b/c/d"]
    with pytest.raises(ValueError, match="expected a file; got a folder"):
        content.content
    seen = {name: data for name, data in files.items() if name in ("a.txt", "b/1.txt", "b/c/d")}
    assert folder(tmp_path / "two", seen).sha256 == content.sha256
    for number, change in enumerate(({"a.txt": b"z"}, {"e": b""}, {"b/1.txt": b""})):
        assert folder(tmp_path / f"{number}", {**seen, **change}).sha256 != content.sha256
    names = {"b/2.txt" if name == "b/1.txt" else name: data for name, data in seen.items()}
    assert folder(tmp_path / "other", names).sha256 != content.sha256


def test_links_are_followed_once(tmp_path):
    content = folder(tmp_path, {"a/1.txt": b"x"})
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "gone").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    assert list(content.files()) == ["a/1.txt", "b/1.txt"]


def test_an_empty_folder(tmp_path):
    assert Content.of(tmp_path).is_empty
    assert not folder(tmp_path, {"a": b""}).is_empty


def test_what_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        Content.of(tmp_path / "none")
    with pytest.raises(ValueError, match=r"part: expected None or one of .*; got 'dev'"):
        Content("x", b"", part="dev")
    with pytest.raises(ValueError, match="x: expected bytes or a path; got neither"):
        Content("x")
