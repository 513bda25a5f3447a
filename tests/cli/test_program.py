from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

import pyrnn
from pyrnn.cli import main
from pyrnn.cli.options import settings_of
from pyrnn.models import LanguageModel, LanguageModelConfig, families

from ..interpreter import fresh_python
from .conftest import PATIENCE, TINY


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name in group.list_commands(click.Context(group)):
        command = command_at((*path, name))
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


def command_at(path: tuple[str, ...]) -> click.Command:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    return command


def test_has_these_commands() -> None:
    assert set(main.commands) == {
        "demo", "train", "predict", "evaluate", "compare", "generate", "complete", "score", "info",
        "export",
    }  # fmt: skip


@pytest.mark.parametrize("path", [(), *commands(main)], ids=" ".join)
def test_help_teaches_by_example(run, path: tuple[str, ...]) -> None:
    text = run(*path, "--help").output
    assert "pyrnn " + " ".join(path) in text.split("Options:")[0].split("\n", 1)[1]
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("path", [(), *commands(main)], ids=" ".join)
def test_every_option_is_explained(path: tuple[str, ...]) -> None:
    for option in command_at(path).params:
        if isinstance(option, click.Option):
            assert option.help, option.name


def test_version(run) -> None:
    assert pyrnn.__version__ in run("--version").output


def test_threads(run) -> None:
    before = pyrnn.get_num_threads()
    try:
        run("--threads", 1, "info")
        assert pyrnn.get_num_threads() == 1
    finally:
        pyrnn.set_num_threads(before)


@pytest.mark.parametrize("command", [["info"], ["train", "lm", "book.txt"]])
def test_an_option_of_the_program_behind_the_command(run, command: list[str]) -> None:
    output = run(*command, "--threads", 1, status=2).output
    assert "--threads stands before the command: pyrnn --threads" in output
    assert "No such option" in run(*command, "--thread", 1, status=2).output


def test_resume_behind_a_family(run) -> None:
    output = run("train", "lm", "book.txt", "--resume", "m", status=2).output
    assert "--resume stands before the command: pyrnn train --resume ..." in output


def test_no_family_is_imported_but_the_one_that_is_asked_for(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(families.FAMILIES, "broken", "no.such.module:Model")
    assert "--hidden-size" in run("train", "lm", "--help").output
    with pytest.raises(ModuleNotFoundError, match="no"):
        run("train", "broken", "--help")


def test_a_line_in_the_list_is_a_command(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(families.FAMILIES, "more", families.FAMILIES["classify"])
    for command in ("train", "compare"):
        assert "more  " in run(command, "--help").output
        assert "--hidden-size" in run(command, "more", "--help").output


@pytest.mark.parametrize(
    "arguments",
    [["--threads", "0", "info"], ["paint"], ["train", "fish"], ["compare", "classifi", "x.csv"]],
)
def test_wrong_command_line(run, arguments: list[str]) -> None:
    assert "Traceback" not in run(*arguments, status=2).output


@pytest.mark.parametrize("group", ["train", "compare"])
@pytest.mark.parametrize("name", families.FAMILIES)
def test_defaults_are_those_of_python(group: str, name: str) -> None:
    model = families.family(name)
    context = command_at((group, name)).make_context(name, ["data", "-o", "folder"])
    for owner in (model.Config, model.Columns):
        assert settings_of(owner, context.params, context) == owner()
    if group == "train":  # a comparison reports and ends in ways of its own
        assert settings_of(model.Options, context.params, context) == model.Options()


@pytest.mark.parametrize(
    ("word", "hint"),
    [("clasify", "did you mean classify?"), ("reviews.csv", "there are lm, classify")],
)
def test_a_word_that_is_no_family(run, word: str, hint: str) -> None:
    output = run("train", word, "-o", "model", status=2).output
    assert f"{word}: expected a family of models; {hint}" in output


def test_ctrl_c_outside_of_training(
    run, model: Path, text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(LanguageModel, "score", interrupt)
    assert run("score", model, text, status=130).stderr.strip() == "interrupted"


def test_runs_as_a_program(text: Path) -> None:
    result = fresh_python("-W", "error", "-m", "pyrnn", "score", "nowhere", text)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "nowhere: no such folder or file" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def on_cp1252(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """on_cp1252("info", ...): `pyrnn info ...` at a console that knows western Europe's letters."""

    def run(*arguments: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "pyrnn", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "cp1252"},
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["generate", "--prompt", "é😀", "--length", 40, "--seed", 1], b"\xe9?"),
        (["complete", "--prefix", "é", "-n", 9, "--until", "length", "--length", 1], b"?"),
        (["score", "--tokens"], b"'?'"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_a_console_that_knows_few_characters_shows_signs(
    on_cp1252, tmp_path: Path, arguments: list, shown: bytes
) -> None:
    folder, text = tmp_path / "日本", tmp_path / "text.txt"
    LanguageModel.for_text("é😀🚀\n", LanguageModelConfig(hidden_size=4)).save(folder)
    text.write_text("é😀🚀", encoding="utf-8")
    command, *options = arguments
    files = [folder, text] if command == "score" else [folder]
    done = on_cp1252(command, *files, *options)
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout


def test_a_folder_whose_name_the_console_cannot_show(on_cp1252, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("the quick brown fox\n" * 20, encoding="utf-8")
    done = on_cp1252("train", "lm", "text.txt", "-o", "日本", *TINY, "--max-steps", 1)
    assert done.returncode == 0, done.stderr
    assert b"saved in ??" in done.stdout
    assert LanguageModel.load(tmp_path / "日本").trained is not None
