"""What a call is made of."""

from __future__ import annotations

from typing import Any

from benchmarks.drawings.style import BLUE, GREEN, ORANGE, PINK, RED, SKY, SMALL, machine, panels
from benchmarks.kernels.call_parts import calls

COLOURS = {
    **{"step": BLUE, "call": SKY, "function": GREEN, "layer": RED, "rest": "0.6"},
    **{"pack": BLUE, "forward": SKY, "time loop": GREEN, "dx": ORANGE, "weights": PINK},
}


def draw(content: Any) -> Any:
    """A bar for each call, its parts from left to right: of one step in µs, of a training call in
    shares, since the calls are of very different lengths."""
    rows = [row for row in calls(content["rows"]) if row["threads"] == 1]
    figure, (step, training) = panels(2, 1, 7.6, 2.2)
    bars(step[0], [row for row in rows if row["task"] == "forward"], shares=False)
    step[0].set_title("one step without gradients, µs", fontsize=10)
    bars(training[0], [row for row in rows if row["task"] == "training"], shares=True)
    training[0].set_title("a training call, shares", fontsize=10)
    training[0].set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    figure.suptitle(f"LSTM, one thread\n{machine(content)}", fontsize=10)
    return figure


def bars(axes: Any, rows: Any, shares: bool) -> None:
    """Those of one kind of call, named by what is called, T, B, H, and their parts together."""
    names = []
    for row in rows:
        each = row["microseconds"]
        whole = sum(each.values())
        names.append(f"{row['way']} {row['T']}, {row['B']}, {row['H']}: {whole:.3g} µs a step")
        start = 0.0
        for part, value in each.items():
            width = value / whole if shares else value
            axes.barh(names[-1], width, left=start, color=COLOURS[part], height=0.6)
            start += width
    axes.invert_yaxis()
    for part in dict.fromkeys(part for row in rows for part in row["microseconds"]):
        axes.barh(names[-1:], 0, color=COLOURS[part], label=part)
    axes.legend(frameon=False, fontsize=SMALL, loc="center left", bbox_to_anchor=(1, 0.5))
