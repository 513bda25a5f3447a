"""How speed goes with each letter: H and B together, then T, L, and the number of threads.

Every point is a contest as in the table of shapes, with torch alone as a rival and few rounds: the
lines are for pictures. What a call is made of comes from call_parts.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.kernels import call_parts
from benchmarks.kernels.problem import Problem
from benchmarks.kernels.shapes import Shape
from benchmarks.kernels.table import milliseconds, plural, print_table, share_of_peak
from benchmarks.timing import Plan

CELL = "lstm"
RIVALS = ("torch",)
PLAN = Plan(least=5, most=9, seconds=0.3, sample=0.002)

HIDDEN = (32, 64, 128, 256, 512, 1024)
BATCHES = (1, 4, 16, 64)
LENGTHS = (1, 10, 100, 1_000, 10_000)
LAYERS = (1, 2, 3, 4)
MOST = 2e10  # operations of a forward pass: larger ones run over fewer steps

# axis -> the shapes along it
Axes = dict[str, tuple[Shape, ...]]


def steps(B: int, H: int) -> int:
    """T of a grid's point: 50, fewer where a pass would take long."""
    return max(4, min(50, int(MOST / (16 * B * H * H))))


AXES: Axes = {
    "H, B": tuple(Shape(steps(B, H), B, H) for H in HIDDEN for B in BATCHES),
    "T": tuple(Shape(T, 1, 128) for T in LENGTHS),
    "L, one sequence": tuple(Shape(200, 1, 128, L=L) for L in LAYERS),
    "L": tuple(Shape(50, 16, 128, L=L) for L in LAYERS),
}
QUICK: Axes = {
    "H, B": tuple(Shape(5, B, H) for H in (8, 16) for B in (1, 3)),
    "T": (Shape(1, 1, 8), Shape(9, 1, 8)),
    "L, one sequence": (Shape(9, 1, 8), Shape(9, 1, 8, L=2)),
    "L": (Shape(5, 2, 8), Shape(5, 2, 8, L=2)),
}


def points(axes: Axes) -> Iterator[tuple[str, Problem]]:
    """Every axis and problem."""
    for axis, shapes in axes.items():
        for shape in shapes:
            yield axis, Problem(CELL, shape)


HEADER = ("axis", "T, B, H, L", "task", "threads", "of peak", "pyrnn ms", "torch ms", "x")


def along(rows: Sequence[dict[str, Any]], axis: str | None = None) -> list[dict[str, Any]]:
    """The points of an axis, or all."""
    return [row for row in rows if axis in (None, row.get("axis")) and "axis" in row]


def lines(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """A line for each point."""
    found = []
    for row in along(rows):
        sizes = ", ".join(f"{row[letter]:,}" for letter in "TBHL")
        line = [row["axis"], sizes, row["task"], str(row["threads"]), share_of_peak(row)]
        line.append(milliseconds(row["seconds"]["pyrnn"]["median"]))
        for rival in RIVALS:
            met = rival in row["ratio"]
            line.append(milliseconds(row["seconds"][rival]["median"]) if met else "")
            line.append(f"{row['ratio'][rival]['median']:.2f}" if met else "")
        found.append(line)
    return found


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the points, and the parts of calls."""
    print_table("sweep", HEADER, lines(rows), justify="right")
    call_parts.show(rows)


def grid(rows: Sequence[dict[str, Any]], task: str, threads: int) -> dict[tuple[int, int], Any]:
    """(H, B) -> the row of the grid."""
    wanted = (task, threads)
    grid = along(rows, "H, B")
    return {(r["H"], r["B"]): r for r in grid if (r["task"], r["threads"]) == wanted}


def title(task: str, threads: int) -> str:
    """Of a panel or a table."""
    return f"{'forward + backward' if task == 'training' else task}, {plural(threads)}"
