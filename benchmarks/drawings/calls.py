"""What a call is made of."""

from __future__ import annotations

from typing import Any

from benchmarks.drawings.style import BLUE, GREEN, ORANGE, PINK, RED, SKY, SMALL, machine, panels
from benchmarks.kernels.call_parts import calls

COLOURS = (BLUE, SKY, GREEN, ORANGE, PINK, RED)


def draw(content: Any) -> Any:
    """A bar for each call, its parts from left to right: of one step in µs, of a training call in
    shares, since the calls are of very different lengths."""
    rows = [row for row in calls(content["rows"]) if row["threads"] == 1]
    figure, (step, training) = panels(2, 1, 7.4, 1.9)
    bars(step[0], [row for row in rows if row["task"] == "forward"], shares=False)
    step[0].set_title("one step without gradients, µs", fontsize=10)
    bars(training[0], [row for row in rows if row["task"] == "training"], shares=True)
    training[0].set_title("a training call, shares", fontsize=10)
    training[0].set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    figure.suptitle(f"LSTM, one thread\n{machine(content)}", fontsize=10)
    return figure


def bars(axes: Any, rows: Any, shares: bool) -> None:
    """Those of one kind of call, named by T, B, H and by what their parts are together."""
    names, starts = [], [0.0] * len(rows)
    wholes = [sum(row["microseconds"].values()) for row in rows]
    for row, whole in zip(rows, wholes, strict=True):
        names.append(f"{row['T']}, {row['B']}, {row['H']}: {whole:.3g} µs a step")
    for part, colour in zip(rows[0]["microseconds"], COLOURS, strict=False):
        widths = [
            row["microseconds"][part] / (whole if shares else 1)
            for row, whole in zip(rows, wholes, strict=True)
        ]
        axes.barh(names, widths, left=starts, color=colour, label=part, height=0.6)
        starts = [start + width for start, width in zip(starts, widths, strict=True)]
    axes.invert_yaxis()
    axes.legend(frameon=False, fontsize=SMALL, loc="center left", bbox_to_anchor=(1, 0.5))
