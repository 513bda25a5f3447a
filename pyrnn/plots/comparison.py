"""Several models of one text beside each other: losses by what was read, and by the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pyrnn.plots.figure import new_panels
from pyrnn.plots.learning_curve import running_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Told apart with any kind of colour vision, and in print (Okabe and Ito, Color universal design)
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
PALE: dict[str, Any] = {"linewidth": 1.2, "alpha": 0.35}  # training
CLEAR: dict[str, Any] = {"linewidth": 1.8, "marker": "o", "markersize": 3.2}  # validation
GREY = "0.35"
PLUNGES = 0.2, 0.1  # of a training, a validation curve: what may leave the picture at its top
LETTERS = 135  # of a legend's names in one row
MARGIN = 0.06  # of the picture's height
MINUTES_FROM = 180  # seconds; a longer training is drawn in minutes


class Losses(NamedTuple):
    """Losses measured along a training, after so many tokens and seconds; all of one length."""

    tokens: Sequence[float]
    seconds: Sequence[float]
    loss: Sequence[float]


class ComparedRun(NamedTuple):
    """One model's losses on the texts that it was trained on and validated with."""

    training: Losses
    validation: Losses


def plot_comparison(
    runs: Mapping[str, ComparedRun],
    *,
    equal_tokens: float | None = None,
    unit: str = "tokens",
    y_label: str = "loss",
    title: str = "",
    axes: Sequence[Axes] | None = None,
) -> tuple[Axes, Axes]:
    """Two panels: the losses by the tokens that were read, and by the time that this took.

    The validation losses are drawn with their points, the training losses pale behind them: the
    running mean over 2 % of their points. equal_tokens: where to draw a line at which all have read
    as much; default none. unit: what the tokens are called. axes: the two panels to draw into, best
    with a common y axis; None makes a new figure. title and legend go to their figure.
    Returns the two panels. Raises ValueError for no runs, for lists of different lengths and for
    other than two panels, and MissingMatplotlibError where matplotlib is absent.
    """
    _check(runs)
    panels = new_panels(2) if axes is None else list(axes)
    if len(panels) != 2:
        raise ValueError(f"axes: expected two panels; got {len(panels)}")
    by_tokens, by_time = panels
    figure: Any = by_tokens.figure
    smooth = {name: _smoothed(run.training) for name, run in runs.items()}
    longest = max((max(curve.seconds, default=0.0) for curve in smooth.values()), default=0.0)
    scale = 60.0 if longest >= MINUTES_FROM else 1.0
    for number, (name, run) in enumerate(runs.items()):
        colour = COLOURS[number % len(COLOURS)]
        for curve, label, look in ((smooth[name], None, PALE), (run.validation, name, CLEAR)):
            times = np.asarray(curve.seconds, dtype=np.float64) / scale
            by_tokens.plot(curve.tokens, curve.loss, color=colour, label=label, **look)
            by_time.plot(times, curve.loss, color=colour, **look)
    _frame(by_tokens, list(smooth.values()), [run.validation for run in runs.values()])
    if equal_tokens is not None:
        _mark(by_tokens, equal_tokens)
    _label(by_tokens, by_time, unit, "minutes" if scale > 1 else "seconds", y_label)
    figure.suptitle(title)
    columns = max(1, LETTERS // (max(map(len, runs)) + 6))  # 6: a line before each name
    figure.legend(loc="outside lower center", ncols=min(len(runs), columns), frameon=False)
    return by_tokens, by_time


def _check(runs: Mapping[str, ComparedRun]) -> None:
    if not runs:
        raise ValueError("runs: expected at least one, got none")
    for name, run in runs.items():
        for part, losses in zip(run._fields, run, strict=True):
            if len({len(column) for column in losses}) > 1:
                lengths = ", ".join(str(len(column)) for column in losses)
                raise ValueError(f"runs[{name!r}].{part}: columns of lengths {lengths}")


def _smoothed(losses: Losses) -> Losses:
    return losses._replace(loss=running_mean(losses.loss).tolist())


def _frame(axes: Axes, *kinds: Sequence[Losses]) -> None:
    """The heights between which curves differ: the plunge of the first steps goes out of sight."""
    settled = np.concatenate(
        [
            curve.loss[int(plunge * len(curve.loss)) :]
            for plunge, curves in zip(PLUNGES, kinds, strict=True)
            for curve in curves
        ]
    )
    finite = settled[np.isfinite(settled)]
    if finite.size:
        low, high = finite.min(), finite.max()
        margin = MARGIN * (high - low) or MARGIN
        axes.set_ylim(low - margin, high + margin)


def _mark(axes: Axes, tokens: float) -> None:
    left = tokens > sum(axes.get_xlim()) / 2  # where there is room, above the curves
    axes.axvline(tokens, color=GREY, linestyle=(0, (1, 2)), linewidth=1)
    axes.annotate(
        "all have read as much",
        (tokens, 0.97),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if left else 4, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top",
        fontsize="small",
        color=GREY,
    )


def _label(by_tokens: Axes, by_time: Axes, unit: str, time: str, y_label: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.ticker import EngFormatter

    by_tokens.xaxis.set_major_formatter(EngFormatter(sep=" "))
    by_tokens.set(xlabel=f"{unit} read", ylabel=y_label, title="by the text read")
    by_time.set(xlabel=f"{time} of training", title="by the time spent")
    for axes in (by_tokens, by_time):
        axes.set_xlim(left=0)
    kinds = [Line2D([], [], color=GREY, label="validation", **CLEAR)]
    kinds += [Line2D([], [], color=GREY, label="training", **PALE)]
    by_time.legend(handles=kinds, loc="upper right", edgecolor="none")
