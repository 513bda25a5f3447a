"""The sections of docs/performance.md: sweeps, parts of a call, forms, long sequences."""

from __future__ import annotations

from typing import Any

from benchmarks.kernels import call_parts, long_sequences, standing
from benchmarks.kernels import sweep as points
from benchmarks.kernels import variants as forms
from benchmarks.kernels.problem import TASKS
from benchmarks.kernels.table import place, thread_numbers
from benchmarks.markdown import Row, lines_of_table, page, signature

CLOSE = 1.05  # a ratio below which a rival is as good as level


def sweep(content: Row) -> str:
    """Share of the peak over H and B, and then every axis."""
    tables = []
    rows = content["rows"]
    for threads in dict.fromkeys(row["threads"] for row in rows):
        for task in TASKS:
            tables += [f"Share of the peak, {points.title(task, threads)}:", ""]
            tables += [grid_table(points.grid(rows, task, threads)), ""]
    others = [row for row in points.along(rows) if row["axis"] != "H, B"]
    tables += [lines_of_table(points.HEADER, points.lines(others), left=2)]
    explanation = (
        "An LSTM with I = H, one layer but along L: pyrnn's share of the processor's peak and, in "
        "brackets, how many times as long torch takes; then the other letters."
    )
    return page("Over all sizes", explanation, "\n".join(tables), content)


def grid_table(found: dict[tuple[int, int], Any]) -> str:
    """Share of the peak and, behind it, how many times as long torch takes: H down, B across."""
    batches = sorted({B for _, B in found})
    lines = []
    for H in sorted({H for H, _ in found}):
        cells = [grid_cell(found.get((H, B))) for B in batches]
        lines.append([str(H), *cells])
    return lines_of_table(["H", *(f"B {B}" for B in batches)], lines)


def grid_cell(row: Any) -> str:
    """88% (1.21), or what there is of it."""
    if row is None:
        return ""
    share = f"{row['share_of_peak']['median']:.0%}" if "share_of_peak" in row else ""
    ratio = f" ({row['ratio']['torch']['median']:.2f})" if "torch" in row["ratio"] else ""
    return share + ratio


def calls(content: Row) -> str:
    """What a call is made of."""
    explanation = (
        "An LSTM's calls, by the differences of calls that do more and more: microseconds a step "
        "of time. benchmarks/kernels/call_parts.py says what each part is."
    )
    table = lines_of_table(call_parts.HEADER, call_parts.lines(content["rows"]), left=3)
    return page("Parts of a call", explanation, table, content)


def long(content: Row) -> str:
    """Memory over T, and the time of the longest."""
    explanation = (
        "A training step of an LSTM in MiB of the process (what was there before taken off), of "
        "pyrnn also what its kernels hold at most beyond the results; then its time."
    )
    rows = content["rows"]
    table = lines_of_table(long_sequences.MEMORY_HEADER, long_sequences.memory_lines(rows))
    times = lines_of_table(long_sequences.TIME_HEADER, long_sequences.time_lines(rows))
    told = [f"- {line}" for line in long_sequences.told(rows)]
    return page("Long sequences", explanation, "\n".join([table, "", times, "", *told]), content)


def variants(content: Row) -> str:
    """What each form of a cell costs, shape by shape."""
    return forms_page("Forms of the cells, shape by shape", content)


def reset(content: Row) -> str:
    """What a mask that cuts sequences costs, shape by shape."""
    return forms_page("A reset mask, shape by shape", content)


def forms_page(title: str, content: Row) -> str:
    """A line for each form of each problem."""
    explanation = (
        "pyrnn's milliseconds, how many times as long as the plain cell, and how many times as "
        "long another takes: torch.nn, or a loop over torch's operations."
    )
    table = lines_of_table(forms.HEADER, forms.lines(content["rows"]), left=3)
    return page(title, explanation, table, content)


def variants_summary(content: Row) -> str:
    """What each form of a cell costs, over all shapes."""
    return forms_summary("Forms of the cells", content)


def reset_summary(content: Row) -> str:
    """What a mask that cuts sequences costs, over all shapes."""
    return forms_summary("A reset mask", content)


def forms_summary(title: str, content: Row) -> str:
    """A line for each form, over all shapes."""
    rows = content["rows"]
    shapes = "; ".join(dict.fromkeys(f"{r['T']}, {r['B']}, {r['H']}" for r in rows))
    explanation = (
        "How many times as long as the plain cell, what is wanted at most, and how many times as "
        "long as pyrnn's form a loop over torch's operations takes: smallest / median / largest "
        f"over T, B, H = {shapes}, both tasks, {thread_numbers(rows)}."
    )
    table = lines_of_table(forms.SUMMARY_HEADER, forms.summary(rows), left=2)
    return page(title, explanation, table, content)


def behind(content: Row) -> str:
    """Every contest of layers that a rival wins, or all but wins."""
    rows = content["rows"]
    met = [
        (row["ratio"][rival]["median"], row, rival)
        for row in rows
        for rival in row["ratio"]
        if row["ratio"][rival]["median"] < CLOSE
    ]
    contests = sum(len(row["ratio"]) for row in rows)
    lines = [
        [f"{ratio:.2f}", rival, place(row)]
        for ratio, row, rival in sorted(met, key=lambda one: one[0])
    ]
    explanation = (
        f"Of {contests} contests of layers those in which a rival is ahead (a ratio below 1: "
        f"{len(standing.behind(rows))}) or within {CLOSE - 1:.0%} of it."
    )
    table = lines_of_table(["x", "rival", "where"], lines, left=0)
    return "\n".join(["### Behind, or level", "", explanation, "", table, "", signature(content)])
