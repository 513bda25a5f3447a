"""Predicted numbers against the true ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pyrnn.plots.figure import new_squares

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 12  # panels; of more targets, the first are drawn
MARGIN = 0.04  # of the range of the numbers, around them
LOOKS = ((200, 18, 0.7), (2000, 8, 0.5), (np.inf, 4, 0.25))  # up to so many points: size, opacity


def plot_predictions(
    truths: np.ndarray,
    predictions: np.ndarray,
    targets: Sequence[str] | None = None,
    *,
    title: str = "",
    axes: Sequence[Axes] | None = None,
) -> list[Axes]:
    """A point an example, at the true number and the predicted one; on the diagonal both agree.

    truths, predictions: (N, K), a panel for each of K targets, of more than 12 for the first 12;
    (N,) is one target. targets: their names. Both axes of a panel have one scale.
    axes: the panels to draw into; None makes a new figure. title goes to their figure.
    Returns the panels.
    Raises ValueError for no examples, for other shapes and for another number of names or panels,
    MissingMatplotlibError where matplotlib is absent.
    """
    y, p = (_columns(np.asarray(values, np.float64)) for values in (truths, predictions))
    if y.shape != p.shape or y.ndim != 2 or not y.size:
        raise ValueError(
            f"predictions: expected the shape of truths, (N, K) with N > 0; got {np.shape(p)} "
            f"beside {np.shape(y)}"
        )
    names = _names(targets, y.shape[1])
    shown = min(y.shape[1], MOST)
    panels = new_squares(shown) if axes is None else list(axes)
    if len(panels) != shown:
        raise ValueError(f"axes: expected {shown} panels; got {len(panels)}")
    for panel, name, true, said in zip(panels, names, y.T, p.T, strict=False):
        _draw(panel, true, said)
        panel.set(xlabel=f"true {name}".rstrip(), ylabel=f"predicted {name}".rstrip())
    panels[0].legend(loc="upper left", frameon=False)
    figure: Any = panels[0].figure
    more = f"the first {shown} of {len(names)} targets" if len(names) > shown else ""
    if title or more:
        figure.suptitle(", ".join(filter(None, (title, more))))
    return panels


def _columns(values: np.ndarray) -> np.ndarray:
    return values[:, None] if values.ndim == 1 else values


def _names(targets: Sequence[str] | None, count: int) -> list[str]:
    if targets is None:
        return [""] if count == 1 else [f"target {k}" for k in range(1, count + 1)]
    if len(targets) != count:
        raise ValueError(f"targets: expected {count} names; got {len(targets)}")
    return list(map(str, targets))


def _draw(panel: Axes, true: np.ndarray, said: np.ndarray) -> None:
    both = np.concatenate([true, said])
    low, high = both.min(), both.max()
    margin = MARGIN * (high - low) or max(MARGIN * abs(high), MARGIN)
    limits = low - margin, high + margin
    _, size, opacity = next(look for look in LOOKS if len(true) <= look[0])
    panel.plot(limits, limits, color="0.35", linestyle="--", linewidth=1, label="exact", zorder=3)
    # a picture of vectors would hold each of a hundred thousand points
    panel.scatter(true, said, s=size, alpha=opacity, linewidths=0, rasterized=True, zorder=2)
    panel.set(xlim=limits, ylim=limits, aspect="equal")
