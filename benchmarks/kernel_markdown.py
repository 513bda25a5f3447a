"""Recurrent layers' results as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.kernels import scaling as scaling_lines
from benchmarks.kernels import standing
from benchmarks.kernels.problem import TASKS
from benchmarks.kernels.table import (
    gflops,
    kind_of,
    milliseconds,
    plural,
    rivals_in,
    shape_of,
    share_of_peak,
    summary,
    thread_numbers,
    three,
)
from benchmarks.markdown import TASK_NAMES, Row, lines_of_table, page, ratio, signature


def kernels(content: Row) -> str:
    """Every shape: pyrnn's time, and how many times as long each rival takes."""
    rows = content["rows"]
    parts = ["### Recurrent layers, shape by shape", ""]
    parts += ["Milliseconds a call; then how many times as long the others take (medians).", ""]
    for threads, kind in dict.fromkeys((row["threads"], kind_of(row)) for row in rows):
        chosen = [r for r in rows if (r["threads"], kind_of(r)) == (threads, kind)]
        title = f"{(kind or 'full batches').capitalize()}, {plural(threads)}"
        parts += [f"#### {title}", "", shapes_table(chosen), ""]
    parts += [f"- {line}" for line in summary(rows)]
    return "\n".join([*parts, "", signature(content)])


def shapes_table(rows: Sequence[Row]) -> str:
    """One line for each cell and shape, both tasks side by side."""
    rivals = {task: rivals_in(r for r in rows if r["task"] == task) for task in TASKS}
    header = ["cell", "T, B, H"]
    for task in TASKS:
        header += [f"{TASK_NAMES[task]} ms", "GFLOP/s", "of peak", *rivals[task]]
    lines = []
    for cell, shape in dict.fromkeys((row["cell"], shape_of(row)) for row in rows):
        line = [cell, shape]
        for task in TASKS:
            wanted = (cell, shape, task)
            met = [r for r in rows if (r["cell"], shape_of(r), r["task"]) == wanted]
            row = met[0] if met else None
            line += shape_cells(row) + [ratio(row, rival) for rival in rivals[task]]
        lines.append(line)
    return lines_of_table(header, lines, left=2)


def shape_cells(row: Row | None) -> list[str]:
    """pyrnn's milliseconds, GFLOP/s and share of the peak."""
    if row is None:
        return ["", "", ""]
    time = milliseconds(row["seconds"]["pyrnn"]["median"])
    return [time, f"{gflops(row):.0f}", share_of_peak(row)]


# What a summary sets pyrnn against: for each name the faster of these contestants.
SUMMARIZED = {
    "torch": ("torch", "torch-padded"),
    "onnxruntime": ("onnxruntime",),
    "jax": ("jax",),
    "numpy": ("numpy",),
}


def kernels_summary(content: Row) -> str:
    """The ratios over all shapes: smallest, median and largest for each cell and task."""
    rows = content["rows"]
    rivals = [name for name in SUMMARIZED if name in rivals_in(rows)]
    measured = any("share_of_peak" in row for row in rows)
    header = ["pyrnn is faster by", *(["share of peak"] if measured else []), *rivals]
    lines = []
    for cell, ragged, task in dict.fromkeys((r["cell"], r["ragged"], r["task"]) for r in rows):
        wanted = {"cell": cell, "ragged": ragged, "task": task}
        chosen = [row for row in rows if wanted.items() <= row.items()]
        line = [f"{cell}, {TASK_NAMES[task]}" + ", ragged" * ragged]
        line += [shares(chosen)] if measured else []
        lines.append(line + [range_of(chosen, rival) for rival in rivals])
    explanation = (
        "How many times as long the others take, the median of each shape's rounds: smallest / "
        f"median / largest over all shapes, {thread_numbers(rows)}. For sequences of unequal "
        "length (ragged), torch's faster way counts: packed, or padded and masked."
    )
    told = [f"{'  ' * line.startswith(' ')}- {line.strip()}" for line in standing.lines(rows)]
    told += [f"- NumPy: {blas}" for blas in dict.fromkeys(blas_in(rows))]
    parts = [lines_of_table(header, lines), "", *told]
    return page("Recurrent layers", explanation, "\n".join(parts), content)


def blas_in(rows: Sequence[Row]) -> list[str]:
    """What NumPy's products ran on."""
    return [row["about"]["numpy"] for row in rows if "numpy" in row.get("about", {})]


def shares(rows: Sequence[Row]) -> str:
    """The shares of the peak among these rows."""
    return three([r["share_of_peak"]["median"] for r in rows if "share_of_peak" in r], ".0%")


def range_of(rows: Sequence[Row], rival: str) -> str:
    """Smallest / median / largest ratio to a rival, or the faster of several, among these rows."""
    values = []
    for row in rows:
        found = [row["ratio"][name] for name in SUMMARIZED[rival] if name in row["ratio"]]
        if found:
            values.append(min(spread["median"] for spread in found))
    return three(values, ".2f")


def scaling(content: Row) -> str:
    """Milliseconds with one thread and with more."""
    lines = [scaling_lines.cells(row) for row in content["rows"]]
    explanation = (
        "Training, milliseconds a call with one thread and with more, and the speed-up: where the "
        "batch alone cannot use both cores."
    )
    table = lines_of_table(scaling_lines.HEADER, lines)
    return page("More threads", explanation, table, content)
