from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest

from pyrnn.models.report import ForecastPanel as Drawn
from pyrnn.plots import (
    ComparedRun,
    Curve,
    Losses,
    MissingMatplotlibError,
    check_picture,
    plot_attention,
    plot_comparison,
    plot_confusion,
    plot_forecasts,
    plot_gradient_flow,
    plot_learning_curves,
    plot_predictions,
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


def test_attention_has_a_row_for_each_written_token() -> None:
    pytest.importorskip("matplotlib")
    weights = np.array([[0.9, 0.1, 0.0], [0.0, 0.25, 0.75]])
    axes = plot_attention(weights, ["5 $", "x$ \n", "a" * 30], ["costs", "€"], title="prices")
    np.testing.assert_array_equal(axes.images[0].get_array(), weights)
    read = [label.get_text() for label in axes.get_xticklabels()]
    assert read == ["5␣$", "x$␣\\n", "a" * 17 + "..."]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["costs", "€"]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("written", "read")
    assert png(axes.figure).startswith(b"\x89PNG")


@pytest.mark.parametrize(("read", "written"), [(1, 1), (300, 130)])
def test_attention_of_short_and_of_long_texts_can_be_read(read: int, written: int) -> None:
    pytest.importorskip("matplotlib")
    axes = plot_attention(np.ones((written, read)) / read, range(read), range(written))
    assert 1 <= len(axes.get_xticklabels()) <= 60
    assert (axes.figure.get_size_inches() <= 14).all()
    assert png(axes.figure).startswith(b"\x89PNG")


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (3,), (0, 3)])
def test_attention_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    target = ["a", "b"] if shape[0] else []
    with pytest.raises(ValueError, match=r"^weights: expected shape \([02], 3\), .*; got \("):
        plot_attention(np.zeros(shape), ["x", "y", "z"], target)


def shown(**more: Any) -> Drawn:
    """Ten hours and the two behind them."""
    about = {"title": "oil", "truth": np.arange(12.0), "forecast": np.array([9.5, 9.0])}
    return Drawn(**{**about, "target": "OT", "step": "1 hour", **more})


def test_forecasts_begin_where_the_truth_was_known() -> None:
    pytest.importorskip("matplotlib")
    quantiles = np.array([[9.0, 10.0], [8.0, 10.0]])
    panels = plot_forecasts([shown(), shown(quantiles=quantiles, levels=(0.1, 0.9))], title="all")
    assert len(panels) == 2
    truth, said, _ = panels[0].lines
    np.testing.assert_array_equal(truth.get_xdata(), np.arange(-9, 3))
    np.testing.assert_array_equal(said.get_xdata(), [0, 1, 2])
    np.testing.assert_array_equal(said.get_ydata(), [9, 9.5, 9])
    assert [len(panel.collections) for panel in panels] == [0, 1]
    assert (panels[0].get_title(), panels[0].get_xlabel()) == ("oil", "steps of 1 hour")
    assert panels[0].get_ylabel() == "OT"
    figure = panels[0].figure
    assert png(figure).startswith(b"\x89PNG")
    (legend,) = figure.legends  # below the panels, with what any of them has
    assert [each.get_text() for each in legend.get_texts()] == ["truth", "forecast", "0.1 to 0.9"]
    assert legend.get_window_extent().y1 < min(panel.get_window_extent().y0 for panel in panels)


def test_long_names_take_no_room_from_forecasts() -> None:
    pytest.importorskip("matplotlib")
    name = "International airline passengers: monthly totals in thousands. Jan 49 ? Dec 60"
    sizes = []
    for target in ("OT", name):
        panels = plot_forecasts([shown(target=target, title=target)] * 2)
        assert png(panels[0].figure).startswith(b"\x89PNG")
        sizes.append(panels[0].get_window_extent().bounds[2:])
    assert panels[0].get_ylabel() == "International airline p...9 ? Dec 60"
    np.testing.assert_allclose(*sizes, rtol=0.02)


