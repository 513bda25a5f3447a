"""A disk that fails in a run: a clear error, the last good checkpoint, and the same end."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from pyrnn.files import atomic_file
from pyrnn.training import read_checkpoint, read_history

LAST, BEST, HISTORY = "last.safetensors", "best.safetensors", "history.jsonl"
OPTIONS = {"epochs": 3, "validate_every": 4, "checkpoint_every": 1}
BROKEN_AT = 6


def started(loop):
    loop.start()
    return loop


def until(loop, step):
    """Run up to the record of a step; the records that follow."""
    records = loop.run()
    next(r for r in records if r.kind == "step" and r.step == step)
    return records


def assert_it_goes_on_to_the_same_end(toy, folder: Path) -> None:
    whole = started(toy(**OPTIONS))
    list(whole.run())
    again = toy(folder, **OPTIONS)
    again.resume()
    list(again.run())
    np.testing.assert_array_equal(again.task.model.weight.data, whole.task.model.weight.data)
    kinds = [(record.kind, record.step) for record in read_history(folder / HISTORY)]
    assert kinds == [(record.kind, record.step) for record in whole.history.records]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_checkpoint_that_cannot_be_written(toy, tmp_path, monkeypatch, number):
    records = until(started(toy(tmp_path, **OPTIONS)), BROKEN_AT)

    def fail(descriptor):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(atomic_file.os, "fsync", fail)
        with pytest.raises(OSError, match=os.strerror(number)) as caught:
            list(records)
    assert caught.value.filename == str(tmp_path / LAST)
    assert read_checkpoint(tmp_path / LAST)["position"]["step"] == BROKEN_AT - 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [BEST, HISTORY, LAST]
    assert_it_goes_on_to_the_same_end(toy, tmp_path)


def test_a_checkpoint_that_may_not_grow_so_large(toy, tmp_path, largest_file):
    records = until(started(toy(tmp_path, **OPTIONS)), BROKEN_AT)
    size = (tmp_path / HISTORY).stat().st_size
    assert size < (tmp_path / LAST).stat().st_size  # so that the history still has its place
    with largest_file(size + 200), pytest.raises(OSError, match=f"too large.*{LAST}"):
        list(records)
    assert read_checkpoint(tmp_path / LAST)["position"]["step"] == BROKEN_AT - 1
    assert_it_goes_on_to_the_same_end(toy, tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is full")
def test_a_history_without_space(toy, tmp_path):
    records = until(started(toy(tmp_path, **OPTIONS)), BROKEN_AT)
    kept = (tmp_path / HISTORY).read_bytes()
    (tmp_path / HISTORY).unlink()
    (tmp_path / HISTORY).symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        list(records)
    assert caught.value.filename == str(tmp_path / HISTORY)
    (tmp_path / HISTORY).unlink()
    (tmp_path / HISTORY).write_bytes(kept + b'{"kind": "st')  # as much as still had its place
    assert_it_goes_on_to_the_same_end(toy, tmp_path)


def test_a_loop_may_go_on_once_there_is_space(toy, tmp_path, largest_file):
    options = {"epochs": 3, "validate_every": 100, "checkpoint_every": 100}
    loop = started(toy(tmp_path, **options))
    records = until(loop, BROKEN_AT)
    size = (tmp_path / HISTORY).stat().st_size
    with largest_file(size + 20), pytest.raises(OSError, match=f"too large.*{HISTORY}"):
        list(records)
    assert (tmp_path / HISTORY).stat().st_size == size  # no part of a line stays
    list(loop.run())
    read_history(tmp_path / HISTORY)
    whole = started(toy(**options))
    list(whole.run())
    np.testing.assert_array_equal(loop.task.model.weight.data, whole.task.model.weight.data)


def test_a_full_disk(toy, small_disk):
    records = until(started(toy(small_disk, **OPTIONS)), BROKEN_AT)
    with (small_disk / "other").open("wb", buffering=0) as file, pytest.raises(OSError):  # noqa: PT012
        while True:
            file.write(bytes(4096))
    with pytest.raises(OSError, match="No space left") as caught:
        list(records)
    assert Path(caught.value.filename).name in (LAST, HISTORY)
    assert read_checkpoint(small_disk / LAST)["position"]["step"] in (BROKEN_AT - 1, BROKEN_AT)
    (small_disk / "other").unlink()
    assert_it_goes_on_to_the_same_end(toy, small_disk)


def test_a_folder_that_can_no_longer_be_written_to(toy, open_folder, read_only):
    records = until(started(toy(open_folder, **OPTIONS)), BROKEN_AT)
    with read_only(open_folder), pytest.raises(PermissionError) as caught:
        list(records)
    assert Path(caught.value.filename).parent == open_folder
    assert read_checkpoint(open_folder / LAST)["position"]["step"] == BROKEN_AT - 1
    assert_it_goes_on_to_the_same_end(toy, open_folder)


def test_a_new_run_in_a_folder_that_cannot_be_written_to(toy, open_folder, read_only):
    with read_only(open_folder), pytest.raises(PermissionError) as caught:
        toy(open_folder / "run", **OPTIONS).start()
    assert caught.value.filename == str(open_folder / "run")


def test_a_folder_that_vanishes(toy, tmp_path):
    folder = tmp_path / "run"
    records = until(started(toy(folder, **OPTIONS)), BROKEN_AT)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(FileNotFoundError) as caught:
        list(records)
    assert Path(caught.value.filename).parent == folder
    assert not folder.exists()
    (tmp_path / "elsewhere").rename(folder)
    assert_it_goes_on_to_the_same_end(toy, folder)


def test_a_model_that_has_trained_is_still_there(toy, tmp_path):
    """What is in memory outlives the disk: it can be written elsewhere."""
    loop = started(toy(tmp_path / "run", **OPTIONS))
    records = until(loop, BROKEN_AT)
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(FileNotFoundError):
        list(records)
    assert np.isfinite(loop.task.model.weight.data).all()
    assert loop.position.step == BROKEN_AT
