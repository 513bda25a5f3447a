"""A run on the terminal: a bar with speed, loss and time left, and a line for each validation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pyrnn.training.budget import Budget
from pyrnn.training.records import REASONS, EndRecord, Record, StepRecord, ValidationRecord

if TYPE_CHECKING:
    from rich.console import Console

SMOOTHING = 0.98  # of the loss on the bar: the mean of about the last 50 batches


def watch(
    records: Iterable[Record],
    budget: Budget,
    *,
    unit: str = "items",
    console: Console | None = None,
) -> Iterator[Record]:
    """Pass the records of a run on, and show them as they come.

    budget: by which the share done and the time left are told.
    unit: what the items are called. console: where to draw; default the terminal's stderr.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[speed]}"),
        TextColumn("{task.fields[loss]}"),
        TimeRemainingColumn(compact=True),
    )
    bar = Progress(*columns, console=console or Console(stderr=True), expand=True)
    meter = _Meter(unit)
    with bar:
        shown = bar.add_task("training", total=1.0, speed="", loss="")
        for record in records:
            if isinstance(record, StepRecord):
                meter.read(record)
                done = budget.progress(record.step, record.epoch, record.seconds).fraction
                bar.update(shown, completed=done, speed=meter.speed, loss=meter.loss)
            elif isinstance(record, ValidationRecord):
                bar.console.print(validation_line(record), highlight=False, soft_wrap=True)
            else:
                bar.console.print(end_line(record), highlight=False, soft_wrap=True)
            yield record


class _Meter:
    """Items a second and a smoothed loss, over the records read so far."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self._first: StepRecord | None = None
        self._latest: StepRecord | None = None
        self._mean, self._weight = 0.0, 0.0

    def read(self, record: StepRecord) -> None:
        self._first = self._first or record
        self._latest = record
        self._mean = SMOOTHING * self._mean + (1 - SMOOTHING) * record.loss
        self._weight = SMOOTHING * self._weight + (1 - SMOOTHING)

    @property
    def loss(self) -> str:
        return f"loss {self._mean / self._weight:.3f}" if self._weight else ""

    @property
    def speed(self) -> str:
        first, latest = self._first, self._latest
        if first is None or latest is None or latest.seconds <= first.seconds:
            return ""
        rate = (latest.items - first.items) / (latest.seconds - first.seconds)
        return f"{rate:,.0f} {self.unit}/s"


def validation_line(record: ValidationRecord) -> str:
    """One validation in words."""
    found = "  ".join(f"{name} {value:.4f}" for name, value in record.metrics.items())
    parts = [f"step {record.step:,}", f"epoch {record.epoch:.2f}", _clock(record.seconds)]
    return "  ".join([*parts, f"validation: {found}", *(["best"] if record.best else [])])


def end_line(record: EndRecord) -> str:
    """The end of a run in words."""
    line = f"ended after {record.step:,} steps, {_clock(record.seconds)}: {REASONS[record.reason]}"
    return line + (f" ({record.detail})" if record.detail else "")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
