"""`pyrnn train caption`, and what predict and evaluate do with a captioner."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from pyrnn.cli import main

SMALL = ("--valid", "0", "--hidden", "24", "--epochs", "25", "--lr", "0.02")
DAYS = {"en": ("Monday", "Friday"), "fr": ("lundi", "mardi")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors with captions, days by language, and a model of each."""
    from click.testing import CliRunner

    folder = tmp_path_factory.mktemp("captions")
    points = np.random.default_rng(0).normal(size=(120, 2))
    captions = [f"{'up' if x > 0 else 'down'} {'left' if y > 0 else 'right'}" for x, y in points]
    np.savez(folder / "captions.npz", v=points, caption=captions)
    rows = [f"{language},{day}" for language, days in DAYS.items() for day in days] * 12
    (folder / "days.csv").write_text("\n".join(["language,day", *rows]), encoding="utf-8")
    for arguments in (
        ["captions.npz", "--vector", "v", "--text", "caption", "-o", "captioner"],
        ["days.csv", "--label", "language", "--text", "day", "-o", "namer"],
    ):
        paths = [str(folder / a) if k in (0, 6) else a for k, a in enumerate(arguments)]
        result = CliRunner().invoke(main, ["train", "caption", *paths, *SMALL])
        assert result.exit_code == 0, result.output
    return folder


def test_captions_of_arrays(run, folder: Path) -> None:
    lines = run("predict", folder / "captioner", folder / "captions.npz").stdout.splitlines()
    with np.load(folder / "captions.npz") as file:
        right = np.mean(np.array(lines) == file["caption"])
    assert right > 0.9
    found = run("evaluate", folder / "captioner", folder / "captions.npz", "--format", "json")
    assert json.loads(found.stdout)["exact_match"] == right


def test_columns_of_numbers(run, folder: Path) -> None:
    table = "a,b\n2,2\n-2,-2\n"
    options = ["--vector", "a:b"]
    found = run("predict", folder / "captioner", "-", *options, stdin=table)
    assert found.stdout == "up left\ndown right\n"


def test_a_class_a_line(run, folder: Path) -> None:
    model = folder / "namer"
    found = run("predict", model, "-", "--beam", "4", "--nbest", "2", stdin="en\nfr\n").stdout
    for line, days in zip(found.splitlines(), DAYS.values(), strict=True):
        assert sorted(line.split(" ||| ")) == sorted(days)
    written = run("predict", model, "-", "--format", "csv", stdin="fr\nen\n").stdout
    rows = list(csv.DictReader(io.StringIO(written)))
    assert [row["language"] for row in rows] == ["fr", "en"]
    assert rows[0]["text"] in DAYS["fr"]


def test_samples(run, folder: Path) -> None:
    options = ["--sample", "--samples", "6", "--format", "jsonl"]
    lines = run("predict", folder / "namer", "-", *options, stdin="en\nen\nfr\n").stdout
    found = [json.loads(line) for line in lines.splitlines()]
    texts = [[one["text"], *(each["text"] for each in one["alternatives"])] for one in found]
    assert [len(each) for each in texts] == [6, 6, 6]
    assert set(DAYS["en"]) <= {text for each in texts[:2] for text in each}
    again = run("predict", folder / "namer", "-", *options, stdin="en\nen\nfr\n").stdout
    assert again == lines
    others = run("predict", folder / "namer", "-", *options, "--seed", "1", stdin="en\nen\nfr\n")
    assert others.stdout != lines


@pytest.mark.parametrize(
    ("model", "stdin", "options", "words"),
    [
        ("namer", "xx\n", (), "standard input: line 1: label 'xx' is not among the training lab"),
        ("namer", "\n", (), "standard input: line 1: expected a label; got an empty one"),
        ("captioner", "v\n\"[1]\"\n", (), "line 2: expected a vector of 2 numbers; got 1"),
        ("captioner", "a,b\n1,\n", ("--vector", "a,b"), "column 'b': expected a finite number"),
        ("captioner", "a,b\n", ("--vector", "a,c"), "expected a column 'c'"),
        ("captioner", "1 2\n", (), "expected a column 'v'; got the column '1 2'"),
        ("namer", "en\n", ("--samples", "2"), "samples: expected 1 with sample=False; got 2"),
    ],
)  # fmt: skip
def test_what_cannot_be(run, folder: Path, model, stdin, options, words) -> None:
    assert words in run("predict", folder / model, "-", *options, stdin=stdin, status=1).output


def test_training_that_cannot_be(run, folder: Path, tmp_path: Path) -> None:
    train = ("train", "caption", folder / "captions.npz", "-o", tmp_path / "m", "--text", "caption")
    assert "expected vector or label to say" in run(*train, status=1).output
    given = ("--vector", "v", "--label-size", "4")
    assert "label_size: expected 32 with vectors alone" in run(*train, *given, status=1).output
    assert not (tmp_path / "m").exists()
