"""How many times as long as pyrnn each rival takes, over the table of shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.drawings.style import BLUE, GREEN, RED, SMALL, machine, panels
from benchmarks.kernels.problem import TASKS
from benchmarks.kernels.table import rivals_in
from benchmarks.markdown import TASK_NAMES

CELLS = {"lstm": BLUE, "gru": RED, "rnn_tanh": GREEN}
WIDTH = 0.24  # between the cells of a rival
MARKS = {1: "o", 2: "^"}  # by the number of threads
LEVELS = (0.5, 1, 2, 5, 10, 20, 50)


def draw(content: Any) -> Any:
    """A panel a task; a point for each shape, a short line at the median."""
    rows = [row for row in content["rows"] if row["ratio"]]
    figure, every = panels(1, len(TASKS), 4.6, 3.6, sharey=True)
    for task, axes in zip(TASKS, every[0], strict=True):
        chosen = [row for row in rows if row["task"] == task]
        names = rivals_in(chosen)
        for k, rival in enumerate(names):
            for j, (cell, colour) in enumerate(CELLS.items()):
                cloud(axes, k + (j - 1) * WIDTH, colour, of(chosen, cell, rival))
        axes.axhline(1, color="black", linewidth=0.8)
        axes.set_xticks(range(len(names)), names, fontsize=SMALL + 1)
        axes.set_yscale("log")
        axes.set_yticks(LEVELS, [f"{level:g}" for level in LEVELS])
        axes.minorticks_off()
        axes.set_title(TASK_NAMES[task], fontsize=10)
    every[0][0].set_ylabel("time by pyrnn's time")
    legend(every[0][-1])
    figure.suptitle(f"Rivals: above 1, pyrnn is faster\n{machine(content)}", fontsize=10)
    return figure


def of(rows: Any, cell: str, rival: str) -> list[tuple[int, float]]:
    """(threads, ratio) of each contest of the two."""
    return [
        (row["threads"], row["ratio"][rival]["median"])
        for row in rows
        if row["cell"] == cell and rival in row["ratio"]
    ]


def cloud(axes: Any, x: float, colour: str, met: list[tuple[int, float]]) -> None:
    """The points of one cell and rival, beside one another."""
    if not met:
        return
    for k, (threads, ratio) in enumerate(sorted(met, key=lambda one: one[1])):
        place = x + WIDTH * 0.7 * ((k + 0.5) / len(met) - 0.5)
        axes.plot(place, ratio, MARKS.get(threads, "s"), color=colour, markersize=3.5, alpha=0.7)
    middle = float(np.median([ratio for _, ratio in met]))
    axes.plot([x - WIDTH * 0.45, x + WIDTH * 0.45], [middle, middle], color=colour, linewidth=2)


def legend(axes: Any) -> None:
    """Colours are cells, marks are numbers of threads."""
    for cell, colour in CELLS.items():
        axes.plot([], [], "s", color=colour, label=cell, markersize=5)
    for threads, mark in MARKS.items():
        name = f"{threads} thread" + "s" * (threads > 1)
        axes.plot([], [], mark, color="0.4", label=name, markersize=4, linestyle="none")
    axes.figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=SMALL)
