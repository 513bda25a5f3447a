"""A report, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrnn.comparison.curve import Measurement
from pyrnn.comparison.report import Report
from pyrnn.plots import ComparedRun, Losses, plot_comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(report: Report, unit: str) -> Figure:
    """The curves of a report, by tokens read and by time.

    unit: of the models. Raises ValueError where no model has made a step, MissingMatplotlibError
    where matplotlib is absent.
    """
    runs = {}
    for standing in report.standings:
        course = report.courses[standing.name]
        name = f"{standing.name}, {standing.hidden:,} units, {standing.parameters:,} weights"
        runs[name] = ComparedRun(_losses(course.training), _losses(course.validations))
    equal = [
        found.tokens
        for course in report.courses.values()
        for found in course.validations
        if found.step == report.common_step
    ]
    by_tokens, _ = plot_comparison(
        runs,
        equal_tokens=equal[0] if equal else None,
        unit=unit,
        y_label=f"nats a {unit.removesuffix('s')}",
    )
    figure: Any = by_tokens.figure
    return figure


def _losses(points: tuple[Measurement, ...]) -> Losses:
    return Losses([p.tokens for p in points], [p.seconds for p in points], [p.loss for p in points])
