"""A report, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrnn.comparison.curve import Measurement
from pyrnn.comparison.report import Report
from pyrnn.plots import ComparedRun, Losses, plot_comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(report: Report) -> Figure:
    """The curves of a report, by items read and by time.

    Raises ValueError where there is no model, MissingMatplotlibError where matplotlib is absent.
    """
    runs = {}
    for result in report.results:
        curves = report.curves[result.name]
        units = [] if result.hidden is None else [f"{result.hidden:,} units"]
        name = ", ".join([result.name, *units, f"{result.parameters:,} weights"])
        runs[name] = ComparedRun(_losses(curves.training), _losses(curves.validation))
    equal = [
        found.items
        for curves in report.curves.values()
        for found in curves.validation
        if found.step == report.common_step
    ]
    by_tokens, _ = plot_comparison(
        runs,
        equal_tokens=equal[0] if equal else None,
        unit=report.unit,
        y_label=f"loss a {report.unit.removesuffix('s')}",
    )
    figure: Any = by_tokens.figure
    return figure


def _losses(points: tuple[Measurement, ...]) -> Losses:
    return Losses([p.items for p in points], [p.seconds for p in points], [p.loss for p in points])
