"""An empty figure, drawn without a window system and without pyplot's global state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, DPI = 7.0, 4.2, 150  # inches and dots an inch: readable at half a page's width


class MissingMatplotlibError(ImportError):
    """A picture was asked for, and matplotlib is not installed."""


def new_figure() -> tuple[Figure, Axes]:
    """A figure with one pair of axes. Raises MissingMatplotlibError where matplotlib is absent."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingMatplotlibError(
            "pictures need matplotlib, which is not installed: pip install matplotlib"
        ) from error
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
