"""The history file: one record a line, rewound when a run is resumed."""

from __future__ import annotations

import json

import pytest

from pyrnn.training import EndRecord, History, StepRecord, ValidationRecord, read_history


def step(number):
    return StepRecord(number, number / 5, 1.5, 0.3, 0.1 + 0.2, 4 * number, 0.5 * number)


VALIDATION = ValidationRecord(4, 0.8, {"loss": 1.25, "accuracy": 0.5}, best=True, seconds=2.0)
END = EndRecord(6, 1.2, "epochs", "", 1.25, 4, 24, 3.0)
RECORDS = [*map(step, range(1, 5)), VALIDATION, step(5), step(6), END]


def written(path, log_every=1):
    history = History(path, log_every)
    history.clear()
    for record in RECORDS:
        history.append(record)
    return history


def test_records_come_back(tmp_path):
    history = written(tmp_path / "h")
    assert read_history(tmp_path / "h") == history.records == RECORDS
    lines = (tmp_path / "h").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == [record.kind for record in RECORDS]


def test_every_record_is_on_disk_as_it_comes(tmp_path):
    history = History(tmp_path / "h")
    for number in range(1, 4):
        history.append(step(number))
        assert len(read_history(tmp_path / "h")) == number


def test_only_some_steps_are_kept(tmp_path):
    written(tmp_path / "h", log_every=3)
    assert read_history(tmp_path / "h") == [step(3), VALIDATION, step(6), END]


def test_without_a_file():
    assert written(None).records == RECORDS


@pytest.mark.parametrize(("place", "kept"), [(0, 0), (3, 3), (4, 5), (6, 7), (99, 7)])
def test_rewinding_drops_what_came_later_and_the_end(tmp_path, place, kept):
    written(tmp_path / "h")
    history = History(tmp_path / "h")
    history.rewind(place, validated=place)
    assert history.records == read_history(tmp_path / "h") == RECORDS[:kept]


def test_rewinding_drops_a_validation_out_of_turn(tmp_path):
    written(tmp_path / "h")
    history = History(tmp_path / "h")
    history.rewind(4, validated=2)
    assert history.records == RECORDS[:4]


def test_a_line_that_a_crash_cut_short_is_passed_over(tmp_path):
    written(tmp_path / "h")
    content = (tmp_path / "h").read_text()
    (tmp_path / "h").write_text(content[:-5])
    assert read_history(tmp_path / "h") == RECORDS[:-1]


@pytest.mark.parametrize("line", ["{", "[]", '{"kind": "x"}', '{"kind": "step"}', ""])
def test_any_other_line_that_is_no_record_is_an_error(tmp_path, line):
    written(tmp_path / "h")
    lines = (tmp_path / "h").read_text().split("\n")
    lines[2] = line
    (tmp_path / "h").write_text("\n".join(lines))
    with pytest.raises(ValueError, match="h: line 3 is no record"):
        read_history(tmp_path / "h")


def test_a_record_of_other_fields(tmp_path):
    (tmp_path / "h").write_text('{"kind": "step", "step": 1}\n')
    with pytest.raises(ValueError, match=r"expected the fields \['epoch'"):
        read_history(tmp_path / "h")
