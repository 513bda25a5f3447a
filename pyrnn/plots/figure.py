"""An empty figure, drawn without a window system and without pyplot's global state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT, DPI = 7.0, 4.2, 150  # inches and dots an inch: readable at half a page's width
PANEL_WIDTH = 4.8  # of one of several beside each other


class MissingMatplotlibError(ImportError):
    """A picture was asked for, and matplotlib is not installed."""


def new_axes(width: float = WIDTH, height: float = HEIGHT) -> Axes:
    """Those of a new figure. Raises MissingMatplotlibError where matplotlib is absent."""
    return _panels(width, 1, height)[0]


def new_panels(count: int) -> list[Axes]:
    """Panels of a new figure, side by side, that share their y axis. Raises as `new_axes`."""
    return _panels(PANEL_WIDTH * count, count)


def _panels(width: float, count: int, height: float = HEIGHT) -> list[Axes]:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingMatplotlibError(
            "pictures need matplotlib, which is not installed: pip install matplotlib"
        ) from error
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    panels = list(figure.subplots(1, count, sharey=True, squeeze=False)[0])
    for axes in panels:
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    return panels
