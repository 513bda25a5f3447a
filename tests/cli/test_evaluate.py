"""`pyrnn evaluate`: metrics, the confusion matrix, and what was got wrong."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pyrnn.files.content import Content
from pyrnn.models import SequenceClassifier, load
from pyrnn.models.report import Mistake, Report, Table, largest_errors

TABLE = "text,label\n" + "the cat,a\nred dog,a\nand,none\nmat,a\n" * 5


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """Labelled texts, some of them wrongly."""
    path = tmp_path / "wrong.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_any_family_has_its_metrics(run, sample, tmp_path: Path) -> None:
    folder = tmp_path / "trained"
    run("train", sample.family, sample.data, "-o", folder, *sample.settings, "--max-steps", 3)
    model = load(folder)
    found = json.loads(run("evaluate", folder, sample.data, "--format", "json").stdout)
    content = Content.of(sample.data)
    expected = model.evaluate(*model.read_file(content, model.columns))
    assert {name: found[name] for name in expected} == expected
    output = run("evaluate", folder, sample.data).stdout
    for name, value in expected.items():
        assert name in output
        assert f"{value:.4f}" in output


def test_the_confusion_matrix(run, classifier: Path, wrong: Path) -> None:
    found = json.loads(run("evaluate", classifier, wrong, "--format", "json").stdout)
    assert found["labels"] == ["a", "none"]
    assert [sum(row) for row in found["confusion"]] == [15, 5]
    right = sum(found["confusion"][k][k] for k in range(2))
    assert found["accuracy"] == right / 20
    lines = run("evaluate", classifier, wrong).stdout.splitlines()
    (row,) = (line.split() for line in lines if line.split()[:1] == ["none"])
    assert row[1:] == list(map(str, found["confusion"][1]))


@pytest.mark.parametrize("columns", [40, 100, 300])
def test_the_confusion_matrix_of_many_classes_is_whole(
    run, tmp_path: Path, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = [f"language-{letter}" for letter in "abcdefghijkl"]
    texts = [label[-1] * 3 for label in labels]
    model = SequenceClassifier(hidden_size=4, unit="characters").for_data(texts, labels)
    model.save(tmp_path / "many")
    table = "\n".join(f"{text},{label}" for text, label in zip(texts, labels, strict=True))
    (tmp_path / "many.csv").write_text("text,label\n" + f"{table}\n" * 1001, encoding="utf-8")
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, to rich
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = re.sub(
        r"\x1b\[[0-9;]*m", "", run("evaluate", tmp_path / "many", tmp_path / "many.csv").stdout
    )
    assert "\u2026" not in shown
    for number, label in enumerate(labels, 1):
        (row,) = (line for line in shown.splitlines() if line.split("  ")[0].endswith(label))
        assert row.split().count("1,001") == 1
        assert row.split().count("0") == len(labels) - 1
        assert row.lstrip().startswith(f"{number} {label}") == (columns < 200)


def test_labels_that_are_long_keep_their_ends(run, tmp_path: Path) -> None:
    labels = ["L" * 300 + end for end in "ab"]
    model = SequenceClassifier(hidden_size=4).for_data(["x", "y"], labels)
    model.save(tmp_path / "m")
    table = tmp_path / "long.csv"
    table.write_text(f"text,label\nx,{labels[0]}\ny,{labels[1]}\n", encoding="utf-8")
    output = run("evaluate", tmp_path / "m", table, "--mistakes", 2).stdout
    assert max(map(len, output.splitlines())) < 220
    for end in "ab":
        assert f"LLL...{'L' * 16}{end}" in output
    found = json.loads(run("evaluate", tmp_path / "m", table, "--format", "json").stdout)
    assert found["labels"] == labels


def test_mistakes_come_worst_first(run, classifier: Path, wrong: Path) -> None:
    found = json.loads(
        run("evaluate", classifier, wrong, "--format", "json", "--mistakes", 3).stdout
    )["mistakes"]
    assert len(found) == 3
    assert [each["probability"] for each in found] == sorted(
        (each["probability"] for each in found), reverse=True
    )
    assert all(each["truth"] != each["prediction"] for each in found)
    output = run("evaluate", classifier, wrong, "--mistakes", 3).stdout
    assert output.count(found[0]["input"]) == 3
    assert f"{found[0]['probability']:.3f}" in output


def test_the_picture(run, classifier: Path, wrong: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "confusion.png"
    run("evaluate", classifier, wrong, "--plot", picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    picture.write_bytes(b"precious")
    output = run("evaluate", classifier, wrong, "--plot", picture, status=1).output
    assert "--overwrite replaces it" in output
    assert picture.read_bytes() == b"precious"
    run("evaluate", classifier, wrong, "--plot", picture, "--overwrite")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_columns_by_other_names(run, classifier: Path, wrong: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "renamed.csv"
    renamed.write_text(TABLE.replace("text,label", "review,mood"), encoding="utf-8")
    assert "expected a column 'text'" in run("evaluate", classifier, renamed, status=1).output
    arguments = ("--text", "review", "--label", "mood")
    output = run("evaluate", classifier, renamed, *arguments).stdout
    assert output == run("evaluate", classifier, wrong).stdout


@pytest.mark.parametrize("flags", [["--plot", "x.png"], ["--mistakes", 3]])
def test_what_a_model_without_classes_has_not(run, model: Path, text: Path, flags: list) -> None:
    pytest.importorskip("matplotlib")
    output = run("evaluate", model, text, *flags, status=2).output
    assert f"{flags[0]}: expected a model with " in output
    assert "; got a language model" in output


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> Callable[[Report | None], None]:
    """What classifiers report from now on; None is that they must not get to it."""

    def patch(report: Report | None) -> None:
        def found(*_: object) -> Report:
            assert report is not None, "the work has begun"
            return report

        monkeypatch.setattr(SequenceClassifier, "report", found)

    return patch


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("picture", "picture: expected a name that ends in one of"),
        ("picture.txt", r"picture\.txt: expected a name that ends in one of .*\.png"),
        ("nowhere/picture.png", "nowhere: no such folder"),
    ],
)
def test_a_picture_that_cannot_be_written_fails_before_the_work(
    run, classifier: Path, wrong: Path, tmp_path: Path, reported, name: str, words: str
) -> None:
    pytest.importorskip("matplotlib")
    reported(None)
    output = run("evaluate", classifier, wrong, "--plot", tmp_path / name, status=2).output
    assert re.search(f"--plot: .*{words}", output)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wrong.csv"]


SEVERAL = Report(
    {"f1_micro": 0.5, "log_loss": math.inf},
    mistakes=(Mistake(3, "a red\ncat", ("red", "cat"), ()), Mistake(0, "b", (), ("cat", "red"))),
    table=Table(("label", "support", "f1"), [("red", 1234, 0.25), ("cat\n", 0, 0.0)]),
)
TRUE = np.array([[1.0, 2e6], [3.0, 1e6], [5.0, 3e6]])
SAID = TRUE + np.array([[0.25, 0.0], [0.0, 1e5], [-0.5, 0.0]])
NUMBERS = Report(
    {"mae": 1.23e-5, "r2": math.nan},
    mistakes=largest_errors(TRUE, SAID, lambda number: f"{number + 7} x 2"),
    table=Table(("target", "mae", "r2"), [("rul", 2.5e7, math.nan), ("speed", 0.5, -1.0)]),
    truths=TRUE,
    predictions=SAID,
    targets=["rul", "speed"],
)


def rows(output: str) -> list[list[str]]:
    """The words of each line, apart by two blanks or more."""
    return [re.split(r"  +", line.strip()) for line in output.splitlines() if line.strip()]


def test_a_table_of_several_labels(run, classifier: Path, wrong: Path, reported) -> None:
    reported(SEVERAL)
    assert rows(run("evaluate", classifier, wrong, "--mistakes", 9).stdout) == [
        ["f1_micro", "0.5000"],
        ["log_loss", "inf"],
        ["label", "support", "f1"],
        ["red", "1,234", "0.2500"],
        ["cat\\n", "0", "0.0000"],
        ["input", "right", "predicted", "in short"],
        ["4", "red, cat", "a red\\ncat"],
        ["1", "cat, red", "b"],
    ]
    found = json.loads(
        run("evaluate", classifier, wrong, "--format", "json", "--mistakes", 1).stdout
    )
    assert found == {
        "f1_micro": 0.5,
        "log_loss": None,
        "table": [
            {"label": "red", "support": 1234, "f1": 0.25},
            {"label": "cat\n", "support": 0, "f1": 0.0},
        ],
        "mistakes": [
            {"number": 3, "input": "a red\ncat", "truth": ["red", "cat"], "prediction": []}
        ],
    }


def test_signatures_say_how_metrics_were_computed(run, classifier: Path, wrong: Path, reported):
    signature = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
    reported(Report({"bleu": 27.5}, signatures={"bleu": signature}))
    output = run("evaluate", classifier, wrong).stdout
    assert rows(output) == [["bleu", "27.5000"], [f"bleu: {signature}"]]
    found = json.loads(run("evaluate", classifier, wrong, "--format", "json").stdout)
    assert found == {"bleu": 27.5, "signatures": {"bleu": signature}}


def test_no_mistakes(run, classifier: Path, wrong: Path, reported) -> None:
    reported(Report({"accuracy": 1.0}, mistakes=()))
    output = run("evaluate", classifier, wrong, "--mistakes", 3).stdout
    assert rows(output) == [["accuracy", "1.0000"], ["no mistakes"]]
    arguments = ("--mistakes", 3, "--format", "json")
    assert json.loads(run("evaluate", classifier, wrong, *arguments).stdout)["mistakes"] == []


def test_a_table_and_the_largest_errors_of_numbers(
    run, classifier: Path, wrong: Path, reported
) -> None:
    reported(NUMBERS)
    shown = rows(run("evaluate", classifier, wrong, "--mistakes", 2).stdout)
    assert shown[:5] == [
        ["mae", "1.23e-05"],
        ["r2", "undefined"],
        ["target", "mae", "r2"],
        ["rul", "2.5e+07", "undefined"],
        ["speed", "0.5000", "-1.0000"],
    ]
    assert shown[5:] == [
        ["input", "right", "predicted", "error", "in short"],
        ["2", "3, 1000000", "3, 1100000", "1.2247", "8 x 2"],
        ["3", "5, 3000000", "4.5, 3000000", "1.0954", "9 x 2"],
    ]
    found = json.loads(
        run("evaluate", classifier, wrong, "--format", "json", "--mistakes", 1).stdout
    )
    assert found["r2"] is None
    assert found["table"][0] == {"target": "rul", "mae": 2.5e7, "r2": None}
    (far,) = found["mistakes"]
    assert far["error"] == pytest.approx(math.sqrt(3 / 2))
    assert (far["truth"], far["prediction"]) == ([3.0, 1e6], [3.0, 1.1e6])
    assert "probability" not in far


def test_a_picture_of_numbers(run, classifier: Path, wrong: Path, tmp_path: Path, reported) -> None:
    pytest.importorskip("matplotlib")
    reported(NUMBERS)
    picture = tmp_path / "numbers.svg"
    output = run("evaluate", classifier, wrong, "--plot", picture).output
    assert f"The picture is in {picture}" in output
    assert "<svg" in picture.read_text(encoding="utf-8")
    reported(SEVERAL)
    flags = ("--plot", tmp_path / "labels.png")
    output = run("evaluate", classifier, wrong, *flags, status=2).output
    assert "--plot: expected a model with classes, " in output
