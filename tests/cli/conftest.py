"""A text, and a tiny model trained on it from the command line, for the tests of all commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pyrnn.cli import main

TEXT = "the cat sat on the mat. the dog ate the cat. the mat was red.\n" * 30
TINY = ("--hidden", "12", "--batch", "4", "--bptt", "8", "--max-steps", "40", "--split", "0.8",
        "0.1", "0.1")  # fmt: skip

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Runs `pyrnn ARGUMENTS`; an exception that is no exit of click's fails the test."""

    def invoke(*arguments: object, status: int = 0, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(
            main, [str(argument) for argument in arguments], input=stdin, catch_exceptions=False
        )
        assert result.exit_code == status, result.output
        return result

    return invoke


@pytest.fixture(scope="session")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "cat.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def model(text: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "cat-model"
    arguments = ["train", "lm", str(text), "-o", str(folder), *TINY]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder
