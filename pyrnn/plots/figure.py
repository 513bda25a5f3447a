"""An empty figure, drawn without a window system and without pyplot's global state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT, DPI = 7.0, 4.2, 150  # inches and dots an inch: readable at half a page's width
PANEL_WIDTH = 4.8  # of one of several beside each other
SQUARE, ABREAST = 4.2, 3  # a panel with two axes of one scale, and how many stand in a row


class MissingMatplotlibError(ImportError):
    """A picture was asked for, and matplotlib is not installed."""


def new_axes(width: float = WIDTH, height: float = HEIGHT) -> Axes:
    """Those of a new figure. Raises MissingMatplotlibError where matplotlib is absent."""
    return _panels(width, 1, height)[0]


def new_panels(count: int) -> list[Axes]:
    """Panels of a new figure, side by side, that share their y axis. Raises as `new_axes`."""
    return _panels(PANEL_WIDTH * count, count)


def new_squares(count: int) -> list[Axes]:
    """Square panels of a new figure, three in a row, no axis shared. Raises as `new_axes`."""
    return new_grid(count, SQUARE, SQUARE, ABREAST)


def new_grid(
    count: int, width: float = PANEL_WIDTH, height: float = 2.8, most: int = 2
) -> list[Axes]:
    """Panels of a new figure, at most so many in a row, no axis shared. Raises as `new_axes`."""
    abreast = min(count, most)
    rows = -(-count // abreast)
    figure = _figure(width * abreast, height * rows)
    every = figure.subplots(rows, abreast, squeeze=False).ravel()
    for axes in every[count:]:
        axes.remove()
    return _plain(every[:count])


def check_picture(path: str | Path) -> None:
    """Raise ValueError unless the end of a file's name says how matplotlib is to write it,
    MissingMatplotlibError where matplotlib is absent."""
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ModuleNotFoundError as error:
        raise _missing() from error
    known = sorted(FigureCanvasBase.get_supported_filetypes())
    if Path(path).suffix[1:].lower() not in known:
        endings = ", ".join(f".{suffix}" for suffix in known)
        raise ValueError(f"{path}: expected a name that ends in one of {endings}")


def _panels(width: float, count: int, height: float = HEIGHT) -> list[Axes]:
    figure = _figure(width, height)
    return _plain(figure.subplots(1, count, sharey=True, squeeze=False)[0])


def _figure(width: float, height: float) -> Any:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise _missing() from error
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def _missing() -> MissingMatplotlibError:
    return MissingMatplotlibError(
        "pictures need matplotlib, which is not installed: pip install matplotlib"
    )


def _plain(panels: Any) -> list[Axes]:
    """A faint grid, and no frame above and at the right."""
    for axes in panels:
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    return list(panels)
