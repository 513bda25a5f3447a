"""Where a model looks in one sequence while it writes another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pyrnn.plots.figure import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL, LETTER, MARGIN = 0.3, 0.1, 0.8  # inches: a cell, a letter beside it, around all
SMALLEST, LARGEST = 2.5, 14.0  # the picture
LONGEST = 20  # characters of a token
NAMED = 60  # tokens; of more, every second is named, or every third ...


def plot_attention(
    weights: np.ndarray,
    source: Sequence[Any],
    target: Sequence[Any],
    *,
    title: str = "",
    axes: Axes | None = None,
) -> Axes:
    """The weights of attention as shades: a row a token that was written, a column one that was
    read.

    weights: (T, S), each row as it was when its token was written; 0 is white, 1 the darkest.
    source: the S tokens that were read, or positions of frames. target: the T tokens written.
    axes: where to draw; None makes a new figure, as large as the sequences ask for.
    Returns the axes.
    Raises ValueError for no tokens and for weights of another shape, MissingMatplotlibError where
    matplotlib is absent.
    """
    shades = np.asarray(weights, np.float64)
    shape = (len(target), len(source))
    if shades.shape != shape or not shades.size:
        raise ValueError(
            f"weights: expected shape {shape}, a row for each of target's tokens and a column for "
            f"each of source's, at least one; got {shades.shape}"
        )
    if axes is None:
        width, height = (
            min(CELL * len(along) + LETTER * max(map(len, map(_shown, across))) + MARGIN, LARGEST)
            for along, across in ((source, target), (target, source))
        )
        axes = new_axes(max(width, SMALLEST), max(height, SMALLEST))
    axes.grid(visible=False)
    axes.imshow(shades, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    for axis, tokens in ((axes.xaxis, source), (axes.yaxis, target)):
        places = range(0, len(tokens), -(-len(tokens) // NAMED))
        axis.set_ticks(places, [_shown(tokens[place]) for place in places])
        for label in axis.get_ticklabels():
            label.set_parse_math(False)  # a price in dollars is no formula
    upright = max(len(_shown(token)) for token in source) > 2
    axes.tick_params(axis="x", rotation=90 if upright else 0)
    axes.tick_params(length=0)
    axes.spines["top"].set_visible(True)  # where the columns are named
    axes.spines["bottom"].set_visible(False)
    axes.set(xlabel="read", ylabel="written", title=title)
    return axes


def _shown(token: Any) -> str:
    """A token in a short line: a blank as a sign of its own, no line breaks."""
    text = str(token).replace(" ", "\N{OPEN BOX}")
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
