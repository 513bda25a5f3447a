"""pyrnn's share of the processor's peak over H and B."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.drawings.style import SMALL, machine, panels
from benchmarks.kernels.problem import TASKS
from benchmarks.kernels.sweep import along, grid, title

DARK = 0.55  # shares above it have white numbers


def draw(content: Any) -> Any:
    """A panel for each task and number of threads: H upwards, B to the right."""
    rows = content["rows"]
    threads = list(dict.fromkeys(row["threads"] for row in along(rows)))
    figure, every = panels(len(threads), len(TASKS), 3.6, 3.0)
    for number, line in zip(threads, every, strict=True):
        for task, axes in zip(TASKS, line, strict=True):
            panel(axes, grid(rows, task, number))
            axes.set_title(title(task, number), fontsize=10)
    figure.suptitle(f"LSTM, share of the peak\n{machine(content)}", fontsize=10)
    return figure


def panel(axes: Any, found: dict[tuple[int, int], Any]) -> None:
    """One grid, each share written into its field."""
    units, batches = (sorted({key[k] for key in found}) for k in (0, 1))
    shares = np.full((len(units), len(batches)), np.nan)
    for (H, B), row in found.items():
        if "share_of_peak" in row:
            shares[units.index(H), batches.index(B)] = row["share_of_peak"]["median"]
    axes.grid(visible=False)
    axes.imshow(shares, origin="lower", aspect="auto", cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(batches)), batches)
    axes.set_yticks(range(len(units)), units)
    axes.set(xlabel="B", ylabel="H")
    for (k, j), share in np.ndenumerate(shares):
        if np.isfinite(share):
            colour = "white" if share > DARK else "black"
            axes.text(j, k, f"{share:.0%}", ha="center", va="center", color=colour, fontsize=SMALL)
