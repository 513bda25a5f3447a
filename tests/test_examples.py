"""Every example runs as a reader would run it, and finishes in seconds."""

from __future__ import annotations

import ast
import shlex
import shutil
from pathlib import Path

import click
import pytest

from pyrnn.cli import main

from .interpreter import fresh_python

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
COMMANDED = [path for path in SCRIPTS if "on the command line" in path.read_text(encoding="utf-8")]
SHELL_SCRIPTS = sorted(EXAMPLES.glob("*.sh"))
SETTINGS_FILES = sorted(EXAMPLES.glob("*.toml"))
# Errors all, but for what an older matplotlib calls in a newer pyparsing (see pyproject.toml)
WARNINGS = [
    "-Werror",
    "-Wignore::DeprecationWarning:matplotlib._mathtext",
    "-Wignore::DeprecationWarning:matplotlib._fontconfig_pattern",
]


def run(folder: Path, *arguments: str) -> str:
    """What Python prints with these arguments, in a folder; it must end well."""
    result = fresh_python(*arguments, cwd=folder)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_python_example_runs(script: Path, tmp_path: Path) -> None:
    assert run(tmp_path, *WARNINGS, str(script)).strip(), "an example shows something"


@pytest.mark.parametrize("script", SHELL_SCRIPTS, ids=lambda path: path.name)
def test_shell_example_uses_options_that_exist(script: Path) -> None:
    """Shell examples train for minutes on a file of the reader's: their options are checked."""
    check_options(script.read_text(encoding="utf-8"))


@pytest.mark.parametrize("script", COMMANDED, ids=lambda path: path.name)
def test_commands_beside_a_python_example_have_options_that_exist(script: Path) -> None:
    check_options(ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or "")


def check_options(text: str) -> None:
    """Parse each pyrnn command in a text, of which there must be one at least."""
    lines = text.replace("\\\n", " ").splitlines()
    calls = [shlex.split(line)[1:] for line in map(str.strip, lines) if line.startswith("pyrnn ")]
    assert calls
    for arguments in calls:
        context = click.Context(main, info_name="pyrnn")
        command: click.Command = main
        while isinstance(command, click.Group):
            _, found, arguments = command.resolve_command(context, arguments)
            assert found is not None, arguments
            command = found
        command.make_parser(click.Context(command, parent=context)).parse_args(arguments)


@pytest.mark.parametrize("file", SETTINGS_FILES, ids=lambda path: path.name)
def test_settings_file_trains(file: Path, tmp_path: Path) -> None:
    """In short form: on a small text, with a small network, for a few steps."""
    (tmp_path / "text.txt").write_text("it was the best of times, " * 200, encoding="utf-8")
    arguments = ["train", "lm", "text.txt", "--valid", "0.1", "--config", str(file)]
    arguments += ["--output", "model"]
    short = ["--hidden", "8", "--embedding", "4", "--bptt", "8", "--max-steps", "3"]
    assert "saved in model" in run(tmp_path, *WARNINGS, "-m", "pyrnn", *arguments, *short)


def test_the_settings_file_says_what_the_shell_script_says(tmp_path: Path) -> None:
    """shakespeare.toml is shakespeare.sh in another form."""
    text = (EXAMPLES / "shakespeare.sh").read_text(encoding="utf-8").replace("\\\n", " ")
    line = next(line for line in text.splitlines() if line.startswith("pyrnn train lm"))
    shutil.copy(EXAMPLES / "shakespeare.toml", tmp_path)
    written = []
    for arguments in (
        shlex.split(line)[1:],
        ["train", "lm", "--config", "shakespeare.toml", "--test", "test.txt"],
    ):
        written.append(run(tmp_path, "-m", "pyrnn", *arguments, "--write-config", "-"))
    assert written[0] == written[1]


def test_there_are_examples() -> None:
    assert SCRIPTS
    assert COMMANDED
    assert SHELL_SCRIPTS
    assert SETTINGS_FILES
