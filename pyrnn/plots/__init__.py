"""Pictures of models and their training, drawn by matplotlib (the extra `plot`).

    figure.py           empty figures, names of pictures, the error where matplotlib is absent
    learning_curve.py   losses over the course of training
    comparison.py       those of several models, by text read and by time
    confusion.py        which classes a model takes for which
    predictions.py      predicted numbers against the true ones
    forecast.py         forecasts, with what came before and then
    attention.py        where a model looks in one text while it writes another
    gradient_flow.py    the size of the gradient on its way back through time

Every function draws into the matplotlib Axes that it is given, `axes=`, or into those of a new
Figure, and returns them. A new Figure belongs to no window: `axes.figure.savefig(path)`, or show
`axes.figure` in a notebook. matplotlib is imported when the first picture is drawn, not before.
"""

from __future__ import annotations

from pyrnn.plots.attention import plot_attention
from pyrnn.plots.comparison import ComparedRun, Losses, plot_comparison
from pyrnn.plots.confusion import plot_confusion
from pyrnn.plots.figure import MissingMatplotlibError, check_picture
from pyrnn.plots.forecast import plot_forecasts
from pyrnn.plots.gradient_flow import plot_gradient_flow
from pyrnn.plots.learning_curve import Curve, plot_learning_curves
from pyrnn.plots.predictions import plot_predictions

__all__ = [
    "ComparedRun",
    "Curve",
    "Losses",
    "MissingMatplotlibError",
    "check_picture",
    "plot_attention",
    "plot_comparison",
    "plot_confusion",
    "plot_forecasts",
    "plot_gradient_flow",
    "plot_learning_curves",
    "plot_predictions",
]
