from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyrnn.models import LanguageModel

SENTENCE = "the cat was red."


@pytest.fixture
def sentence(tmp_path: Path) -> Path:
    path = tmp_path / "sentence.txt"
    path.write_text(SENTENCE, encoding="utf-8")
    return path


def test_words_agree_with_the_model(run, model: Path, sentence: Path) -> None:
    score = LanguageModel.load(model).score(SENTENCE)
    output = run("score", model, sentence).stdout
    assert f"{score.total:.4f} nats over {len(SENTENCE) - 1} tokens" in output
    assert f"{score.perplexity:.4f}" in output
    assert f"{score.bits_per_character:.4f}" in output


def test_json_agrees_with_the_model(run, model: Path, sentence: Path) -> None:
    score = LanguageModel.load(model).score(SENTENCE)
    content = json.loads(run("score", model, sentence, "--json", "--tokens").stdout)
    assert content["log_likelihood"] == score.total
    assert [entry["token"] for entry in content["per_token"]] == list(SENTENCE[1:])
    values = [entry["log_likelihood"] for entry in content["per_token"]]
    assert values == score.log_likelihoods.tolist()


def test_line_for_each_token(run, model: Path, sentence: Path) -> None:
    lines = run("score", model, sentence, "--tokens").stdout.splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines[: len(SENTENCE) - 1]] == [
        repr(character) for character in SENTENCE[1:]
    ]


def test_standard_input(run, model: Path, sentence: Path) -> None:
    assert run("score", model, "-", stdin=SENTENCE).stdout == run("score", model, sentence).stdout


@pytest.mark.parametrize(
    ("stdin", "status", "message"),
    [("", 2, "got nothing"), ("x", 1, "standard input: the character 'x'"), ("the cät", 1, "'ä'")],
)
def test_texts_without_a_score(run, model: Path, stdin: str, status: int, message: str) -> None:
    output = run("score", model, "-", stdin=stdin, status=status).output
    assert message in output
    assert "Traceback" not in output
