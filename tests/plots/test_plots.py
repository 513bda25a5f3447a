from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest

from pyrnn.plots import (
    ComparedRun,
    Curve,
    Losses,
    MissingMatplotlibError,
    plot_comparison,
    plot_confusion,
    plot_gradient_flow,
    plot_learning_curves,
)
from pyrnn.plots.learning_curve import SMOOTH_FROM, running_mean


def png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def test_learning_curves_draw_each_curve_and_level() -> None:
    pytest.importorskip("matplotlib")
    long = Curve(range(SMOOTH_FROM), np.linspace(3.0, 1.0, SMOOTH_FROM).tolist())
    short = Curve([0, 30], [2.5, 1.5])
    axes = plot_learning_curves(
        {"training": long, "validation": short}, levels={"3-gram": 1.8}, y_label="nats"
    )
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "training",
        "validation",
        "3-gram",
    ]
    assert axes.get_ylabel() == "nats"
    # the long curve twice (pale and smoothed), the short one once, the level once
    assert [len(line.get_xdata()) for line in axes.lines] == [SMOOTH_FROM, SMOOTH_FROM, 2, 2]
    assert png(axes.figure).startswith(b"\x89PNG")


def test_gradient_flow_is_logarithmic_and_stops_at_zero() -> None:
    pytest.importorskip("matplotlib")
    axes = plot_gradient_flow({"LSTM": [1.0, 0.5, 0.25], "RNN": [1.0, 1e-9, 0.0]})
    assert axes.get_yscale() == "log"
    assert np.isnan(axes.lines[1].get_ydata()).tolist() == [False, False, True]
    assert png(axes.figure).startswith(b"\x89PNG")


def test_a_confusion_matrix_has_its_counts_and_the_colours_of_its_rows_shares() -> None:
    pytest.importorskip("matplotlib")
    counts = np.array([[90, 10], [1, 1]])
    axes = plot_confusion(counts, ["no", True])
    assert [text.get_text() for text in axes.texts] == ["90", "10", "1", "1"]
    assert [text.get_color() for text in axes.texts] == ["white", "black", "black", "black"]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.9, 0.1], [0.5, 0.5]])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["no", "True"]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true", "predicted")
    assert png(axes.figure).startswith(b"\x89PNG")


def test_a_confusion_matrix_of_many_classes_or_of_an_absent_one_is_drawn_too() -> None:
    pytest.importorskip("matplotlib")
    axes = plot_confusion(np.eye(21, dtype=int) * np.arange(21), range(21))
    assert not axes.texts
    assert np.isfinite(axes.images[0].get_array()).all()


def test_a_confusion_matrix_grows_with_its_classes_and_shows_no_zeros() -> None:
    pytest.importorskip("matplotlib")
    few, many = (plot_confusion(np.eye(n, dtype=int), range(n)) for n in (2, 20))
    assert len(many.texts) == 20
    a_cell = many.figure.get_size_inches() / 20
    assert (many.figure.get_size_inches() > few.figure.get_size_inches()).all()
    assert (a_cell > 0.3).all()  # a number of four digits in 7 points is as wide


def test_a_confusion_matrix_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^confusion: expected shape \(2, 2\).*; got \(2, 3\)$"):
        plot_confusion(np.zeros((2, 3)), ["a", "b"])


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: plot_learning_curves({"a": Curve([0, 1], [2.0, 1.0])}, axes=axes),
        lambda axes: plot_gradient_flow({"a": [1.0, 0.5]}, axes=axes),
    ],
)
def test_axes_that_are_given_are_drawn_into_and_returned(draw: Any) -> None:
    figures = pytest.importorskip("matplotlib.figure")
    figure = figures.Figure()
    left, right = figure.subplots(1, 2)
    assert draw(right) is right
    assert not left.lines
    assert len(right.lines) == 1
    assert png(figure).startswith(b"\x89PNG")


@pytest.mark.parametrize("n", [1, 2, 3, 99, 100, 500])
def test_running_mean_is_the_mean_of_the_last_points(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n).tolist()
    width = max(int(n * 0.02), 2)
    expected = [np.mean(values[max(0, i + 1 - width) : i + 1]) for i in range(n)]
    # differences of a running sum of n terms of size 1, in float64
    np.testing.assert_allclose(running_mean(values), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot_learning_curves({}), "at least one curve"),
        (lambda: plot_learning_curves({"a": Curve([1, 2], [1])}), "2 x, 1 y"),
        (lambda: plot_gradient_flow({}), "at least one line"),
        (lambda: plot_comparison({}), "at least one"),
        (
            lambda: plot_comparison({"a": ComparedRun(Losses([], [], []), Losses([1], [], []))}),
            r"runs\['a'\].validation: columns of lengths 1, 0, 0",
        ),
        (lambda: plot_gradient_flow({"a": []}), "at least one step"),
    ],
)
def test_nothing_to_draw(draw: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw()


def test_error_says_how_to_get_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingMatplotlibError, match="pip install matplotlib"):
        plot_gradient_flow({"LSTM": [1.0]})


def compared(scale: float, seconds: float = 10.0) -> ComparedRun:
    training = Losses(list(range(100)), np.linspace(0, seconds, 100).tolist(),
                      [scale * (1 + 9 * np.exp(-i)) for i in range(100)])  # fmt: skip
    return ComparedRun(training, Losses([50, 99], [seconds / 2, seconds], [scale, 0.9 * scale]))


def test_comparison_leaves_the_plunge_of_the_first_steps_out() -> None:
    pytest.importorskip("matplotlib")
    panels = plot_comparison({"a": compared(1.0), "b": compared(2.0)}, equal_tokens=50)
    by_tokens, by_time = panels
    low, high = by_tokens.get_ylim()
    assert by_time.get_ylim() == (low, high)
    assert 0.7 < low < 0.9
    assert 2.0 < high < 3.0  # and not 20, where the second begins
    assert by_time.get_xlabel() == "seconds of training"
    colours = [{line.get_color() for line in axes.lines[:2]} for axes in panels]
    assert colours[0] == colours[1]
    assert len(colours[0]) == 1
    assert png(by_tokens.figure).startswith(b"\x89PNG")


def test_comparison_of_long_runs_is_in_minutes() -> None:
    pytest.importorskip("matplotlib")
    _, by_time = plot_comparison({"a": compared(1.0, seconds=600.0)})
    assert by_time.get_xlabel() == "minutes of training"
    assert max(by_time.lines[0].get_xdata()) == 10.0


def test_a_comparison_takes_two_panels() -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure(layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    assert plot_comparison({"a": compared(1.0)}, title="t", axes=panels) == tuple(panels)
    assert all(len(panel.lines) == 2 for panel in panels)
    assert png(figure).startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="axes: expected two panels; got 1"):
        plot_comparison({"a": compared(1.0)}, axes=[panels[0]])
