"""Ends that were not planned: divergence, Ctrl-C and SIGTERM."""

from __future__ import annotations

import signal
import threading
from itertools import islice

import numpy as np
import pytest

from pyrnn.training import EndRecord, Monitor, StepRecord, read_checkpoint, read_history
from pyrnn.training.interruption import SIGNALS


def kinds(records):
    return [(record.kind[0], record.step) for record in records]


def started(loop):
    loop.start()
    return loop


# divergence


@pytest.mark.parametrize("restore_best", [True, False])
def test_a_loss_that_is_no_number_ends_the_run_with_the_last_good_weights(
    toy, tmp_path, restore_best
):
    loop = toy(tmp_path, max_steps=20, checkpoint_every=3, restore_best=restore_best)
    loop.task.model.spoil = 9
    loop.start()
    weights = [loop.task.model.weight.data]
    records = []
    for record in loop.run():
        records.append(record)
        if isinstance(record, StepRecord):
            weights.append(loop.task.model.weight.data)
    assert kinds(records)[-2:] == [("s", 8), ("e", 8)]
    assert records[-1].reason == "diverged"
    assert "the loss of step 9 is nan" in records[-1].detail
    last = read_checkpoint(tmp_path / "last.safetensors")
    assert last["position"]["step"] == 6
    np.testing.assert_array_equal(last["stateful"]["model"]["weight"], weights[6])
    kept = 5 if restore_best else 6  # the best validation; the latest checkpoint
    np.testing.assert_array_equal(loop.task.model.weight.data, weights[kept])
    assert f"step {kept}" in loop.restored
    assert isinstance(read_history(tmp_path / "history.jsonl")[-1], EndRecord)


def test_a_gradient_that_is_no_number_updates_nothing(toy):
    loop = started(toy(max_steps=5, validation=False))
    loop.task.clip = lambda parameters: float("inf")
    (end,) = loop.run()
    assert (end.reason, end.step) == ("diverged", 0)
    assert "gradient norm of step 1 is inf" in end.detail
    np.testing.assert_array_equal(loop.task.model.weight.data, [0.1, 0.2])


def test_weights_that_are_no_numbers_are_not_written(toy, tmp_path):
    loop = started(toy(tmp_path, max_steps=5, checkpoint_every=1, validation=False))
    records = loop.run()
    for record in islice(records, 2):
        step = record.step
    loop.task.optimizer.velocity = np.array([np.nan, 0.0])
    rest = list(records)
    assert kinds(rest) == [("s", 3), ("e", 3)]
    assert "weight holds nan or infinity after step 3" in rest[-1].detail
    # The second step was not yet written when its record was handed out
    assert read_checkpoint(tmp_path / "last.safetensors")["position"]["step"] == step == 2


def test_a_validation_that_is_no_number(toy):
    loop = toy(max_steps=20, validate_every=2)
    losses = iter([1.0, float("nan")])
    loop.task.evaluate = lambda: {"loss": next(losses)}
    *_, end = started(loop).run()
    assert (end.reason, end.step, end.best_step) == ("diverged", 4, 2)
    assert "validation loss at step 4 is nan" in end.detail


@pytest.mark.parametrize("name", ["loss", "accuracy"])
def test_a_metric_that_decides_and_is_no_number(toy, name):
    loop = toy(max_steps=20, validate_every=2, best_by=Monitor("accuracy", "max"))
    good = {"loss": 1.0, "accuracy": 0.5, "idle": float("nan")}  # what nothing asks for may be nan
    found = iter([good, {**good, name: float("inf")}])
    loop.task.evaluate = lambda: next(found)
    *_, end = started(loop).run()
    assert (end.reason, end.step, end.best, end.best_step) == ("diverged", 4, 0.5, 2)
    assert f"validation {name} at step 4 is inf" in end.detail


# Ctrl-C and SIGTERM


def interrupt_in_step(loop, number, times=1, by=signal.SIGINT):
    """Send a signal, Ctrl-C's, while the loop computes step `number`."""
    update, calls = loop.task.optimizer.step, []

    def interrupted_update():
        calls.append(1)
        if len(calls) == number:
            for _ in range(times):
                signal.raise_signal(by)
        update()

    loop.task.optimizer.step = interrupted_update


@pytest.mark.parametrize("by", SIGNALS)
def test_a_signal_ends_after_the_present_step_and_writes_a_checkpoint(toy, tmp_path, by):
    loop = started(toy(tmp_path, max_steps=100, checkpoint_every=50))
    interrupt_in_step(loop, 7, by=by)
    records = list(loop.run())
    assert kinds(records)[-2:] == [("s", 7), ("e", 7)]
    assert records[-1].reason == "interrupted"
    assert loop.interruption.signal == by
    assert read_checkpoint(tmp_path / "last.safetensors")["position"]["step"] == 7
    # the wish is fulfilled: the same loop goes on when it is run again
    assert next(loop.run()).step == 8


@pytest.mark.parametrize("by", SIGNALS)
def test_between_two_records_a_signal_is_the_readers(toy, by):
    before = signal.getsignal(by)
    loop = started(toy(max_steps=7))
    for record in loop.run():
        assert signal.getsignal(by) is before, record
    assert signal.getsignal(by) is before


@pytest.mark.parametrize("by", SIGNALS)
def test_a_reader_may_leave_a_signal_to_the_loop(toy, by):
    loop = started(toy(max_steps=100))
    records = []
    with loop.interruption:
        for record in loop.run():
            records.append(record)
            if record.kind == "step" and record.step == 7:
                signal.raise_signal(by)
    assert kinds(records)[-2:] == [("s", 7), ("e", 7)]


def test_ctrl_c_in_the_middle_of_a_step_lets_it_finish(toy, tmp_path):
    loop = started(toy(tmp_path, max_steps=100))
    interrupt_in_step(loop, 1)
    assert kinds(loop.run()) == [("s", 1), ("e", 1)]
    content = read_checkpoint(tmp_path / "last.safetensors")
    np.testing.assert_array_equal(
        content["stateful"]["model"]["weight"], loop.task.model.weight.data
    )


@pytest.mark.parametrize(
    ("by", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_second_signal_interrupts_as_usual(toy, by, error):
    before = signal.getsignal(by)
    loop = started(toy(max_steps=100))
    interrupt_in_step(loop, 3, times=2, by=by)
    with pytest.raises(error):
        list(loop.run())
    assert loop.position.step == 2
    assert signal.getsignal(by) is before


def test_outside_the_main_thread_there_is_no_ctrl_c_to_wait_for(toy):
    loop = started(toy(max_steps=3, validation=False))
    found = []
    thread = threading.Thread(target=lambda: found.extend(loop.run()))
    thread.start()
    thread.join()
    assert kinds(found)[-1] == ("e", 3)
