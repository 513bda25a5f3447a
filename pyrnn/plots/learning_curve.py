"""Losses over the course of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pyrnn.plots.figure import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMOOTH_FROM = 60  # points; a curve with fewer is drawn as it is, with a mark at each
SPAN = 0.02  # of a curve's length: the width of the running mean


class Curve(NamedTuple):
    """One line of a picture: losses y measured at x (steps, seconds, tokens ...)."""

    x: Sequence[float]
    y: Sequence[float]


def plot_learning_curves(
    curves: Mapping[str, Curve],
    *,
    levels: Mapping[str, float] | None = None,
    x_label: str = "step",
    y_label: str = "loss",
    title: str = "",
    axes: Axes | None = None,
) -> Axes:
    """One line for each named curve, and one dotted level for each named baseline.

    A long curve (a loss at each training step) is drawn pale, with its running mean over 2 % of the
    points on top. axes: where to draw; None makes a new figure. Returns the axes.
    Raises ValueError for no curves or for x and y of different lengths, and
    MissingMatplotlibError where matplotlib is absent.
    """
    if not curves:
        raise ValueError("curves: expected at least one curve, got none")
    for name, curve in curves.items():
        if len(curve.x) != len(curve.y):
            raise ValueError(f"curves[{name!r}]: {len(curve.x)} x, {len(curve.y)} y")
    axes = new_axes() if axes is None else axes
    for name, curve in curves.items():
        if len(curve.y) < SMOOTH_FROM:
            axes.plot(curve.x, curve.y, marker="o", markersize=3, label=name)
            continue
        (pale,) = axes.plot(curve.x, curve.y, alpha=0.25, linewidth=0.8)
        axes.plot(curve.x, running_mean(curve.y), color=pale.get_color(), label=name)
    for position, (name, level) in enumerate((levels or {}).items()):
        axes.axhline(level, linestyle=(0, (1, 1 + position)), color="0.35", label=name)
    axes.set(xlabel=x_label, ylabel=y_label, title=title)
    axes.legend(frameon=False)
    return axes


def running_mean(values: Sequence[float]) -> np.ndarray:
    """The mean of up to 2 % of the values before each point, the point included. (N,) to (N,)"""
    sums = np.concatenate([[0.0], np.cumsum(np.asarray(values, dtype=np.float64))])
    width = max(int(len(values) * SPAN), 2)
    last = np.arange(1, len(values) + 1)
    first = np.maximum(last - width, 0)
    return (sums[last] - sums[first]) / (last - first)
