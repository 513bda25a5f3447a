"""Speed along T, B, H and L, with one thread and with more."""

from __future__ import annotations

from typing import Any

from benchmarks.drawings.style import DASHED, OF, SMALL, machine, panels, powers
from benchmarks.kernels.sweep import along

TASK = "training"
LIBRARIES = ("pyrnn", "torch")


def draw(content: Any) -> Any:
    """GFLOP/s of forward + backward: a panel a letter, dashed with one thread."""
    rows = [row for row in along(content["rows"]) if row["task"] == TASK]
    grid = along(rows, "H, B")
    chosen: list[tuple[str, str, list[Any]]] = [
        ("T", "B 1, H 128", along(rows, "T")),
        ("B", "H 256", [row for row in grid if row["H"] == nearest(grid, "H", 256)]),
        ("H", "B 1", [row for row in grid if row["B"] == 1]),
        ("H", "B 16", [row for row in grid if row["B"] == nearest(grid, "B", 16)]),
        ("L", "T 200, B 1, H 128", along(rows, "L, one sequence")),
        ("L", "T 50, B 16, H 128", along(rows, "L")),
    ]
    figure, every = panels(2, 3, 3.0, 2.5)
    for (letter, rest, points), axes in zip(chosen, every.ravel(), strict=True):
        lines(axes, letter, points)
        axes.set_title(f"{letter} ({rest})", fontsize=9)
        axes.set_ylim(bottom=0)
    for axes in every[:, 0]:
        axes.set_ylabel("GFLOP/s", fontsize=SMALL + 1)
    handles, labels = every[0, 0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=SMALL
    )
    figure.suptitle(f"LSTM, forward + backward\n{machine(content)}", fontsize=10)
    return figure


def nearest(rows: Any, letter: str, value: int) -> int:
    """Of the letter's values in the rows, that nearest to this one."""
    return min((row[letter] for row in rows), key=lambda found: abs(found - value))


def lines(axes: Any, letter: str, rows: Any) -> None:
    """A line for each library and number of threads."""
    values = sorted({row[letter] for row in rows})
    for threads in dict.fromkeys(row["threads"] for row in rows):
        mine = sorted((r for r in rows if r["threads"] == threads), key=lambda row: row[letter])
        for name in LIBRARIES:
            met = [row for row in mine if name in row["seconds"]]
            speeds = [row["gflop"] / row["seconds"][name]["median"] for row in met]
            label = f"{name}, {threads} thread" + "s" * (threads > 1)
            axes.plot(
                [row[letter] for row in met],
                speeds,
                DASHED.get(threads, ":"),
                color=OF[name],
                label=label,
                marker="o",
                markersize=3,
            )
    if letter == "L":
        axes.set_xticks(values)
    else:
        powers(axes, values)
