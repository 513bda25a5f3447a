"""Forecasts, with what came before and what came then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from pyrnn.plots.figure import new_grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 36  # characters of a title, or of the name of an axis
BAND = 0.18  # opacity of what lies between two quantiles


class Drawn(Protocol):
    """A forecast, as `pyrnn.models.report.ForecastPanel` has it."""

    @property
    def title(self) -> str: ...
    @property
    def truth(self) -> np.ndarray: ...
    @property
    def forecast(self) -> np.ndarray: ...
    @property
    def quantiles(self) -> np.ndarray | None: ...
    @property
    def levels(self) -> Sequence[float]: ...
    @property
    def target(self) -> str: ...
    @property
    def step(self) -> str: ...


def plot_forecasts(
    forecasts: Sequence[Drawn], *, title: str = "", axes: Sequence[Axes] | None = None
) -> list[Axes]:
    """A panel a forecast: the truth as a line, the forecast as another from where it was made, and
    what lies between its outer quantiles as a band.

    forecasts: what is to be drawn, see `pyrnn.models.report.ForecastPanel`; steps are counted from
    the last value that was known.
    axes: the panels to draw into; None makes a new figure. title goes to their figure.
    Returns the panels.
    Raises ValueError for no forecasts, for one that is not shorter than its truth, and for another
    number of panels, MissingMatplotlibError where matplotlib is absent.
    """
    if not len(forecasts):
        raise ValueError("forecasts: expected at least one; got none")
    for number, each in enumerate(forecasts):
        if not 0 < len(each.forecast) < len(each.truth):
            raise ValueError(
                f"forecasts[{number}]: expected fewer steps than the {len(each.truth)} of its "
                f"truth, and one at least; got {len(each.forecast)}"
            )
    panels = new_grid(len(forecasts)) if axes is None else list(axes)
    if len(panels) != len(forecasts):
        raise ValueError(f"axes: expected {len(forecasts)} panels; got {len(panels)}")
    for panel, each in zip(panels, forecasts, strict=True):
        _draw(panel, each)
    figure: Any = panels[0].figure
    if axes is None:  # beside the panels, where it hides no line
        every = {name: handle for panel in panels
                 for handle, name in zip(*panel.get_legend_handles_labels(), strict=True)}  # fmt: skip
        figure.legend(
            [*every.values()], [*every], loc="outside lower center", ncols=len(every), frameon=False
        )
    else:
        panels[0].legend(loc="best", frameon=False)
    if title:
        figure.suptitle(title)
    return panels


def _draw(panel: Axes, each: Drawn) -> None:
    horizon = len(each.forecast)
    steps = np.arange(len(each.truth)) - (len(each.truth) - horizon) + 1
    ahead = np.arange(horizon + 1)  # from the last known value on
    known = each.truth[-horizon - 1]
    panel.plot(steps, each.truth, color="0.35", linewidth=1.2, label="truth")
    said = np.concatenate([[known], each.forecast])
    (line,) = panel.plot(ahead, said, color="C3", linewidth=1.6, label="forecast")
    if each.quantiles is not None and len(each.levels) > 1:
        low, high = (np.concatenate([[known], each.quantiles[:, q]]) for q in (0, -1))
        label = f"{each.levels[0]:g} to {each.levels[-1]:g}"
        panel.fill_between(
            ahead, low, high, color=line.get_color(), alpha=BAND, linewidth=0, label=label
        )
    panel.axvline(0, color="0.6", linewidth=0.8, linestyle=":")
    panel.set(
        title=in_short(each.title),
        xlabel=f"steps of {each.step}" if each.step else "steps",
        ylabel=in_short(each.target),
    )


def in_short(name: str) -> str:
    """A name that a panel has room for: the ends of one that is too long."""
    shown = " ".join(name.split())
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 13]}...{shown[-10:]}"
