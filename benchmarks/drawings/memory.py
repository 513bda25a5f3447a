"""The memory of a training step over the length of its sequence."""

from __future__ import annotations

from typing import Any

from benchmarks.drawings.style import OF, SMALL, machine, panels
from benchmarks.kernels.long_sequences import measured

MIB = 2**20


def draw(content: Any) -> Any:
    """MiB of the process, and below it what pyrnn's kernels hold beyond the results."""
    rows = sorted(measured(content["rows"], "bytes"), key=lambda row: row["T"])
    figure, every = panels(1, 2, 4.2, 3.2, sharey=True)
    whole, held = every[0]
    for who in rows[0]["bytes"]:
        sizes = [row["T"] for row in rows]
        line(whole, who, sizes, [row["bytes"][who]["peak"] for row in rows], "-")
        if "workspace" in rows[0]["bytes"][who]:
            line(held, who, sizes, [row["bytes"][who]["workspace"] for row in rows], "-")
            name = f"{who}: the formula"
            line(held, who, sizes, [row["formula"][who] for row in rows], ":", name)
    for axes, title in ((whole, "the whole step"), (held, "the workspace, at most")):
        axes.set(xscale="log", yscale="log", xlabel="T")
        axes.set_title(title, fontsize=10)
        axes.legend(frameon=False, fontsize=SMALL)
    whole.set_ylabel("MiB")
    row = rows[-1]
    about = f"LSTM, forward + backward, B {row['B']}, H {row['H']}"
    figure.suptitle(f"{about}\n{machine(content)}", fontsize=10)
    return figure


def line(axes: Any, who: str, x: Any, sizes: Any, style: str, name: str | None = None) -> None:
    """One line in MiB."""
    label, mark = name or who, {} if name else {"marker": "o", "markersize": 3.5}
    axes.plot(x, [size / MIB for size in sizes], style, color=OF[who], label=label, **mark)
