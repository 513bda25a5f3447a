"""What a run leaves, and how it shows itself."""

from __future__ import annotations

import pytest

from pyrnn.training import REASONS, EndRecord, Monitor, RunResult, StepRecord, ValidationRecord


def step(number):
    return StepRecord(number, number / 5, 1.5, 0.3, 0.1, 4 * number, 0.5 * number)


def validation(number, accuracy, best):
    metrics = {"loss": 1.0, "accuracy": accuracy}
    return ValidationRecord(number, number / 5, metrics, best=best, seconds=number)


BEST = validation(4, 0.75, best=True)
END = EndRecord(1234, 2.0, "patience", "", 0.75, 4, 4936, 61.25)
RECORDS = (step(1), validation(2, 0.5, best=True), step(3), BEST, validation(6, 0.5, False), END)


def test_what_it_says():
    result = RunResult(RECORDS, Monitor("accuracy", "max"))
    assert (result.end, result.reason, result.steps, result.seconds) == (
        END,
        "patience",
        1234,
        61.25,
    )
    assert result.validations == (RECORDS[1], BEST, RECORDS[4])
    assert result.best is BEST
    assert repr(result) == (
        "RunResult(1,234 steps, 61.2 s: validations no longer improve; "
        "best validation at step 4: loss 1, accuracy 0.75)"
    )


@pytest.mark.parametrize("reason", REASONS)
def test_without_validation(reason):
    result = RunResult((step(1), EndRecord(2, 0.4, reason, "", None, None, 8, 1.0)))
    assert result.best is None
    assert repr(result) == f"RunResult(2 steps, 1.0 s: {REASONS[reason]})"


@pytest.mark.parametrize("records", [(), RECORDS[:-1]])
def test_a_run_that_goes_on(records):
    result = RunResult(records)
    for name in ("end", "reason", "steps", "seconds"):
        with pytest.raises(ValueError, match="the run has not ended"):
            getattr(result, name)
    assert repr(result) == f"RunResult({len(records)} records, not ended)"


def test_a_long_run_shows_itself_in_a_line():
    result = RunResult((*(step(n) for n in range(10_000)), END))
    assert len(repr(result)) < 200
