"""`pyrnn evaluate`: metrics, the confusion matrix, and what was got wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pyrnn.files.content import Content
from pyrnn.models import SequenceClassifier, load

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
    output = run("evaluate", model, text, *flags, status=2).output
    assert f"{flags[0]}: expected a model with classes; got a language model" in output
