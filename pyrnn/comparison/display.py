"""A contest on the terminal: a bar for each model, with its speed and its losses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyrnn.comparison.contest import Contest
from pyrnn.comparison.contestant import Contestant
from pyrnn.training import Record

if TYPE_CHECKING:
    from rich.console import Console

EVERY = 0.1  # seconds of a model's own time between two looks at it


def watch(contest: Contest, console: Console | None = None) -> Iterator[tuple[Contestant, Record]]:
    """Pass the records of a contest on, and show them as they come.

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
    width = max(len(contestant.name) for contestant in contest.contestants)
    seen = dict.fromkeys((c.name for c in contest.contestants), -EVERY)
    with Progress(*columns, console=console or Console(stderr=True), expand=True) as bar:
        tasks = {
            c.name: bar.add_task(f"{c.name:{width}}", total=1.0, said="")
            for c in contest.contestants
        }
        for contestant, record in contest.run():
            due = record.seconds - seen[contestant.name] >= EVERY
            if due or record.kind != "step":
                seen[contestant.name] = record.seconds
                done = 1.0 if record.kind == "end" else contestant.loop.progress().fraction
                bar.update(tasks[contestant.name], completed=done, said=said(contestant))
            yield contestant, record


def said(contestant: Contestant) -> str:
    """A model's speed and latest losses, in words."""
    words = []
    speed, latest = contestant.tokens_per_second, contestant.training.latest
    if speed is not None and latest is not None:
        words += [f"{speed:,.0f} {contestant.model.config.unit}/s", f"loss {latest.loss:.3f}"]
    if contestant.validations:
        words += [f"validation {contestant.validations[-1].loss:.3f}"]
    return "  ".join(words)
