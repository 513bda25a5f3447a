"""A text, and a tiny model trained on it from the command line, for the tests of all commands."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

from pyrnn.cli import main

TEXT = "the cat sat on the mat. the dog ate the cat. the mat was red.\n" * 30
TINY = ("--hidden", "12", "--batch", "4", "--bptt", "8", "--max-steps", "40")
TABLE = "text,label\n" + "".join(
    f"{word} and {word},{'a' if 'a' in word else 'none'}\n" for word in TEXT.split()
)

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


class Sample(NamedTuple):
    """A family with data for it: a file that it is trained on, inputs of which it predicts."""

    family: str
    data: Path
    inputs: Path
    settings: tuple[str, ...]


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "cat.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def classifier(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classifier") / "model"
    arguments = ["train", "classify", str(table), "-o", str(folder), "--hidden", "12", "--batch",
                 "8", "--max-steps", "40", "--lr", "0.02"]  # fmt: skip
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="session")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("columns") / "cat.conll"
    rows = (f"{word} {'B-A' if 'a' in word else 'O'}\n" for word in TEXT.split())
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tabs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tabs") / "cat.tsv"
    path.write_text("".join(f"{word}\t{word[::-1]}\n" for word in TEXT.split()), encoding="utf-8")
    return path


@pytest.fixture(params=["lm", "classify", "tag", "translate"])
def sample(
    request: pytest.FixtureRequest,
    text: Path,
    table: Path,
    columns: Path,
    tabs: Path,
    tmp_path: Path,
) -> Sample:
    """Each family in turn."""
    inputs = tmp_path / "inputs.txt"
    inputs.write_text("the cat\nthe dog\n", encoding="utf-8")
    small = {
        "lm": Sample("lm", text, inputs, (*TINY[:-2],)),
        "classify": Sample("classify", table, inputs, ("--batch", "8", "--hidden", "12")),
        "tag": Sample("tag", columns, inputs, ("--batch", "64", "--hidden", "12")),
        "translate": Sample("translate", tabs, inputs, ("--batch", "64", "--hidden", "12")),
    }
    return small[request.param]


@pytest.fixture(scope="session")
def model(text: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "cat-model"
    arguments = ["train", "lm", str(text), "-o", str(folder), *TINY]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder


PATIENCE = 240  # seconds, by which a process is taken to hang; each wait takes a fraction of one


class EndlessRun:
    """`pyrnn train lm` in a process of its own, until the test breaks it off."""

    def __init__(self, text: Path, folder: Path) -> None:
        self.folder = folder
        arguments = ["train", "lm", text, "-o", folder, "--hidden", "8", "--batch", "4"]
        endless = ["--max-steps", 100_000_000, "--validate-every", 100_000_000]
        often = ["--log-every", 1, "--checkpoint-every", 1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pyrnn", *map(str, [*arguments, *endless, *often])],
            cwd=folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, name: str) -> None:
        """Until the file of this name in the run's folder has something in it."""
        path, end = self.folder / name, time.monotonic() + PATIENCE
        while not (path.is_file() and path.stat().st_size):
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, f"{path} never came"
            time.sleep(0.01)

    def end(self) -> tuple[int, str, str]:
        """Its status, output and errors, once it has ended by itself."""
        output, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output, errors


@pytest.fixture
def endless_run(text: Path, tmp_path: Path) -> Iterator[EndlessRun]:
    endless = EndlessRun(text, tmp_path / "m")
    with endless.process:
        try:
            yield endless
        finally:
            endless.process.kill()
