"""Checkpoints that were made to be wrong, signed as if they were right: nothing is taken up."""

from __future__ import annotations

import errno
import json
import os

import numpy as np
import pytest

from pyrnn.files import atomic_file
from pyrnn.training import CheckpointError, read_checkpoint, read_history, write_checkpoint

LAST, BEST, HISTORY = "last.safetensors", "best.safetensors", "history.jsonl"
OPTIONS = {"max_steps": 7, "validate_every": 2}


@pytest.fixture
def run(toy, tmp_path):
    """The folder of a run of 7 steps, whose best validation was not its last."""
    loop = toy(tmp_path, **OPTIONS)
    losses = iter([3.0, 1.0, 2.0, 4.0])
    loop.task.evaluate = lambda: {"loss": next(losses)}
    loop.start()
    list(loop.run())
    return tmp_path


def spoil(folder, change, name=LAST):
    content = read_checkpoint(folder / name)
    change(content)
    write_checkpoint(folder / name, content)


def assert_refused(toy, folder, words, error=CheckpointError, name=LAST):
    loop = toy(folder, **OPTIONS)
    before = {part: entry.state_dict() for part, entry in loop.task.stateful.items()}
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(error, match=words) as caught:
        loop.resume()
    assert str(folder / name) in str(caught.value)
    after = {part: entry.state_dict() for part, entry in loop.task.stateful.items()}
    np.testing.assert_equal(after, before)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


@pytest.mark.parametrize("part", ["position", "options", "identity", "stateful"])
@pytest.mark.parametrize("value", [None, 5, "x", [], (1,), np.zeros(3)])
def test_a_part_of_another_kind(toy, run, part, value):
    spoil(run, lambda content: content.update({part: value}))
    assert_refused(toy, run, "not a checkpoint of such a run")


@pytest.mark.parametrize("part", ["position", "options", "identity", "stateful"])
def test_a_part_that_is_missing(toy, run, part):
    spoil(run, lambda content: content.pop(part))
    assert_refused(toy, run, f"'{part}' is missing")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("step", [-1, 1.5, "1", None, True, [1], np.zeros(())]),
        ("epoch", [10**400, -1, "0", 10**400 * -1]),
        ("batch", [-1, 5, 10**9, 0.0]),  # an epoch has 5: the sixth would never come
        ("items", [-1, None]),
        ("seconds", [-1.0, "now", None]),
        ("state", ["x", 5, [1], ("x",), {"a": 1}]),
        ("validated", [-2, None]),
        ("best", ["x", [1.0], np.ones(2)]),
        ("best_step", [-4, "4", 2.0]),
        ("loss_there", ["x", [1.0], True]),
        ("stale", [-1, None]),
        ("more", [1]),
        ("tokens", [28]),  # the name of once, beside that of now
    ],
)
def test_a_place_where_no_run_stands(toy, run, name, values):
    for value in values:
        spoil(run, lambda content, value=value: content["position"].update({name: value}))
        assert_refused(toy, run, "not a checkpoint of such a run")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", "x"),
        ("optimizer_options", 5),
        ("optimizer_options", {"a": np.zeros(3)}),
        ("restore_best", "no"),
        ("learning_rate", None),
        ("surprise", 1),
    ],
)
def test_options_that_cannot_be(toy, run, name, value):
    spoil(run, lambda content: content["options"].update({name: value}))
    assert_refused(toy, run, "not a checkpoint of such a run")


@pytest.mark.parametrize("part", ["model", "optimizer", "schedule", "random"])
@pytest.mark.parametrize("value", [None, 5, {}, [1], {"weight": None}])
def test_a_state_that_does_not_fit(toy, run, part, value):
    """The parts before it have their own states back."""
    spoil(run, lambda content: content["stateful"].update({part: value}))
    assert_refused(toy, run, "not a checkpoint of such a run")


def test_best_weights_that_do_not_fit(toy, run):
    """Found out now, not at the end of the run, which they are for."""
    spoil(run, lambda content: content["stateful"].update({"model": {}}), name=BEST)
    assert_refused(toy, run, "not a checkpoint of such a run")
    spoil(run, lambda content: content.update({"stateful": 5}), name=BEST)
    assert_refused(toy, run, "not a checkpoint of such a run", name=BEST)
    for position in (5, {"step": np.zeros(2)}, {}):
        spoil(run, lambda content, new=position: content.update({"position": new}), name=BEST)
        assert_refused(toy, run, "got that of step None", name=BEST)


def test_a_best_checkpoint_that_says_nothing_of_its_step_is_written_anew(toy, tmp_path):
    options = {"max_steps": 5, "validate_every": 5}
    loop = toy(tmp_path, **options)
    loop.start()
    list(loop.run())
    spoil(tmp_path, lambda content: content["position"].update(step=np.zeros(2)), name=BEST)
    toy(tmp_path, **options).resume()
    assert read_checkpoint(tmp_path / BEST)["position"]["step"] == 5


RECORD = json.dumps(
    {"kind": "step", "step": "1", "epoch": 0.2, "loss": 1.0, "gradient_norm": 1.0}
    | {"learning_rate": 0.1, "items": 4, "seconds": 1.0}
)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "5",
        "null",
        "[" * 10**5,
        '{"kind": []}',
        '{"kind": "step", "step": NaN}',
        RECORD,
        "\xff",
    ],
)
def test_a_damaged_history(toy, run, line):
    lines = (run / HISTORY).read_bytes().split(b"\n")
    (run / HISTORY).write_bytes(b"\n".join([lines[0], line.encode("latin-1"), *lines[2:]]))
    with pytest.raises(ValueError, match="line 2 is no record"):
        read_history(run / HISTORY)
    assert_refused(toy, run, "line 2 is no record", ValueError, HISTORY)


def test_a_run_that_lost_its_history_goes_on(toy, run):
    (run / HISTORY).unlink()
    loop = toy(run, **{**OPTIONS, "max_steps": 9})
    loop.resume()
    list(loop.run())
    assert [r.step for r in read_history(run / HISTORY) if r.kind == "step"] == [8, 9]


def test_a_disk_that_is_full_when_a_run_is_resumed(toy, run, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = (run / LAST).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(atomic_file.os, "fsync", fail)
        with pytest.raises(OSError, match=f"No space left.*{HISTORY}"):
            toy(run, **OPTIONS).resume()
    assert (run / LAST).read_bytes() == before
    toy(run, **OPTIONS).resume()
