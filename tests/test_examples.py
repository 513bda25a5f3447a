"""Every example runs as a reader would run it, and finishes in seconds."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pyrnn.cli import main

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
SHELL_SCRIPTS = sorted(EXAMPLES.glob("*.sh"))
# Errors all, but for what an older matplotlib calls in a newer pyparsing (see pyproject.toml)
WARNINGS = [
    "-Werror",
    "-Wignore::DeprecationWarning:matplotlib._mathtext",
    "-Wignore::DeprecationWarning:matplotlib._fontconfig_pattern",
]
SECONDS = 120  # far above what any example needs; a hang fails instead of stopping the suite


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_python_example_runs(script: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, *WARNINGS, str(script)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip(), "an example shows something"


@pytest.mark.parametrize("script", SHELL_SCRIPTS, ids=lambda path: path.name)
def test_shell_example_uses_options_that_exist(script: Path) -> None:
    """Shell examples train for minutes on a file of the reader's: their options are checked."""
    lines = script.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    calls = [shlex.split(line)[1:] for line in lines if line.startswith("pyrnn ")]
    assert calls
    for arguments in calls:
        context = click.Context(main, info_name="pyrnn")
        command: click.Command = main
        while isinstance(command, click.Group):
            found = command.get_command(context, arguments[0])
            assert found is not None, arguments
            command, arguments = found, arguments[1:]
        command.make_parser(click.Context(command, parent=context)).parse_args(arguments)


def test_there_are_examples() -> None:
    assert SCRIPTS
    assert SHELL_SCRIPTS
