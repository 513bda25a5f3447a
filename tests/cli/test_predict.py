"""`pyrnn predict`: inputs in, a line, an object or a row for each out, in their order."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from pyrnn.models import SequenceClassifier, load

LINES = ["the cat", "red dog", "mat and mat"]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


def trained(sample, run, tmp_path: Path) -> Path:
    folder = tmp_path / "trained"
    run("train", sample.family, sample.data, "-o", folder, *sample.settings, "--max-steps", 3)
    return folder


def test_any_family_predicts_what_the_model_does(run, sample, lines: Path, tmp_path: Path) -> None:
    folder = trained(sample, run, tmp_path)
    expected = load(folder).predict(LINES)
    assert run("predict", folder, lines).stdout.split("\n")[:-1] == list(map(str, expected))
    objects = run("predict", folder, lines, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in objects] == [each.to_json() for each in expected]
    rows = list(csv.reader(io.StringIO(run("predict", folder, lines, "--format", "csv").stdout)))
    assert len(rows) == 1 + len(LINES)
    # a checkpoint, standard input, and the folder of a run that has not ended
    for name in ("weights.safetensors", "config.json"):
        (folder / name).unlink()
    for arguments in (["-"], []):
        found = run("predict", folder, *arguments, stdin="\n".join(LINES)).stdout
        assert found.count("\n") == len(LINES)
    run("predict", folder / "last.safetensors", lines)


def test_rows_have_a_column_for_each_label(run, classifier: Path, lines: Path) -> None:
    output = run("predict", classifier, lines, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(output)))
    expected = SequenceClassifier.load(classifier).predict(LINES)
    for row, each in zip(rows, expected, strict=True):
        assert row["label"] == each.label
        assert float(row["probability"]) == each.probability
        assert float(row["probabilities.none"]) == each.probabilities["none"]


def test_the_column_is_that_of_training(run, classifier: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text('number,text,review\n1,the cat,dog\n2,"red, dog",cat\n', encoding="utf-8")
    model = SequenceClassifier.load(classifier)
    for arguments, inputs in (
        ([], ["the cat", "red, dog"]),
        (["--text", "review"], ["dog", "cat"]),
    ):
        output = run("predict", classifier, path, *arguments, "--format", "jsonl").stdout
        found = [json.loads(line)["probability"] for line in output.splitlines()]
        assert found == [each.probability for each in model.predict(inputs)]
    output = run("predict", classifier, path, "--text", "nothing", status=1).output
    assert f"{path}: line 1: expected a column 'nothing'" in output
    # wherever the options stand; the model says which there are
    run("predict", "--text", "review", "--format", "csv", classifier, path)
    assert "--text" in run("predict", classifier, "--help").output
    assert "--text" not in run("predict", "--help").output


def test_options_of_no_model(run, model: Path, lines: Path) -> None:
    assert "No such option" in run("predict", model, lines, "--text", "x", status=2).output


def test_an_encoding(run, classifier: Path, tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes("café\n".encode("latin-1"))
    assert "is not utf-8 text" in run("predict", classifier, path, status=1).output
    run("predict", classifier, path, "--encoding", "latin-1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: no such folder or file"),
        (["x" * 5000], "File name too long"),
        (["{model}", "nowhere.txt"], "nowhere.txt: No such file"),
        (["{model}", "{empty}"], "it is empty"),
        (["{empty}", "{empty}"], "{empty}"),
        (["{model}", "{text}", "--format", "xml"], "--format"),
    ],
)
def test_wrong_command_lines(
    run, model: Path, text: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    places = {"model": model, "text": text, "empty": empty}
    output = run("predict", *(a.format(**places) for a in arguments), status=2).output
    assert message.format(**places) in output
    assert "Traceback" not in output


@pytest.mark.parametrize("command", ["generate", "complete", "score"])
def test_what_a_language_model_alone_can_do(
    run, classifier: Path, text: Path, command: str
) -> None:
    files = [text] if command == "score" else []
    output = run(command, classifier, *files, status=2).output
    assert "expected a language model; got a sequence classifier" in output


def test_labels_that_would_break_lines_or_steer_a_terminal(run, tmp_path: Path) -> None:
    """A line stays a line, with control characters written out; CSV has them as they are."""
    texts, labels = ["the cat", "red dog"] * 4, ["a\nb", "\x1b[31mred"] * 4
    model = SequenceClassifier(hidden_size=4)
    model.fit(texts, labels, epochs=1)
    model.save(tmp_path / "m")
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    lines = run("predict", tmp_path / "m", path).stdout.splitlines()
    assert len(lines) == len(texts)
    assert set(lines) <= {"a\\nb", "\\x1b[31mred"}
    output = run("predict", tmp_path / "m", path, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(output, newline="")))
    assert {row["label"] for row in rows} <= set(labels)
    assert "probabilities.\x1b[31mred" in rows[0]
