"""Records: which validation is better, and lines of a history, of today and of the first runs."""

from __future__ import annotations

import json

import pytest

from pyrnn.training import EndRecord, Monitor, StepRecord, ValidationRecord
from pyrnn.training.records import from_json, to_json

RECORDS = [
    StepRecord(3, 0.6, 1.5, 0.3, 0.1, 12, 1.5),
    ValidationRecord(5, 1.0, {"loss": 1.25, "accuracy": 0.5}, best=True, seconds=2.0),
    ValidationRecord(5, 1.0, {"loss": 1}, best=False, seconds=2),
    EndRecord(6, 1.2, "epochs", "", 1.25, 5, 24, 3.0),
    EndRecord(6, 1.2, "diverged", "nan", None, None, 24, 3.0),
]


@pytest.mark.parametrize(
    ("better", "value", "best", "expected"),
    [
        ("min", 1.0, 2.0, True),
        ("min", 2.0, 2.0, False),
        ("min", 3.0, 2.0, False),
        ("max", 3.0, 2.0, True),
        ("max", 2.0, 2.0, False),
        ("max", 1.0, 2.0, False),
        ("min", 9.0, None, True),
        ("max", -9.0, None, True),
    ],
)
def test_what_is_better(better, value, best, expected):
    monitor = Monitor("score", better)
    assert monitor.improves(value, best) is expected
    if value != best:  # the loss plays no part
        assert monitor.improves(value, best, 1.0, 2.0) is expected
        assert monitor.improves(value, best, 2.0, 1.0) is expected


@pytest.mark.parametrize("better", ["min", "max"])
@pytest.mark.parametrize(
    ("loss", "best_loss", "expected"),
    [(1.0, 2.0, True), (2.0, 2.0, False), (3.0, 2.0, False), (1.0, None, False)],
)
def test_of_equals_the_one_with_the_lower_loss(better, loss, best_loss, expected):
    assert Monitor("score", better).improves(0.5, 0.5, loss, best_loss) is expected


def test_by_default_the_loss_decides():
    assert Monitor() == Monitor("loss", "min")
    assert RECORDS[1].loss == 1.25


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.kind)
def test_a_record_comes_back_from_its_line(record):
    again = from_json(json.loads(json.dumps(to_json(record))))
    assert again == record
    assert type(again) is type(record)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metrics": {}}, "metrics: expected numbers by name, loss among them"),
        ({"metrics": {"accuracy": 0.5}}, "metrics: expected numbers by name, loss among them"),
        ({"metrics": {"loss": "low"}}, "metrics: expected numbers by name"),
        ({"metrics": {"loss": True}}, "metrics: expected numbers by name"),
        ({"metrics": {"loss": None}}, "metrics: expected numbers by name"),
        ({"metrics": [["loss", 1.0]]}, "metrics: expected dict"),
        ({"metrics": 1.0}, "metrics: expected dict"),
        ({"best": 1}, "best: expected bool; got"),
        ({"step": True}, "step: expected int; got"),
        ({"seconds": "2"}, "seconds: expected float; got"),
        ({"accuracy": 0.5}, "expected the fields .*got"),
        ({"kind": "epoch"}, "kind: expected one of step, validation, end; got 'epoch'"),
        ({"kind": None}, "expected a record of a kind"),
    ],
)
def test_what_is_no_record(change, words):
    with pytest.raises(ValueError, match=words):
        from_json({**to_json(RECORDS[1]), **change})


# lines as they were written when only language models were trained

ONCE_STEP = {"kind": "step", "step": 3, "epoch": 0.6, "loss": 1.5, "gradient_norm": 0.3}
ONCE_STEP |= {"learning_rate": 0.1, "tokens": 12, "seconds": 1.5}
ONCE_VALIDATION = {"kind": "validation", "step": 5, "epoch": 1.0, "loss": 1.25}
ONCE_VALIDATION |= {"bits_per_character": 1.8, "best": True, "seconds": 2.0}
ONCE_END = {"kind": "end", "step": 6, "epoch": 1.2, "reason": "epochs", "detail": ""}
ONCE_END |= {"best_loss": 1.25, "best_step": 5, "tokens": 24, "seconds": 3.0}


def test_earlier_lines_are_read():
    assert from_json(ONCE_STEP) == RECORDS[0]
    assert from_json(ONCE_END) == RECORDS[3]
    found = from_json(ONCE_VALIDATION)
    expected = {"loss": 1.25, "bits_per_character": 1.8}
    assert found == ValidationRecord(5, 1.0, expected, best=True, seconds=2.0)
    without = from_json({**ONCE_VALIDATION, "bits_per_character": None})
    assert without.metrics == {"loss": 1.25}


@pytest.mark.parametrize(
    "line",
    [
        {**ONCE_STEP, "tokens": "12"},
        {**ONCE_STEP, "tokens": None},
        {**ONCE_STEP, "items": 12},
        {**ONCE_VALIDATION, "loss": "low"},
        {**ONCE_VALIDATION, "loss": None},
        {**ONCE_VALIDATION, "bits_per_character": "few"},
        {**ONCE_VALIDATION, "metrics": {"loss": 1.0}},
        {**ONCE_END, "best_loss": "x"},
        {**ONCE_END, "best": 1.25},
    ],
)
def test_earlier_lines_that_are_damaged(line):
    with pytest.raises(ValueError, match="expected"):
        from_json(line)