@pytest.mark.parametrize(
    ("forecasts", "words"),
    [
        ([], "forecasts: expected at least one; got none"),
        ([shown(forecast=np.zeros(12))], r"forecasts\[0\]: expected fewer steps than the 12"),
        ([shown(forecast=np.zeros(0))], r"forecasts\[0\]: expected fewer steps .*; got 0"),
    ],
)
def test_forecasts_that_are_none(forecasts: list[Drawn], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plot_forecasts(forecasts)
    with pytest.raises(ValueError, match="axes: expected 1 panels; got 0"):
        plot_forecasts([shown()], axes=[])


@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: plot_learning_curves({"a": Curve([0, 1], [2.0, 1.0])}, axes=axes),
        lambda axes: plot_gradient_flow({"a": [1.0, 0.5]}, axes=axes),
        lambda axes: plot_predictions(np.ones(2), np.ones(2), axes=[axes])[0],
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


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plot_gradient_flow({"LSTM": [1.0]}),
        lambda: plot_attention(np.ones((1, 1)), ["a"], ["b"]),
        lambda: plot_predictions(np.ones(1), np.ones(1)),
        lambda: check_picture("a.png"),
    ],
)
def test_error_says_how_to_get_matplotlib(monkeypatch: pytest.MonkeyPatch, draw: Any) -> None:
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backend_bases"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingMatplotlibError, match="pip install matplotlib"):
        draw()


@pytest.mark.parametrize("name", ["a.png", "folder.d/A.PDF", "a.svg"])
def test_names_of_pictures(name: str) -> None:
    pytest.importorskip("matplotlib")
    check_picture(name)


@pytest.mark.parametrize("name", ["a", "a.txt", "png", ".png", "a.png.", "a.docx"])
def test_names_of_none(name: str) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match=r"expected a name that ends in one of .*\.pdf, .*\.png"):
        check_picture(name)


def test_predictions_stand_at_their_numbers_beside_a_diagonal() -> None:
    pytest.importorskip("matplotlib")
    true, said = np.array([0.0, 100.0, 40.0]), np.array([10.0, 80.0, -20.0])
    (axes,) = plot_predictions(true, said, ["rul"])
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), np.stack([true, said], axis=1))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("true rul", "predicted rul")
    (diagonal,) = axes.lines
    low, high = axes.get_xlim()
    assert axes.get_ylim() == (low, high)
    for ends in (diagonal.get_xdata(), diagonal.get_ydata()):
        assert tuple(ends) == (low, high)
    assert low < -20
    assert high > 100
    assert axes.get_aspect() == 1
    assert png(axes.figure).startswith(b"\x89PNG")


@pytest.mark.parametrize("targets", [1, 2, 5, 13])
def test_each_target_has_a_panel_of_its_own_scale(targets: int) -> None:
    pytest.importorskip("matplotlib")
    true = np.arange(3.0)[:, None] * 10.0 ** np.arange(targets)
    panels = plot_predictions(true, true, title="test.csv")
    assert len(panels) == len(panels[0].figure.axes) == min(targets, 12)
    for k, axes in enumerate(panels):
        assert axes.get_xlabel() == (f"true target {k + 1}" if targets > 1 else "true")
        assert 2 * 10**k < axes.get_xlim()[1] < 2.2 * 10**k
    more = ", the first 12 of 13 targets" if targets > 12 else ""
    assert panels[0].figure.get_suptitle() == f"test.csv{more}"
    assert png(panels[0].figure).startswith(b"\x89PNG")


def test_one_prediction_and_very_many_are_drawn_too() -> None:
    pytest.importorskip("matplotlib")
    for value in (0.0, -3.0, 1e9):
        (axes,) = plot_predictions(np.array([value]), np.array([value]))
        low, high = axes.get_xlim()
        assert low < value < high
    few, many = (plot_predictions(*np.ones((2, n)))[0].collections[0] for n in (10, 3000))
    assert few.get_sizes() > many.get_sizes()
    assert few.get_alpha() > many.get_alpha()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.ones(3), np.ones(2)), r"\(N, K\) with N > 0; got \(2, 1\) beside \(3, 1\)"),
        ((np.ones((0, 2)), np.ones((0, 2))), r"got \(0, 2\) beside"),
        ((np.ones((2, 2, 2)), np.ones((2, 2, 2))), r"got \(2, 2, 2\) beside"),
        ((np.ones((3, 2)), np.ones((3, 2)), ["a"]), "targets: expected 2 names; got 1"),
        ((np.ones((3, 2)), np.ones((3, 2)), None, []), "axes: expected 2 panels; got 0"),
    ],
)
def test_predictions_that_cannot_be_drawn(arguments: Any, words: str) -> None:
    true, said, *rest = arguments
    how = dict(zip(("targets", "axes"), rest, strict=False))
    with pytest.raises(ValueError, match=words):
        plot_predictions(true, said, **how)


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
