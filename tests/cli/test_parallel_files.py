"""Data in two files, line by line: pyrnn train, --resume, evaluate, predict of a family that has
them."""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import types
from pathlib import Path

import pytest

from pyrnn.data.layouts import PairColumns, pairs, sources
from pyrnn.models import SequenceClassifier, families

from .conftest import TEXT

WORDS = TEXT.split()[:120]
SOURCES = [f"{word} and {word}" for word in WORDS]
TARGETS = ["a" if "a" in word else "none" for word in WORDS]
SMALL = ("--batch", 8, "--hidden", 6, "--max-steps", 3)


class Paired(SequenceClassifier):
    """A classifier of pairs: the target is the label."""

    family = "paired"
    title = "paired classifier"
    reads = "pairs"
    Columns = PairColumns
    parallel = True

    def read_file(self, file, columns):
        found = list(pairs(file, columns))
        return [pair.source for pair in found], [pair.target for pair in found]

    def read_inputs(self, file, columns):
        return [source for source, _ in sources(file, columns)]


@pytest.fixture(autouse=True)
def family(monkeypatch):
    module = types.ModuleType("paired_family")
    module.Paired = Paired
    monkeypatch.setitem(sys.modules, "paired_family", module)
    monkeypatch.setitem(families.FAMILIES, "paired", "paired_family:Paired")


@pytest.fixture
def files(tmp_path):
    """The paths of two files of sources and targets; and of one with both."""
    paths = tmp_path / "train.de", tmp_path / "train.en.gz", tmp_path / "pairs.tsv"
    paths[0].write_text("".join(f"{text}\n" for text in SOURCES))
    paths[1].write_bytes(gzip.compress("".join(f"{text}\n" for text in TARGETS).encode()))
    paths[2].write_text("".join(f"{a}\t{b}\n" for a, b in zip(SOURCES, TARGETS, strict=True)))
    return paths


@pytest.fixture
def trained(run, files, tmp_path):
    folder = tmp_path / "model"
    source, target, _ = files
    run("train", "paired", "--source", source, "--target", target, "-o", folder, *SMALL,
        "--valid-source", source, "--valid-target", target)  # fmt: skip
    return folder


def weights(folder: Path) -> bytes:
    return (folder / "weights.safetensors").read_bytes()


def test_two_files_are_as_one_with_tabs(run, files, trained, tmp_path):
    one = tmp_path / "one"
    run("train", "paired", files[2], "-o", one, *SMALL, "--valid", files[2])
    assert weights(one) == weights(trained)
    source, target, both = files
    parallel = run("evaluate", trained, "--source", source, "--target", target, "--format", "json")
    assert parallel.stdout == run("evaluate", trained, both, "--format", "json").stdout


def test_test_files_are_scored(run, files, tmp_path):
    source, target, both = files
    named = "--test-source", source, "--test-target", target
    result = run("train", "paired", both, "-o", tmp_path / "m", *SMALL, *named)
    assert "test: accuracy" in result.stdout


def test_predict_reads_sources_alone(run, files, trained):
    lines = run("predict", trained, files[0]).stdout.splitlines()
    assert len(lines) == len(SOURCES)
    assert lines == run("predict", trained, files[2]).stdout.splitlines()
    assert lines[:1] == run("predict", trained, "-", stdin=f"{SOURCES[0]}\n").stdout.splitlines()


def test_the_run_remembers_both_and_goes_on(run, files, trained, tmp_path):
    content = json.loads((trained / "run.json").read_text())
    assert content["data"] == content["valid"]
    assert content["data"]["source"]["path"] == str(files[0])
    assert content["data"]["target"]["path"] == str(files[1])
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in files[:2]:
        shutil.move(path, moved / path.name)
    again = ["train", "--resume", trained, "--max-steps", 5]
    assert "--source FILE says to where" in run(*again, status=1).stderr
    again += ["--source", moved / "train.de", "--target", moved / "train.en.gz"]
    assert "--valid-source FILE says to where" in run(*again, status=1).stderr
    again += ["--valid-source", moved / "train.de", "--valid-target", moved / "train.en.gz"]
    run(*again)
    whole = tmp_path / "whole"
    source, target = moved / "train.de", moved / "train.en.gz"
    run("train", "paired", "--source", source, "--target", target, "-o", whole, *SMALL[:-1], 5,
        "--valid-source", source, "--valid-target", target)  # fmt: skip
    assert weights(whole) == weights(trained)


