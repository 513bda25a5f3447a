"""Writes that fail: the error names the file and the reason, and nothing is left or lost."""

from __future__ import annotations

import errno
import os

import pytest

from pyrnn.files import atomic_file
from pyrnn.files.atomic_file import flush_folder, naming, write_atomically

OLD, NEW = b"old", b"new" * 1000


def failing(number):
    def fail(*arguments, **options):
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_the_error_names_the_file_and_the_reason(tmp_path, monkeypatch, number, call):
    path = tmp_path / "c"
    write_atomically(path, OLD)
    owner = atomic_file.os if call == "fsync" else atomic_file.Path
    with monkeypatch.context() as patch:
        patch.setattr(owner, call, failing(number))
        with pytest.raises(OSError, match=r"c'$") as caught:
            write_atomically(path, NEW)
    assert (caught.value.errno, caught.value.filename) == (number, str(path))
    assert caught.value.strerror == os.strerror(number)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_may_not_grow_so_large(tmp_path, largest_file):
    path = tmp_path / "c"
    write_atomically(path, OLD)
    with largest_file(1000), pytest.raises(OSError, match=r"File too large.*c'$") as caught:
        write_atomically(path, NEW)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk(small_disk):
    path = small_disk / "c"
    write_atomically(path, OLD)
    with pytest.raises(OSError, match=r"No space left.*c'$"):
        write_atomically(path, NEW * 200)
    assert path.read_bytes() == OLD
    assert list(small_disk.iterdir()) == [path]
    write_atomically(path, NEW)  # smaller, it has its place
    assert path.read_bytes() == NEW


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"c'$") as caught:
        write_atomically(tmp_path / "gone" / "c", NEW)
    assert caught.value.filename == str(tmp_path / "gone" / "c")


def test_a_folder_that_cannot_be_written_to(open_folder, read_only):
    path = open_folder / "c"
    write_atomically(path, OLD)
    with read_only(open_folder), pytest.raises(PermissionError, match=r"c'$") as caught:
        write_atomically(path, NEW)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == OLD


def test_an_error_on_the_way_out_does_not_hide_the_first(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(atomic_file.os, "fsync", failing(errno.ENOSPC))
        patch.setattr(atomic_file.Path, "unlink", failing(errno.EROFS))
        with pytest.raises(OSError, match="No space left"):
            write_atomically(tmp_path / "c", NEW)


@pytest.mark.parametrize(
    ("number", "passes"), [(errno.EINVAL, True), (errno.ENOTSUP, True), (errno.EIO, False)]
)
def test_folders_that_cannot_be_flushed(tmp_path, monkeypatch, number, passes):
    """Some file systems flush no folders: no reason to end a run. An error of the disk is one."""
    monkeypatch.setattr(atomic_file.os, "fsync", failing(number))
    if passes:
        flush_folder(tmp_path)
    else:
        with pytest.raises(OSError, match=os.strerror(number)):
            flush_folder(tmp_path)


def test_other_errors_pass_through(tmp_path):
    with pytest.raises(OSError, match=r"^no number$") as caught, naming(tmp_path):
        raise OSError("no number")
    assert caught.value.filename is None
    with pytest.raises(KeyboardInterrupt), naming(tmp_path):
        raise KeyboardInterrupt
