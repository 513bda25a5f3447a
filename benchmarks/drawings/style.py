"""What the pictures share: colours, a figure with panels, axes of powers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyrnn.plots.comparison import COLOURS

BLUE, RED, GREEN, PINK, ORANGE, SKY = COLOURS
OF = {"pyrnn": BLUE, "pyrnn, recompute": GREEN, "torch": RED, "onnxruntime": PINK, "numpy": ORANGE}
DASHED = {1: "--", 2: "-"}  # by the number of threads
SMALL = 8  # points


def panels(rows: int, columns: int, width: float, height: float, **options: Any) -> Any:
    """(figure, axes (rows, columns)), each so many inches wide and high, with a faint grid."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    every = figure.subplots(rows, columns, squeeze=False, **options)
    for axes in every.ravel():
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=SMALL)
    return figure, every


def powers(axes: Any, values: Sequence[float]) -> None:
    """An x axis on which equal quotients are equal distances, with these values named."""
    axes.set_xscale("log")
    axes.set_xticks(values, [f"{value:,}" for value in values])
    axes.minorticks_off()


def machine(content: Any) -> str:
    """On what it was measured."""
    s = content["signature"]
    return f"{s['cpu']}, {s['cores']} cores, {s['instruction_set']}, {s['date'][:10]}"
