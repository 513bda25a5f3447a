"""The size of the gradient on its way back through time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pyrnn.plots.figure import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_gradient_flow(
    norms: Mapping[str, Sequence[float]], *, title: str = "", axes: Axes | None = None
) -> Axes:
    """The norms that `pyrnn.diagnostics.gradient_norms` measures, one line for each name.

    norms[name][k] is the norm of the gradient k time steps before the loss; the scale is
    logarithmic, so an exponential decay or growth is a straight line. Norms that underflowed to 0
    end their line. axes: where to draw; None makes a new figure. Returns the axes.
    Raises ValueError for no norms or an empty line, and MissingMatplotlibError
    where matplotlib is absent.
    """
    if not norms:
        raise ValueError("norms: expected at least one line, got none")
    for name, line in norms.items():
        if not len(line):
            raise ValueError(f"norms[{name!r}]: expected at least one step, got none")
    axes = new_axes() if axes is None else axes
    for name, line in norms.items():
        y = np.asarray(line, dtype=np.float64)
        axes.plot(np.arange(len(y)), np.where(y > 0, y, np.nan), label=name)
    axes.set_yscale("log")
    axes.set(xlabel="time steps back from the loss", ylabel="norm of the gradient", title=title)
    axes.legend(frameon=False)
    return axes
