from __future__ import annotations

import json
import statistics
from pathlib import Path

import pytest

from pyrnn.comparison import Report
from pyrnn.comparison.display import watch
from pyrnn.comparison.picture import draw


def test_standings_are_what_the_records_say(contest) -> None:
    running = contest("rnn_tanh", "gru", max_steps=20, validate_every=6)
    records = list(running.run())
    test = running.parts.valid[:200]
    report = Report.of(running, test)
    for standing in report.standings:
        mine = [record for contestant, record in records if contestant.name == standing.name]
        steps = [record for record in mine if record.kind == "step"]
        validations = [record for record in mine if record.kind == "validation"]
        assert standing.steps == len(steps) == 20
        assert standing.tokens == steps[-1].tokens
        assert standing.gradient_norm == statistics.median(r.gradient_norm for r in steps)
        assert standing.best == min(r.loss for r in validations)
        assert [v.step for v in validations] == [6, 12, 18, 20]
        model = next(c.model for c in running.contestants if c.name == standing.name)
        assert standing.test == -model.score(test).mean
        # bits a character are those of the records
        bits = min(r.bits_per_character for r in validations)
        assert report.bits_per_character(standing.best) == pytest.approx(bits, rel=1e-12)
    assert report.common_step == 20
    best = {s.name: s.best for s in report.standings}
    assert best[report.winner] == min(best.values())


def test_speed_leaves_validations_out(contest) -> None:
    # a look at the clock is a second: as many seconds a step, whether validated or not
    speeds = []
    for every in (1, 1000):
        running = contest("gru", max_steps=30, validate_every=every)
        list(running.run())
        speeds.append(running.contestants[0].tokens_per_second)
    assert speeds[0] == pytest.approx(speeds[1], rel=0.35)
    seconds = running.contestants[0].result.end.seconds
    assert running.contestants[0].tokens / seconds < speeds[1]


def test_json_holds_all_of_it(contest, tmp_path: Path) -> None:
    running = contest("rnn_tanh", "gru", max_steps=7, validate_every=3)
    list(watch(running))
    report = Report.of(running, about={"text": "cat"})
    report.save(tmp_path / "x.json")
    found = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert (found["format"], found["version"]) == ("pyrnn comparison", 1)
    assert found["settings"]["text"] == "cat"
    assert found["courses"]["gru"]["training"]["step"] == list(range(1, 8))
    assert found["courses"]["gru"]["validation"]["step"] == [3, 6, 7]
    assert found["standings"][1]["best"] == report.standings[1].best


def test_a_contest_that_never_began_has_a_report(contest) -> None:
    running = contest("rnn_tanh", "gru", max_steps=7)
    running.interruption.wished = True
    list(running.run())
    report = Report.of(running)
    assert report.interrupted
    assert report.common_step is None
    assert report.winner is None
    assert report.standings[1].tokens_per_second is None
    json.dumps(report.to_json(), allow_nan=False)
    pytest.importorskip("matplotlib")
    draw(report, "characters")


def test_the_picture_has_a_pair_of_lines_for_each_in_both_panels(contest) -> None:
    pytest.importorskip("matplotlib")
    running = contest("rnn_tanh", "gru", max_steps=7, validate_every=3)
    list(running.run())
    figure = draw(Report.of(running), "characters")
    by_tokens, by_time = figure.axes
    assert len(by_tokens.lines) == 5  # and the line of equal tokens
    assert len(by_time.lines) == 4
    (legend,) = figure.legends
    assert [text.get_text().split(",")[0] for text in legend.get_texts()] == ["rnn_tanh", "gru"]
    assert by_tokens.get_ylabel() == "nats a character"
