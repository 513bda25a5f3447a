"""`pyrnn train translate`, and what predict and evaluate do with a translator."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyrnn.models import load

WORDS = ["abc", "bca", "cab", "acb", "bac", "cba", "ab", "bc", "ca"] * 6
SMALL = ("--unit", "characters", "--hidden", "24", "--epochs", "25", "--lr", "0.02")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Words with a tab and the same from their ends; and both in files of their own."""
    folder = tmp_path_factory.mktemp("pairs")
    turned = [word[::-1] for word in WORDS]
    both = zip(WORDS, turned, strict=True)
    lines = {"pairs.tsv": map("\t".join, both), "source": WORDS, "target": turned}
    for name, content in lines.items():
        (folder / name).write_text("\n".join(content) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def turner(pairs: Path) -> Path:
    """A model that was trained on them."""
    from click.testing import CliRunner

    from pyrnn.cli import main

    files = ["--source", pairs / "source", "--target", pairs / "target"]
    arguments = ["train", "translate", *files, "--valid", "0", "-o", pairs / "model", *SMALL]
    result = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return pairs / "model"


def test_one_line_an_input(run, turner: Path) -> None:
    assert run("predict", turner, "-", stdin="abc\nca\n").stdout == "cba\nac\n"
    several = run("predict", turner, "-", "--beam", "4", "--nbest", "3", stdin="abc\n").stdout
    assert several.startswith("cba ||| ")
    assert several.count(" ||| ") == 2


def test_objects(run, turner: Path) -> None:
    options = ["--format", "jsonl", "--beam", "5", "--nbest", "3", "--length-penalty", "0.6"]
    (line,) = run("predict", turner, "-", *options, stdin="abc\n").stdout.splitlines()
    found = json.loads(line)
    assert found["text"] == "cba"
    assert found["tokens"] == ["c", "b", "a"]
    assert found["finished"] is True
    assert len(found["alternatives"]) == 2


def test_one_file_with_tabs_is_the_same_as_two(run, pairs: Path, turner: Path, tmp_path) -> None:
    run("train", "translate", pairs / "pairs.tsv", "--valid", "0", "-o", tmp_path / "m", *SMALL)
    one, two = load(tmp_path / "m"), load(turner)
    assert one.predict(WORDS[:9]) == two.predict(WORDS[:9])


def test_how_good_it_is(run, pairs: Path, turner: Path) -> None:
    files = ["--source", pairs / "source", "--target", pairs / "target"]
    found = json.loads(run("evaluate", turner, *files, "--format", "json").stdout)
    assert found["exact_match"] == 1
    assert found["perplexity"] < 1.2
    table = run("evaluate", turner, pairs / "pairs.tsv", "--beam", "3", "--mistakes", "2").stdout
    assert "exact_match" in table
    assert "no mistakes" in table
    if "bleu" in found:
        assert "tok:13a" in found["signatures"]["bleu"]
        assert "bleu: nrefs:1" in table


def test_pictures_of_attention(run, turner: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    folder = tmp_path / "pictures"
    run("predict", turner, "-", "--attention", folder, stdin="abc\n\nca\n")
    assert sorted(path.name for path in folder.iterdir()) == ["1.png", "3.png"]
    again = run("predict", turner, "-", "--attention", folder, stdin="abc\n", status=2)
    assert "expected an empty folder, or a new one" in again.output


def test_what_cannot_be(run, turner: Path, classifier: Path, tmp_path: Path) -> None:
    for options, words in {
        ("--nbest", "2"): "nbest: expected at most beam, 1; got 2",
        ("--sample", "--beam", "2"): "beam: expected 1 with sample=True; got 2",
    }.items():
        assert words in run("predict", turner, "-", *options, stdin="abc\n", status=1).output
    refused = run("predict", classifier, "-", "--attention", tmp_path / "p", stdin="x\n", status=2)
    assert (
        "expected a model with attention over its inputs; got a sequence classifier"
        in refused.output
    )
    assert "No such option" in run("predict", classifier, "-", "--beam", "2", status=2).output
