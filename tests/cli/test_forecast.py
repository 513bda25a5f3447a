"""Forecasts on the command line: from a table to a model, and from the model to a table."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SMALL = ("--hidden", "6", "--horizon", "3", "--context", "8", "--epochs", "2")
HEADS = ("shop", "day", "sold", "price")


def table(path: Path, rows: int, *, ahead: int = 0, shops: tuple[str, ...] = ("a", "b")) -> Path:
    """A day a row, the shops by turns."""
    days = np.datetime64("2024-02-20") + np.arange(rows + ahead)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADS)
        for t, day in enumerate(days):
            for shop in shops:
                sold = round(10 + 3 * np.sin(t), 2) if t < rows else ""
                writer.writerow([shop, day, sold, t % 3])
    return path


@pytest.fixture
def model(tmp_path: Path, run: Any) -> str:
    """One that knows two shops."""
    data, folder = str(table(tmp_path / "sales.csv", 40)), str(tmp_path / "model")
    columns = ("--time", "day", "--id", "shop", "--target", "sold", "--future", "price")
    run("train", "forecast", data, *columns, *SMALL, "--quantiles", "0.2,0.5", "-o", folder)
    return folder


def test_forecasts_are_rows_with_times(model: str, tmp_path: Path, run: Any) -> None:
    new = str(table(tmp_path / "new.csv", 9, ahead=4))
    found = run("predict", model, new, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert list(rows[0]) == ["shop", "day", "sold", "sold.0.2", "sold.0.5"]
    days = ["2024-02-29", "2024-03-01", "2024-03-02"]
    assert [(row["shop"], row["day"]) for row in rows] == [(s, d) for s in "ab" for d in days]
    assert all(float(row["sold.0.2"]) <= float(row["sold"]) for row in rows)
    objects = run("predict", model, new, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["day"] for line in objects] == [days] * 2
    assert len(run("predict", model, new).stdout.splitlines()) == 2


def test_an_evaluation_has_baselines_and_steps(model: str, tmp_path: Path, run: Any) -> None:
    pytest.importorskip("matplotlib")
    data, picture = str(table(tmp_path / "test.csv", 30)), tmp_path / "f.png"
    found = run("evaluate", model, data, "--stride", "3", "--plot", str(picture))
    for words in ("coverage", "this model", "last value", "season of 7", "undefined", "step "):
        assert words in found.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    content = json.loads(run("evaluate", model, data, "--format", "json").stdout)
    assert [row["step"] for row in content["steps"]] == ["1", "2", "3"]
    assert content["table"][0]["mae"] == content["mae"]


def test_the_picture_is_there_before_the_report(
    model: str, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads the report may stop in its midst: evaluate ... | head -2."""
    pytest.importorskip("matplotlib")
    data, picture = str(table(tmp_path / "test.csv", 30)), tmp_path / "f.png"

    def closed(*_: Any) -> None:
        raise ValueError("stop")

    monkeypatch.setattr("pyrnn.cli.evaluate._show", closed)
    run("evaluate", model, data, "--plot", str(picture), status=1)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_help_says_what_the_columns_of_a_model_are(model: str, run: Any) -> None:
    said = " ".join(run("predict", model, "--help").stdout.split())
    assert "missing. [of the model: auto]" in said
    assert "belongs to. [of the model: shop]" in said


@pytest.mark.filterwarnings("default")
def test_a_series_that_is_too_short_does_not_stop_the_others(
    model: str, tmp_path: Path, run: Any
) -> None:
    path = table(tmp_path / "new.csv", 9, ahead=3)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("b,2024-02-2")) + "\n")
    found = run("predict", model, str(path), "--format", "csv")
    assert "warning: series 'b': expected at least 8 rows without a gap" in found.stderr
    assert {row["shop"] for row in csv.DictReader(io.StringIO(found.stdout))} == {"a"}


@pytest.mark.parametrize(
    ("rows", "ahead", "words"),
    [
        (5, 3, "series 'a': expected at least 8 rows without a gap at its end, .*; got 5"),
        (20, 2, "series 'a': expected 3 rows behind the last one with a target, .*; got 2"),
        (20, 0, "series 'a': expected 3 rows behind the last one with a target, .*; got 0"),
    ],
)
def test_files_that_are_too_short(
    model: str, tmp_path: Path, run: Any, rows: int, ahead: int, words: str
) -> None:
    new = table(tmp_path / "new.csv", rows, ahead=ahead)
    found = run("predict", model, new, status=1)
    assert re.search(words, found.output), found.output


def test_rows_alone_are_steps(tmp_path: Path, run: Any) -> None:
    """Without a column of times."""
    path, folder = tmp_path / "plain.csv", str(tmp_path / "model")
    path.write_text("y\n" + "".join(f"{np.sin(k):.3f}\n" for k in range(60)))
    run("train", "forecast", path, *SMALL, "-o", folder)
    lines = run("predict", folder, str(path), "--format", "csv").stdout.splitlines()
    assert lines[0] == "step,y"
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3"]
    found = run("predict", folder, path, "--stride", "2", status=1)
    assert "stride: expected it for an evaluation" in found.output
