"""What a call is made of, in microseconds."""

from __future__ import annotations

from typing import Any

from benchmarks.drawings.style import BLUE, GREEN, ORANGE, PINK, RED, SKY, SMALL, machine, panels
from benchmarks.kernels.call_parts import calls

COLOURS = (BLUE, SKY, GREEN, ORANGE, PINK, RED)
TITLES = {"forward": "one step, without gradients", "training": "a training call, by its steps"}


def draw(content: Any) -> Any:
    """A panel a kind of call: a bar for each, its parts from left to right."""
    rows = [row for row in calls(content["rows"]) if row["threads"] == 1]
    figure, every = panels(len(TITLES), 1, 7.4, 1.9)
    for (task, title), axes in zip(TITLES.items(), every[:, 0], strict=True):
        bars(axes, [row for row in rows if row["task"] == task])
        axes.set_title(title, fontsize=10)
    every[-1, 0].set_xlabel("µs a step")
    figure.suptitle(f"LSTM, one thread\n{machine(content)}", fontsize=10)
    return figure


def bars(axes: Any, rows: Any) -> None:
    """Those of one kind of call, each as long as its parts together."""
    names = [f"{row['T']}, {row['B']}, {row['H']}" for row in rows]
    starts = [0.0] * len(rows)
    for part, colour in zip(rows[0]["microseconds"], COLOURS, strict=False):
        widths = [row["microseconds"][part] for row in rows]
        axes.barh(names, widths, left=starts, color=colour, label=part, height=0.6)
        starts = [start + width for start, width in zip(starts, widths, strict=True)]
    axes.invert_yaxis()
    axes.set_ylabel("T, B, H", fontsize=SMALL)
    axes.legend(frameon=False, fontsize=SMALL, ncols=len(COLOURS), loc="upper right")
    axes.margins(y=0.45)
