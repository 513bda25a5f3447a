"""Which classes a model takes for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pyrnn.plots.figure import HEIGHT, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NUMBERED = 20  # classes; of more, the cells are too small for numbers
DARK = 0.5  # of a cell's colour; on what is darker, numbers are white
CELL, NAMES, WIDEST = 0.42, 1.4, 10.0  # inches: of a cell with a number, of the labels, of it all


def plot_confusion(
    confusion: np.ndarray,
    labels: Sequence[Any],
    *,
    title: str = "",
    axes: Axes | None = None,
) -> Axes:
    """The confusion matrix as coloured cells: a row a true class, a column a predicted one.

    confusion: counts (C, C). labels: of the classes, (C,). A cell's colour is its share of its row,
    so that rare classes are seen as well as frequent ones; up to 20 classes it holds its count,
    where that is not 0.
    axes: where to draw; None makes a new figure, the larger the more classes there are.
    Returns the axes.
    Raises ValueError for a matrix of another shape, MissingMatplotlibError where matplotlib is
    absent.
    """
    counts = np.asarray(confusion)
    classes = len(labels)
    if counts.shape != (classes, classes):
        raise ValueError(
            f"confusion: expected shape {(classes, classes)}, one row and column for each of "
            f"{classes} labels; got {counts.shape}"
        )
    if axes is None:
        side = min(max(HEIGHT, CELL * classes + NAMES), WIDEST)
        axes = new_axes(side, side)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)  # (C, C)
    axes.grid(visible=False)
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    names = [str(label) for label in labels]
    axes.set_xticks(range(classes), names, rotation=90 if classes > 4 else 0)
    axes.set_yticks(range(classes), names)
    axes.set(xlabel="predicted", ylabel="true", title=title)
    for row, column in np.argwhere(counts) if classes <= NUMBERED else ():
        axes.text(
            column,
            row,
            f"{counts[row, column]:,}",
            ha="center",
            va="center",
            fontsize=7 if classes > 8 else 9,
            color="white" if shares[row, column] > DARK else "black",
        )
    return axes
