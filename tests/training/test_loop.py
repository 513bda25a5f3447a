"""The loop: what it yields, when it validates, and which limit ends it."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.training import Monitor, StepRecord, ValidationRecord, read_checkpoint


def kinds(records):
    return [(record.kind[0], record.step) for record in records]


def started(loop):
    loop.start()
    return loop


def test_records_in_their_order(toy):
    loop = started(toy(max_steps=12))
    records = list(loop.run())
    steps = [("s", step) for step in range(1, 13)]
    assert kinds(records) == [
        *(*steps[:5], ("v", 5)),
        *(*steps[5:10], ("v", 10)),
        *(*steps[10:], ("v", 12), ("e", 12)),
    ]
    assert [r.epoch for r in records if isinstance(r, StepRecord)] == [s / 5 for s in range(1, 13)]
    assert [r.items for r in records if isinstance(r, StepRecord)] == [4 * s for s in range(1, 13)]
    times = [record.seconds for record in records]
    assert times == sorted(times)
    assert loop.history.records == records


def test_the_state_is_carried_within_an_epoch_and_dropped_at_its_end(toy):
    loop = started(toy(epochs=2, validation=False))
    list(loop.run())
    seen = loop.task.model.seen
    assert [(epoch, number) for epoch, number, _ in seen] == [
        (e, k) for e in (0, 1) for k in range(5)
    ]
    assert all((before == 0.0) == (number == 0) for _, number, before in seen)


def test_iterating_over_the_loop_runs_it(toy):
    assert kinds(started(toy(max_steps=1, validation=False))) == [("s", 1), ("e", 1)]


def test_a_loop_that_is_only_run_starts_itself(toy, tmp_path):
    assert kinds(toy(tmp_path, max_steps=2).run())[-1] == ("e", 2)
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 4
    with pytest.raises(FileExistsError, match="holds the checkpoints of another run"):
        next(toy(tmp_path, max_steps=2).run())
    # a divergence before the first checkpoint gives back the weights to begin with
    loop = toy(max_steps=5, validation=False)
    loop.task.model.spoil = 3
    *_, end = loop.run()
    assert end.reason == "diverged"
    np.testing.assert_array_equal(loop.task.model.weight.data, [0.1, 0.2])


@pytest.mark.parametrize(
    ("options", "reason", "step"),
    [
        ({"epochs": 3}, "epochs", 15),
        ({"max_steps": 7}, "max_steps", 7),
        ({"epochs": 1, "max_steps": 7}, "epochs", 5),
        ({}, "epochs", 50),
    ],
)
def test_limits(toy, options, reason, step):
    *_, end = started(toy(validation=False, **options)).run()
    assert (end.reason, end.step) == (reason, step)


def test_a_limit_of_minutes_counts_the_clock(toy):
    # The clock moves one second at each look: at the start, and once a step
    *_, end = started(toy(max_minutes=0.2, validation=False)).run()
    assert (end.reason, end.step, end.seconds) == ("max_minutes", 12, 12.0)


def test_the_schedule_follows_the_budget(toy):
    records = list(started(toy(max_steps=10, validation=False)).run())
    rates = [r.learning_rate for r in records if isinstance(r, StepRecord)]
    np.testing.assert_allclose(rates, [0.1 * (1 - 0.05 * k) for k in range(10)], rtol=1e-12)


@pytest.mark.parametrize(("every", "steps"), [(None, [5, 10, 12]), (4, [4, 8, 12]), (100, [12])])
def test_when_it_validates(toy, every, steps):
    loop = started(toy(max_steps=12, validate_every=every))
    assert [r.step for r in loop.run() if isinstance(r, ValidationRecord)] == steps


def test_a_last_validation_out_of_turn_does_not_reach_the_schedule(toy):
    loop = started(toy(max_steps=12))
    list(loop.run())
    assert len(loop.task.schedule.losses) == 2


def test_a_last_validation_out_of_turn_counts_for_the_weights_of_this_run(toy):
    loop = started(toy(max_steps=7))
    losses = iter([3.0, 2.0])  # at steps 5 and 7
    loop.task.evaluate = lambda: {"loss": next(losses)}
    records = list(loop.run())
    assert [r.best for r in records if isinstance(r, ValidationRecord)] == [True, True]
    assert (records[-1].best, records[-1].best_step) == (2.0, 7)
    assert "at step 7" in loop.restored
    where = loop.position
    assert (where.best, where.best_step, where.validated, where.stale) == (3.0, 5, 5, 0)


def test_patience(toy):
    loop = toy(max_steps=500, validate_every=1, patience=3)
    losses = iter([5.0, 4.0, 4.0, 4.5, 3.0, 3.5, 3.2, 3.1, 0.0])
    loop.task.evaluate = lambda: {"loss": next(losses)}
    loop.start()
    records = list(loop.run())
    assert [r.best for r in records if isinstance(r, ValidationRecord)] == [
        *(True, True, False, False, True, False, False, False)
    ]
    assert (records[-1].reason, records[-1].best, records[-1].best_step) == (
        "patience",
        3.0,
        5,
    )


@pytest.mark.parametrize("restore_best", [True, False])
def test_the_model_ends_with_the_best_or_the_last_weights(toy, restore_best):
    loop = toy(max_steps=6, validate_every=1, restore_best=restore_best)
    losses = iter([5.0, 4.0, 1.0, 4.5, 3.0, 3.5])
    loop.task.evaluate = lambda: {"loss": next(losses)}
    loop.start()
    weights = [loop.task.model.weight.data for r in loop.run() if isinstance(r, StepRecord)]
    expected = weights[2 if restore_best else 5]
    np.testing.assert_array_equal(loop.task.model.weight.data, expected)


def test_reduction_sum_scales_the_gradient_and_not_the_report(toy):
    loops = [started(toy(max_steps=1, validation=False, reduction=r)) for r in ("mean", "sum")]
    mean, summed = (next(loop.run()) for loop in loops)
    # 4 tokens in 2 sequences: a sum over 2 time steps
    assert summed.gradient_norm == pytest.approx(2 * mean.gradient_norm, rel=1e-12)
    assert summed.loss == mean.loss


# a monitor

ACCURACY = Monitor("accuracy", "max")


def test_the_monitor_says_which_validation_is_best(toy):
    loop = toy(max_steps=6, validate_every=1, best_by=ACCURACY)
    found = iter([(1.0, 0.5), (2.0, 0.6), (3.0, 0.8), (0.5, 0.7), (0.1, 0.1), (0.1, 0.8)])
    loop.task.evaluate = lambda: dict(zip(("loss", "accuracy"), next(found), strict=True))
    records = list(started(loop).run())
    validations = [r for r in records if isinstance(r, ValidationRecord)]
    assert [r.best for r in validations] == [True, True, True, False, False, True]
    assert validations[3].metrics == {"loss": 0.5, "accuracy": 0.7}
    assert (records[-1].best, records[-1].best_step) == (0.8, 6)  # as good, with a lower loss
    assert loop.result.best is validations[5]
    assert "step 6" in loop.restored
    # a schedule lowers the rate where what it observes does not fall
    assert loop.task.schedule.losses == [-0.5, -0.6, -0.8, -0.7, -0.1, -0.8]


def test_patience_follows_the_monitor(toy):
    loop = toy(max_steps=500, validate_every=1, patience=2, best_by=ACCURACY)
    found = iter([0.5, 0.6, 0.6, 0.4])  # while the loss gets better and better
    loop.task.evaluate = lambda: {"loss": -loop.position.step, "accuracy": next(found)}
    *_, end = started(loop).run()
    assert (end.reason, end.step, end.best, end.best_step) == ("patience", 4, 0.6, 3)


def test_a_monitor_that_the_validation_does_not_measure(toy):
    loop = started(toy(max_steps=6, validate_every=1, best_by=Monitor("f1", "max")))
    with pytest.raises(ValueError, match=r"^monitor: expected one of loss, a; got 'f1'"):
        list(loop.run())


@pytest.mark.parametrize("options", [{"patience": 2}, {"schedule": "plateau"}, {"monitor": "a"}])
def test_without_validation_nothing_can_follow_it(toy, tmp_path, options):
    (name,) = options
    with pytest.raises(ValueError, match=f"^{name}: expected validation data"):
        toy(tmp_path / "run", validation=False, **options)
    assert not (tmp_path / "run").exists()
    toy(tmp_path / "run", **options)


# callbacks


def test_callbacks_get_every_record_before_the_reader_does(toy):
    seen = []
    loop = toy(max_steps=7, callbacks=[lambda *arguments: seen.append(arguments)])
    for record in loop.run():
        assert seen[-1] == (loop, record)
    assert [record for _, record in seen] == loop.history.records
    assert seen[-1][1].kind == "end"


def test_a_callback_may_stop_the_run(toy, tmp_path):
    def stop(loop, record):
        if record.kind == "step" and record.step == 7:
            loop.stop()

    loop = toy(tmp_path, max_steps=100, callbacks=[stop])
    # it ends as at a limit: with a last validation and a checkpoint
    assert kinds(loop.run())[-3:] == [("s", 7), ("v", 7), ("e", 7)]
    assert loop.result.reason == "stopped"
    assert read_checkpoint(tmp_path / "last.safetensors")["position"]["step"] == 7
    # the wish is fulfilled: the same loop goes on when it is run again
    loop.callbacks.clear()
    assert next(loop.run()).step == 8


def test_a_reader_may_stop_the_run(toy):
    loop = toy(max_steps=100, validation=False)
    for record in loop:
        if record.step == 3:
            loop.stop()
    assert (loop.result.reason, loop.result.steps) == ("stopped", 3)


def test_what_a_callback_raises_ends_the_run_at_once(toy):
    def fail(loop, record):
        if record.step == 3:
            raise ZeroDivisionError

    loop = toy(max_steps=100, validation=False, callbacks=[fail])
    with pytest.raises(ZeroDivisionError):
        list(loop.run())
    assert loop.position.step == 3


# checkpoints by the clock, which moves one second a step


def saved_at(loop, folder):
    """The steps of the checkpoints that were there when each record came."""
    steps = []
    for _ in loop.run():
        path = folder / "last.safetensors"
        step = read_checkpoint(path)["position"]["step"] if path.exists() else 0
        if step not in steps:
            steps.append(step)
    return steps


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"checkpoint_minutes": 0.05}, [0, 3, 6, 9, 10]),
        ({"checkpoint_minutes": 0.05, "checkpoint_every": 4}, [0, 3, 4, 7, 8, 10]),
        ({"checkpoint_minutes": 0}, [0, 10]),
        ({"checkpoint_minutes": 5.0}, [0, 10]),
    ],
)
def test_checkpoints_by_the_clock(toy, tmp_path, options, expected):
    options = {"checkpoint_every": 100, **options}
    loop = toy(tmp_path, max_steps=10, validation=False, **options)
    assert saved_at(loop, tmp_path) == expected


def test_by_default_a_checkpoint_is_at_most_five_minutes_old(toy, tmp_path):
    loop = toy(tmp_path, max_steps=302, checkpoint_every=1000, log_every=1000, validation=False)
    assert saved_at(loop, tmp_path) == [0, 300, 302]


def test_a_resumed_run_counts_from_its_checkpoint(toy, tmp_path):
    options = {"checkpoint_minutes": 0.05, "checkpoint_every": 100, "validation": False}
    list(toy(tmp_path, max_steps=4, **options).run())
    again = toy(tmp_path, max_steps=9, **options)
    again.resume()
    assert saved_at(again, tmp_path) == [4, 7, 9]
