from __future__ import annotations

import json
import statistics
from pathlib import Path

import pytest

from pyrnn.comparison import Report
from pyrnn.comparison.display import watch
from pyrnn.comparison.picture import draw

from .conftest import FAMILIES, TEXT, monitors_of


def test_results_are_what_the_records_say(comparison) -> None:
    running = comparison("rnn_tanh", "gru", max_steps=20, validate_every=6)
    records = list(running.run())
    test = (TEXT[:200],)
    report = Report.of(running, test)
    for result in report.results:
        mine = [record for candidate, record in records if candidate.name == result.name]
        steps = [record for record in mine if record.kind == "step"]
        validations = [record for record in mine if record.kind == "validation"]
        assert result.steps == len(steps) == 20
        assert result.items == steps[-1].items
        assert result.gradient_norm == statistics.median(r.gradient_norm for r in steps)
        assert result.best == min(r.loss for r in validations)
        assert [v.step for v in validations] == [6, 12, 18, 20]
        model = next(c.model for c in running.candidates if c.name == result.name)
        assert result.test == model.evaluate(*test)
        assert result.metrics == min((r.metrics for r in validations), key=lambda m: m["loss"])
    assert report.common_step == 20
    best = {s.name: s.best for s in report.results}
    assert best[report.winner] == min(best.values())


def test_speed_leaves_validations_out(comparison) -> None:
    # a look at the clock is a second: as many seconds a step, whether validated or not
    speeds = []
    for every in (1, 1000):
        running = comparison("gru", max_steps=30, validate_every=every)
        list(running.run())
        speeds.append(running.candidates[0].items_per_second)
    assert speeds[0] == pytest.approx(speeds[1], rel=0.35)
    seconds = running.candidates[0].result.end.seconds
    assert running.candidates[0].items / seconds < speeds[1]


def test_json_holds_all_of_it(comparison, tmp_path: Path) -> None:
    running = comparison("rnn_tanh", "gru", max_steps=7, validate_every=3)
    list(watch(running))
    report = Report.of(running, about={"text": "cat"})
    report.save(tmp_path / "x.json")
    found = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert (found["format"], found["version"]) == ("pyrnn comparison", 2)
    assert found["settings"]["text"] == "cat"
    assert found["curves"]["gru"]["training"]["step"] == list(range(1, 8))
    assert found["curves"]["gru"]["validation"]["step"] == [3, 6, 7]
    assert found["results"][1]["best"] == report.results[1].best


def test_a_comparison_that_never_began_has_a_report(comparison) -> None:
    running = comparison("rnn_tanh", "gru", max_steps=7)
    running.interruption.wished = True
    list(running.run())
    report = Report.of(running)
    assert report.interrupted
    assert report.common_step is None
    assert report.winner is None
    assert report.results[1].items_per_second is None
    json.dumps(report.to_json(), allow_nan=False)
    pytest.importorskip("matplotlib")
    draw(report)


def test_the_picture_has_a_pair_of_lines_for_each_in_both_panels(comparison) -> None:
    pytest.importorskip("matplotlib")
    running = comparison("rnn_tanh", "gru", max_steps=7, validate_every=3)
    list(running.run())
    figure = draw(Report.of(running))
    by_tokens, by_time = figure.axes
    assert len(by_tokens.lines) == 5  # and the line of equal tokens
    assert len(by_time.lines) == 4
    (legend,) = figure.legends
    assert [text.get_text().split(",")[0] for text in legend.get_texts()] == ["rnn_tanh", "gru"]
    assert by_tokens.get_ylabel() == "loss a character"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_winner_is_the_monitor_s(comparison, family: str) -> None:
    monitors = monitors_of(family)
    for name in monitors:
        running = comparison("rnn_tanh", "gru", family=family, max_steps=6, monitor=name)
        list(running.run())
        report = Report.of(running)
        best = {result.name: result.best for result in report.results}
        choose = min if monitors[name] == "min" else max
        assert best[report.winner] == choose(best.values())
        assert report.unit == ("characters" if family == "lm" else "sequences")
