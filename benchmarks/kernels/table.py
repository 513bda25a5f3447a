"""The tables in the terminal, and where the ratios are smallest."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.kernels.problem import TASKS

Row = Mapping[str, Any]
WIDTH = 180  # where there is no terminal to fit into


def console() -> Console:
    """Standard output, wide enough for a table where it is a file or a pipe."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def print_table(
    title: str, header: Sequence[str], lines: Iterable[Sequence[Any]], justify: Any = "left"
) -> None:
    """Print lines of cells under a title and a header; all columns are justified alike."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in header:
        table.add_column(column, justify=justify)
    for line in lines:
        table.add_row(*line)
    console().print(table)


def rivals_in(rows: Iterable[Row]) -> list[str]:
    """The rivals in any of the rows, in the order of their first appearance."""
    return list(dict.fromkeys(name for row in rows for name in row["ratio"]))


def groups(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows that make up a table, with its title: same cell, threads, task, kind of batch."""
    keys = dict.fromkeys((row["threads"], row["cell"], kind_of(row)) for row in rows)
    for threads, cell, kind in keys:
        for task in TASKS:
            key = (threads, cell, kind, task)
            chosen = [r for r in rows if (r["threads"], r["cell"], kind_of(r), r["task"]) == key]
            words = [cell, "forward + backward" if task == "training" else task]
            words += [kind] * bool(kind)
            words.append(plural(threads))
            if chosen:
                yield ", ".join(words), chosen


def kind_of(row: Row) -> str:
    """What there is to say of a row's batch; results of once have no odd sizes."""
    return "ragged batches" if row["ragged"] else "odd sizes" if row.get("odd") else ""


def shape_of(row: Row) -> str:
    """T, B, H in words, and what else is not as usual."""
    inputs, layers = row.get("I", row["H"]), row.get("L", 1)
    words = [f"{row['T']}, {row['B']}, {row['H']}"]
    words += [f"I {inputs}"] * (inputs != row["H"]) + [f"{layers} layers"] * (layers > 1)
    return "; ".join(words + ["two directions"] * (row.get("D", 1) > 1))


def plural(threads: int) -> str:
    """1 thread, 2 threads"""
    return f"{threads} thread" + "s" * (threads > 1)


def thread_numbers(rows: Iterable[Row]) -> str:
    """1 thread, 2 threads"""
    return ", ".join(plural(n) for n in dict.fromkeys(row["threads"] for row in rows))


def three(values: Sequence[float], form: str) -> str:
    """Smallest / median / largest; nothing of none."""
    found = (min(values), statistics.median(values), max(values)) if values else ()
    return " / ".join(format(value, form) for value in found)


def milliseconds(seconds: float) -> str:
    """With three digits."""
    return f"{seconds * 1e3:.3g}"


def gflops(row: Row) -> float:
    """GFLOP/s of pyrnn."""
    return row["gflop"] / row["seconds"]["pyrnn"]["median"]


def share_of_peak(row: Row) -> str:
    """In percent; nothing where no peak was measured."""
    return f"{row['share_of_peak']['median']:.0%}" if "share_of_peak" in row else ""


def table_of(rows: Sequence[Row]) -> Table:
    """pyrnn beside each rival: milliseconds a call, and how many times as long as pyrnn's."""
    rivals = rivals_in(rows)
    columns = ["GFLOP/s", "of peak", "pyrnn ms"]
    columns += [column for name in rivals for column in (f"{name} ms", "x (min to max)")]
    table = Table("T, B, H")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        cells: list[str | Text] = [shape_of(row), f"{gflops(row):.1f}", share_of_peak(row)]
        cells.append(milliseconds(row["seconds"]["pyrnn"]["median"]))
        for name in rivals:
            cells += rival_cells(row, name)
        table.add_row(*cells)
    return table


def rival_cells(row: Row, name: str) -> list[str | Text]:
    """Milliseconds, and the ratio: red where pyrnn is slower."""
    if name not in row["ratio"]:
        return ["", ""]
    ratio = row["ratio"][name]
    shown = f"{ratio['median']:.2f} ({ratio['minimum']:.2f} to {ratio['maximum']:.2f})"
    style = "red" if ratio["median"] < 1 else "green"
    return [milliseconds(row["seconds"][name]["median"]), Text(shown, style=style)]


def smallest(rows: Sequence[Row], rival: str) -> Row:
    """The row with the smallest median ratio to a rival."""
    return min(
        (row for row in rows if rival in row["ratio"]),
        key=lambda row: row["ratio"][rival]["median"],
    )


def place(row: Row) -> str:
    """Where a row stands, in words."""
    words = [row["cell"], row["task"], f"T, B, H = {shape_of(row)}"] + ["ragged"] * row["ragged"]
    return f"{' '.join(words)}, {plural(row['threads'])}"


def summary(rows: Sequence[Row]) -> list[str]:
    """For each rival a line: the smallest ratio and where, and how often pyrnn was slower."""
    lines = []
    for rival in rivals_in(rows):
        met = [row for row in rows if rival in row["ratio"]]
        least = smallest(rows, rival)
        slower = sum(row["ratio"][rival]["median"] < 1 for row in met)
        lines.append(
            f"smallest ratio to {rival}: {least['ratio'][rival]['median']:.2f} ({place(least)}); "
            f"slower in {slower} of {len(met)}"
        )
    return lines


def show(rows: Sequence[Row]) -> None:
    """Print the tables, each with its summary below."""
    out = console()
    for title, chosen in groups(rows):
        out.print(title, style="bold", soft_wrap=True)
        out.print(table_of(chosen))
        for line in summary(chosen):
            out.print(line, soft_wrap=True)
        out.print()
