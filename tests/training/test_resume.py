"""The files of a run, and runs that go on from them to the same bits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from pyrnn.files import run_folder
from pyrnn.training import CheckpointError, read_checkpoint, read_history
from pyrnn.training.records import to_json


def kinds(records):
    return [(record.kind[0], record.step) for record in records]


def without_time(records):
    return [{**to_json(record), "seconds": 0} for record in records]


def started(loop):
    loop.start()
    return loop


@pytest.mark.parametrize("broken_at", [1, 4, 5, 7, 10, 13])
def test_a_resumed_run_equals_one_that_was_not_broken_off(toy, tmp_path, broken_at):
    whole = toy(tmp_path / "whole", epochs=3, validate_every=4, checkpoint_every=1)
    started(whole)
    list(whole.run())

    first = toy(tmp_path / "parts", epochs=3, validate_every=4, checkpoint_every=1)
    first.start()
    records = first.run()
    # Broken off as by a crash: after a record, without a word
    next(r for r in records if r.kind == "step" and r.step == broken_at + 1)
    records.close()

    second = toy(tmp_path / "parts", epochs=3, validate_every=4, checkpoint_every=1)
    second.resume()
    assert second.position.step == broken_at
    list(second.run())

    one, other = (
        read_checkpoint(tmp_path / run / "last.safetensors") for run in ("whole", "parts")
    )
    for content in (one, other):
        content["position"]["seconds"] = 0
    np.testing.assert_equal(other, one)  # bits: momentum, weights, generator, state, schedule
    np.testing.assert_array_equal(second.task.model.weight.data, whole.task.model.weight.data)
    histories = [read_history(tmp_path / run / "history.jsonl") for run in ("whole", "parts")]
    assert without_time(histories[0]) == without_time(histories[1])


def test_a_run_that_was_given_more_steps_equals_one_that_had_them(toy, tmp_path):
    # 7 is in the middle of an epoch, so the first part ends with a validation out of turn
    for parts in ([12], [7, 12]):
        place = tmp_path / str(len(parts))
        for part, steps in enumerate(parts):
            loop = toy(place, max_steps=steps, checkpoint_every=3)
            loop.task.schedule.begin = lambda progress: None  # it would follow the budget
            loop.resume() if part else loop.start()
            list(loop.run())
    one, other = (read_checkpoint(tmp_path / run / "last.safetensors") for run in ("1", "2"))
    np.testing.assert_equal(other["stateful"], one["stateful"])


LOSSES = {  # by step; validations in turn at 5, 10 and 15
    # at 7, where the first part ends, it is lower than ever again: it may raise no bar
    "out of turn lowest": {5: 5.0, 7: 1.0, 10: 4.0, 15: 3.0, 17: 9.0},
    # a better one out of turn may not make up for those that are no better
    "out of turn between": {5: 3.0, 7: 2.0, 10: 4.0, 15: 5.0, 17: 9.0},
    "out of turn worst": {5: 3.0, 7: 9.0, 10: 4.0, 15: 2.0, 17: 9.0},
}


def losses_by_step(loop, losses):
    loop.task.evaluate = lambda: {"loss": losses[loop.position.step]}


@pytest.mark.parametrize("patience", [None, 2])
@pytest.mark.parametrize("case", LOSSES)
def test_a_validation_out_of_turn_changes_no_run_that_goes_on(toy, tmp_path, case, patience):
    ends, loops = {}, {}
    for name, parts in {"whole": [17], "parts": [7, 17]}.items():
        for part, steps in enumerate(parts):
            loop = toy(tmp_path / name, max_steps=steps, patience=patience)
            loop.task.schedule.begin = lambda progress: None  # it would follow the budget
            losses_by_step(loop, LOSSES[case])
            loop.resume() if part else loop.start()
            *_, ends[name] = loop.run()
            loops[name] = loop
    assert without_time([ends["parts"]]) == without_time([ends["whole"]])
    np.testing.assert_array_equal(  # the best weights
        loops["parts"].task.model.weight.data, loops["whole"].task.model.weight.data
    )
    for file in ("last.safetensors", "best.safetensors"):
        one, other = (read_checkpoint(tmp_path / name / file) for name in ("whole", "parts"))
        for content in (one, other):
            content["position"]["seconds"] = 0
            del content["options"]  # the first part's limit was another
        np.testing.assert_equal(other, one)
    histories = [read_history(tmp_path / name / "history.jsonl") for name in ("whole", "parts")]
    assert without_time(histories[0]) == without_time(histories[1])


def test_a_validation_out_of_turn_is_made_again_when_its_run_is_resumed(toy, tmp_path):
    for resumed in (False, True):
        loop = toy(tmp_path, max_steps=7)
        losses_by_step(loop, LOSSES["out of turn lowest"])
        loop.resume() if resumed else loop.start()
        *_, end = loop.run()
        assert (end.best_step, end.best) == (7, 1.0)
        last = read_checkpoint(tmp_path / "last.safetensors")
        np.testing.assert_array_equal(
            loop.task.model.weight.data, last["stateful"]["model"]["weight"]
        )
        assert read_checkpoint(tmp_path / "best.safetensors")["position"]["step"] == 5


def test_a_run_whose_only_validation_was_out_of_turn_has_a_best_checkpoint(toy, tmp_path):
    list(started(toy(tmp_path, max_steps=3, checkpoint_every=1)).run())
    assert read_checkpoint(tmp_path / "best.safetensors")["position"]["step"] == 3
    again = toy(tmp_path, max_steps=6)
    again.resume()
    list(again.run())
    assert read_checkpoint(tmp_path / "best.safetensors")["position"]["step"] == 5


@pytest.mark.parametrize("before", ["none", "of another step", "damaged"])
def test_a_crash_between_the_last_and_the_best_checkpoint(toy, tmp_path, monkeypatch, before):
    crash_at = 2 if before == "none" else 4
    losses = {2: 5.0, 4: 5.0, 6: 6.0, 8: 7.0, crash_at: 1.0}

    def loop_of(steps):
        loop = toy(tmp_path, max_steps=steps, validate_every=2)
        losses_by_step(loop, losses)
        return loop

    def crash(path, content):
        write_checkpoint(path, content)
        if path.name == "last.safetensors" and content["position"]["step"] == crash_at:
            raise MemoryError("as good as a power cut")

    write_checkpoint = run_folder.write_checkpoint
    loop = started(loop_of(8))
    with monkeypatch.context() as patch:
        patch.setattr(run_folder, "write_checkpoint", crash)
        with pytest.raises(MemoryError):
            list(loop.run())
    if before == "damaged":
        (tmp_path / "best.safetensors").write_bytes(b"x")
    # more steps, so that the last checkpoint is no longer the best, and again
    for steps in (6, 8):
        loop = loop_of(steps)
        loop.task.schedule.begin = lambda progress: None
        loop.resume()
        *_, end = loop.run()
        assert end.best_step == crash_at
        assert read_checkpoint(tmp_path / "best.safetensors")["position"]["step"] == crash_at


def test_what_killed_writers_left_is_removed(toy, tmp_path):
    list(started(toy(tmp_path, max_steps=3)).run())
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    stale = [f".{name}.{pid}-0123abcd.tmp" for name, pid in
             [("last.safetensors", killed.pid), ("config.json", os.getpid())]]  # fmt: skip
    kept = [f".last.safetensors.{os.getppid()}-0123abcd.tmp", ".diary.tmp", ".a.1-xyz.tmp"]
    for begin in ("resume", "overwrite"):
        for name in (*stale, *kept):
            (tmp_path / name).write_bytes(b"x")
        loop = toy(tmp_path, max_steps=4)
        loop.resume() if begin == "resume" else loop.start(overwrite=True)
        assert {path.name for path in tmp_path.glob(".*")} == set(kept)


def test_time_goes_on_in_a_resumed_run(toy, tmp_path):
    list(started(toy(tmp_path, max_steps=5, validation=False)).run())
    again = toy(tmp_path, max_steps=6, validation=False)
    again.resume()
    record = next(again.run())
    assert (record.step, record.seconds) == (6, 6.0)


def test_resuming_a_finished_run_ends_at_once(toy, tmp_path):
    list(started(toy(tmp_path, epochs=2)).run())
    before = (tmp_path / "last.safetensors").read_bytes()
    again = toy(tmp_path, epochs=2)
    again.resume()
    assert kinds(again.run()) == [("e", 10)]
    assert (tmp_path / "last.safetensors").read_bytes() == before


def test_best_and_last_checkpoints(toy, tmp_path):
    loop = toy(tmp_path, max_steps=6, validate_every=1)
    losses = iter([5.0, 4.0, 1.0, 4.5, 3.0, 3.5])
    loop.task.evaluate = lambda: {"loss": next(losses)}
    list(started(loop).run())
    assert read_checkpoint(tmp_path / "best.safetensors")["position"]["step"] == 3
    assert read_checkpoint(tmp_path / "last.safetensors")["position"]["step"] == 6
    again = toy(tmp_path, max_steps=6, validate_every=1)
    again.resume()
    list(again.run())
    np.testing.assert_array_equal(again.task.model.weight.data, loop.task.model.weight.data)
    assert not list(tmp_path.glob(".*"))  # nothing written aside is left


def test_a_folder_with_a_run_is_not_overwritten_unasked(toy, tmp_path):
    list(started(toy(tmp_path, max_steps=3)).run())
    with pytest.raises(FileExistsError, match="resume=True continues it, overwrite=True"):
        toy(tmp_path, max_steps=3).start()
    again = toy(tmp_path, max_steps=2)
    again.start(overwrite=True)
    assert not (tmp_path / "last.safetensors").exists()
    list(again.run())
    assert read_history(tmp_path / "history.jsonl")[-1].step == 2


def test_nothing_to_resume(toy, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected last.safetensors of a run"):
        toy(tmp_path).resume()
    with pytest.raises(ValueError, match="folder: expected one"):
        toy().resume()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"learning_rate": 0.5}, "learning_rate: expected 0.002 .* got 0.5"),
        ({"seed": 1}, "seed: expected 0"),
        ({"identity": "y"}, "^name: expected 'x' as in the run that is resumed; got 'y'$"),
    ],
)
def test_another_run_is_not_resumed(toy, tmp_path, change, words):
    list(started(toy(tmp_path, max_steps=3)).run())
    loop = toy(tmp_path, max_steps=3, **change)
    before = loop.task.model.weight.data.copy()
    with pytest.raises(ValueError, match=words):
        loop.resume()
    np.testing.assert_array_equal(loop.task.model.weight.data, before)


def test_a_best_checkpoint_of_another_step_is_found_out(toy, tmp_path):
    loop = toy(tmp_path, max_steps=6, validate_every=1)
    losses = iter([5.0, 1.0, 4.0, 4.5, 3.0, 3.5])
    loop.task.evaluate = lambda: {"loss": next(losses)}
    list(started(loop).run())
    (tmp_path / "last.safetensors").replace(tmp_path / "kept")
    (tmp_path / "best.safetensors").write_bytes((tmp_path / "kept").read_bytes())
    (tmp_path / "kept").replace(tmp_path / "last.safetensors")
    with pytest.raises(CheckpointError, match=r"of step 2, .* got that of step 6"):
        toy(tmp_path, max_steps=6, validate_every=1).resume()


def test_an_interrupted_run_resumes_to_the_same_bits(toy, tmp_path):
    whole = started(toy(epochs=3))
    list(whole.run())
    loop = started(toy(tmp_path, epochs=3))
    with loop.interruption:
        for record in loop.run():
            if record.kind == "step" and record.step == 7:
                signal.raise_signal(signal.SIGINT)
    again = toy(tmp_path, epochs=3)
    again.resume()
    list(again.run())
    np.testing.assert_array_equal(again.task.model.weight.data, whole.task.model.weight.data)
