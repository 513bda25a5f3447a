"""What came out of a comparison: a table, a picture, and where they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from pyrnn.comparison import Report

SHORT = {"characters": "chars"}  # units in a narrow column
REPORT, PICTURE = "comparison.json", "comparison.png"
WIDE = 120  # columns; a terminal that has fewer folds lines, where rich would cut numbers off


def show(console: Console, report: Report, compared: str) -> None:
    console.width = max(console.width, WIDE)
    console.print(_table(report, compared))
    console.print(
        f"The loss is that of the validation data, the lowest until then, a mean over "
        f"the {report.unit}; grad. is the gradient's norm before clipping, the median.",
        soft_wrap=True,
    )
    for result in report.results:
        if result.reason in ("diverged", "interrupted"):
            console.print(
                f"{result.name}: {result.reason} after {result.steps:,} steps", soft_wrap=True
            )


def _table(report: Report, compared: str) -> Table:
    """One row for each model, the best one in bold; compared: in what they differ."""
    from rich.table import Table

    monitor, step = report.monitor.name, report.common_step
    minutes = report.settings["options"]["max_minutes"]
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column(compared)
    heads = ["units", "weights", f"{SHORT.get(report.unit, report.unit)}/s", "steps", "grad."]
    heads.append("" if step is None else f"loss at\nstep {step:,}")
    heads.append(f"best\n{monitor}" if minutes is None else f"{monitor}\nin {minutes:g} min")
    tests = [result.test for result in report.results if result.test]
    tested = None
    if tests:  # of a loss with weights of its own a test may know nothing
        tested = monitor if monitor in tests[0] else next(iter(tests[0]))
    for head in heads + ([f"test\n{tested}"] if tested else []):
        table.add_column(head, justify="right")
    for r in report.results:
        cells = [_number(r.hidden, ",d"), f"{r.parameters:,}", _number(r.items_per_second, ",.0f")]
        cells += [f"{r.steps:,}", _number(r.gradient_norm, ".3g"), _number(r.equal_steps, ".4f")]
        cells += [_number(r.best, ".4f")]
        cells += [_number(r.test[tested] if r.test else None, ".4f")] if tested else []
        table.add_row(r.name, *cells, style="bold" if r.name == report.winner else None)
    return table


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def draw_picture(console: Console, report: Report, folder: Path) -> None:
    from pyrnn.comparison.picture import draw
    from pyrnn.plots import MissingMatplotlibError

    try:
        draw(report).savefig(folder / PICTURE)
    except MissingMatplotlibError as error:
        (folder / PICTURE).unlink(missing_ok=True)  # of an earlier comparison
        console.print(f"No picture: {error}", soft_wrap=True, markup=False)
        console.print(f"All numbers are in {folder / REPORT}", soft_wrap=True, markup=False)
    else:
        console.print(
            f"All numbers are in {folder / REPORT}, their picture is {folder / PICTURE}",
            soft_wrap=True,
            markup=False,
        )