def test_a_resumed_run_wants_what_it_had(run, files, trained, tmp_path):
    source, target, both = files
    result = run("train", "--resume", trained, "--data", both, status=1)
    assert "--data: expected --source and --target; the run in" in result.stderr
    source.write_text("another\n")
    result = run("train", "--resume", trained, status=1)
    assert "expected the source that the run in" in result.stderr
    one = tmp_path / "one"
    run("train", "paired", both, "-o", one, *SMALL)
    result = run("train", "--resume", one, "--source", source, "--target", target, status=1)
    assert "--source: expected --data; the run in" in result.stderr
    named = "--valid-source", source, "--valid-target", target
    result = run("train", "--resume", one, *named, status=1)
    assert "--valid: expected none; the run in" in result.stderr


def test_files_of_unequal_length(run, files, tmp_path):
    source, target, _ = files
    source.write_text("one\ntwo\n")
    result = run("train", "paired", "--source", source, "--target", target, "-o", tmp_path / "m",
                 status=1)  # fmt: skip
    assert f"expected as many lines in both; got 2 and {len(TARGETS)}" in result.stderr
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (["--source", 0], "--source: expected --target beside it, the other of two files"),
        (["--target", 1], "--target: expected --source beside it, the other of two files"),
        ([2, "--source", 0, "--target", 1], "--source and --target: expected no third file; got"),
        ([], "Missing argument 'DATA', or --source and --target, two files."),
        (
            ["--valid", 2, "--valid-source", 0, "--valid-target", 1, 2],
            "--valid-source and --valid-target: expected no third file; got",
        ),
        (
            ["--valid", 0.25, "--valid-source", 0, "--valid-target", 1, 2],
            "--valid: expected no share beside --valid-source and --valid-target; got 0.25",
        ),
        (["--source", "absent", "--target", 1], "absent: No such file or directory"),
    ],
)
def test_a_command_line_that_cannot_be(run, files, tmp_path, named, words):
    arguments = [files[each] if isinstance(each, int) else each for each in named]
    result = run("train", "paired", *arguments, "-o", tmp_path / "m", status=2)
    assert words in " ".join(result.stderr.split())


def test_what_evaluate_wants(run, files, trained):
    source, target, both = files
    assert "Missing argument 'FILE'" in run("evaluate", trained, status=2).stderr
    result = run("evaluate", trained, both, "--source", source, "--target", target, status=2)
    assert "expected no third file" in result.stderr
    assert "--source FILE" in run("evaluate", trained, "--help").stdout
    assert "--source FILE" not in run("predict", trained, "--help").stdout


def test_a_family_without_parallel_files_has_no_such_options(run, classifier):
    for command in (["train", "classify"], ["evaluate", classifier]):
        result = run(*command, "--source", "a", "--target", "b", status=2)
        assert "Error: " in result.stderr
        assert "--source" in result.stderr


def test_another_family_may_have_a_column_of_such_a_name(run, tmp_path):
    table = tmp_path / "numbers.csv"
    table.write_text("text,days\n" + "a b,1\nc d,2\n" * 10)
    run("train", "regress", table, "--target", "days", "-o", tmp_path / "m", *SMALL)
    report = run("evaluate", tmp_path / "m", table, "--target", "days", "--format", "json").stdout
    assert "mae" in json.loads(report)


def test_a_settings_file_names_both(run, files, tmp_path):
    source, target, _ = files
    settings = tmp_path / "run.toml"
    run("train", "paired", "--source", source, "--target", target, "-o", tmp_path / "m", *SMALL,
        "--write-config", settings)  # fmt: skip
    assert 'source = "train.de"' in settings.read_text()
    run("train", "paired", "--config", settings)
    assert weights(tmp_path / "m")
