"""A comparison on the terminal: a bar for each model, with its speed and its losses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyrnn.comparison.candidate import Candidate
from pyrnn.comparison.comparison import Comparison
from pyrnn.training import Record

if TYPE_CHECKING:
    from rich.console import Console

EVERY = 0.1  # seconds of a model's own time between two looks at it


def watch(
    comparison: Comparison, console: Console | None = None
) -> Iterator[tuple[Candidate, Record]]:
    """Pass the records of a comparison on, and show them as they come.

    console: where to draw; default the terminal's stderr.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[said]}"),
    )
    width = max(len(candidate.name) for candidate in comparison.candidates)
    seen = dict.fromkeys((c.name for c in comparison.candidates), -EVERY)
    with Progress(*columns, console=console or Console(stderr=True), expand=True) as bar:
        tasks = {
            c.name: bar.add_task(f"{c.name:{width}}", total=1.0, said="")
            for c in comparison.candidates
        }
        for candidate, record in comparison.run():
            due = record.seconds - seen[candidate.name] >= EVERY
            if due or record.kind != "step":
                seen[candidate.name] = record.seconds
                done = 1.0 if record.kind == "end" else candidate.loop.progress().fraction
                bar.update(tasks[candidate.name], completed=done, said=said(candidate))
            yield candidate, record


def said(candidate: Candidate) -> str:
    """A model's speed and latest losses, in words."""
    words = []
    speed, latest = candidate.items_per_second, candidate.training.latest
    if speed is not None and latest is not None:
        words += [f"{speed:,.0f} {candidate.model.units}/s", f"loss {latest.loss:.3f}"]
    if candidate.validations:
        name = candidate.monitor.name
        words += [f"validation {name} {candidate.validations[-1].metrics[name]:.3f}"]
    return "  ".join(words)
