"""A run on the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from pyrnn.training import REASONS, Budget, EndRecord, StepRecord, ValidationRecord
from pyrnn.training.progress import end_line, validation_line, watch

STEPS = [StepRecord(n, n / 4, 2.0 / n, 0.3, 0.1, 1000 * n, 0.5 * n) for n in (1, 2, 3, 4)]
VALIDATION = ValidationRecord(4, 1.0, {"loss": 1.25, "accuracy": 0.6}, best=True, seconds=3725.0)
END = EndRecord(4, 1.0, "epochs", "", 1.25, 4, 4000, 65.0)


@pytest.mark.parametrize("terminal", [True, False])
def test_records_pass_through_and_are_shown(terminal):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    records = [*STEPS, VALIDATION, END]
    assert list(watch(records, Budget(epochs=1), unit="characters", console=console)) == records
    shown = console.file.getvalue()
    assert validation_line(VALIDATION) in shown
    assert end_line(END) in shown
    assert "2,000 characters/s" in shown
    assert "100%" in shown


def test_records_come_as_the_loop_yields_them():
    console = Console(file=io.StringIO())
    pulled = []

    def records():
        for record in STEPS:
            pulled.append(record.step)
            yield record

    shown = watch(records(), Budget(epochs=1), console=console)
    assert next(shown) == STEPS[0]
    assert pulled == [1]
    shown.close()


def test_a_validation_in_words():
    assert validation_line(VALIDATION) == (
        "step 4  epoch 1.00  1:02:05  validation: loss 1.2500  accuracy 0.6000  best"
    )


@pytest.mark.parametrize("reason", REASONS)
def test_every_end_in_words(reason):
    line = end_line(EndRecord(1234, 1.0, reason, "more", None, None, 4000, 65.0))
    assert line == f"ended after 1,234 steps, 1:05: {REASONS[reason]} (more)"
