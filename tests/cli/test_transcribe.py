"""`pyrnn train transcribe`, and what predict and evaluate do with a transcriber."""

from __future__ import annotations

import csv
import io
import json
import warnings
import wave
from pathlib import Path

import numpy as np
import pytest

from pyrnn.models import load

SMALL = ("--hidden", "12", "--epochs", "15", "--lr", "0.02")
SHAPES = np.random.default_rng(0).normal(size=(3, 4, 2))


def write(path: Path, count: int, seed: int) -> list[str]:
    """Strips of a, b and c, padded behind, and their texts."""
    draw = np.random.default_rng(seed)
    texts = ["".join(draw.choice(list("abc"), size=1 + k % 4)) for k in range(count)]
    x = np.zeros((count, 16, 2), np.float32)
    for row, text in zip(x, texts, strict=True):
        strip = np.concatenate([SHAPES["abc".index(letter)] for letter in text])
        row[: len(strip)] = strip + draw.normal(scale=0.1, size=strip.shape)
    lengths = np.array([4 * len(text) for text in texts])
    np.savez(path, x=x, x_lengths=lengths, text=np.array(texts))
    return texts


@pytest.fixture(scope="module")
def strips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strips")
    write(folder / "strips.npz", 120, 0)
    write(folder / "test.npz", 12, 1)
    return folder


def test_arrays_and_texts(run, strips: Path, tmp_path: Path) -> None:
    folder, test = tmp_path / "digits", strips / "test.npz"
    arguments = [strips / "strips.npz", "--frames", "x", "--labels", "text", "-o", folder]
    shown = run("train", "transcribe", *arguments, *SMALL)
    assert "best validation: label_error 0.0" in shown.output
    texts = load(folder).examples(test).targets  # its columns are known
    assert run("predict", folder, test).stdout.split() == texts
    found = json.loads(run("evaluate", folder, test, "--format", "json").stdout)
    assert found["label_error"] == 0
    assert found["exact_match"] == 1
    assert "no mistakes" in run("evaluate", folder, test, "--mistakes", "3").stdout
    lines = run("predict", folder, test, "--format", "jsonl", "--beam", "8", "--nbest", "2").stdout
    every = [json.loads(line) for line in lines.splitlines()]
    assert [one["text"] for one in every] == texts
    assert all(len(one["symbols"]) == len(one["frames"]) for one in every)
    assert all(one["alternatives"][0]["score"] <= one["score"] for one in every)
    rows = [*csv.DictReader(io.StringIO(run("predict", folder, test, "--format", "csv").stdout))]
    assert [row["text"] for row in rows] == texts
    assert "10 characters" not in run("info", folder).stdout
    assert "3 characters" in run("info", folder).stdout


def test_sounds_in_a_folder_with_a_table(run, tmp_path: Path) -> None:
    rate, folder = 8000, tmp_path / "sounds"
    folder.mkdir()
    rows = ["file,words"]
    for k in range(12):
        samples = np.sin(2 * np.pi * (300 + 200 * (k % 3)) * np.arange(3000) / rate) * 20_000
        with wave.open(str(folder / f"{k}.wav"), "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", ""))
            file.writeframes(samples.astype("<i2").tobytes())
        rows.append(f"{k}.wav,{('low', 'mid', 'high')[k % 3]}")
    (folder / "words.csv").write_text("\n".join(rows), encoding="utf-8")
    columns = ["--frames", "file", "--labels", "words"]
    arguments = [folder, *columns, "--unit", "words", "-o", tmp_path / "model", *SMALL]
    run("train", "transcribe", *arguments)
    assert "label_error" in run("evaluate", tmp_path / "model", folder).stdout
    (folder / "words.csv").unlink()
    lines = run("predict", tmp_path / "model", folder, "--format", "jsonl").stdout.splitlines()
    first = json.loads(lines[0])
    assert first["file"] == "0.wav"
    assert len(first["times"]) == len(first["frames"]) == len(first["symbols"])
    assert len(lines) == 12


def test_a_language_model_has_a_say(run, strips: Path, tmp_path: Path) -> None:
    text, other = tmp_path / "texts.txt", tmp_path / "other.txt"
    text.write_text("abc\nab\ncab\n" * 60, encoding="utf-8")
    other.write_text("xyz\n" * 200, encoding="utf-8")
    small = ["--hidden", "8", "--max-steps", "5"]
    run("train", "lm", text, "-o", tmp_path / "lm", *small)
    run("train", "lm", other, "-o", tmp_path / "other-lm", *small)
    data, folder = strips / "strips.npz", tmp_path / "model"
    run(
        "train", "transcribe", data, "--frames", "x", "-o", folder, "--hidden", "4", "--epochs", "1"
    )
    beam = ("predict", folder, strips / "test.npz", "--beam", "4")
    said = run(*beam, "--language", tmp_path / "lm", "--language-weight", "0.4").stdout
    assert len(said.splitlines()) == 12
    for name, words in (
        ("other-lm", "one of characters does not know '"),
        ("nothing", "nothing: "),
        ("model", "expected a pyrnn language model; got 'pyrnn transcriber'"),
    ):
        assert words in run(*beam, "--language", tmp_path / name, status=1).output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--frames", "y"], "expected a column 'y'; got the columns 'x', 'text'"),
        (["--frames", "x", "--labels", "words"], "expected a column 'words'"),
        (
            ["--frames", "x", "--unit", "regex"],
            "pattern: expected a regular expression with unit='regex'",
        ),
        (["--frames", "x", "--frames-per-step", "5"], "steps, of 5 frames each"),
        (["--frames", "x", "--embedding-size", "5"], "No such option"),
        (["--frames", "x", "--text", "text"], "No such option"),
        (["--frames", "x", "--monitor", "word_error"], "monitor: expected one of label_error, exa"),
    ],
)
def test_what_cannot_be(run, strips: Path, tmp_path: Path, arguments, words) -> None:
    data = strips / "strips.npz"
    result = run("train", "transcribe", data, "-o", tmp_path / "model", *arguments, "--epochs", "1",
                 status=2 if "option" in words else 1)  # fmt: skip
    assert words in result.output


def test_texts_without_room_are_skipped_and_said(run, strips: Path, tmp_path: Path) -> None:
    data = strips / "strips.npz"
    arguments = ["train", "transcribe", data, "--frames", "x", "--frames-per-step", "4"]
    refused = run(*arguments, "-o", tmp_path / "a", "--epochs", "1", status=1).output
    assert "of 4 frames each" in refused
    assert "(impossible='skip' leaves such out)" in refused
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        said = run(*arguments, "--impossible", "skip", "-o", tmp_path / "b", "--epochs", "1").output
    assert "of 108 texts need more steps than their frames make: they are left out of tr" in said
