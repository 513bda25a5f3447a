"""What the environment cannot have ends the command in a line, and any other program in an
ImportError (tests/test_import.py)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyrnn.environment import is_the_command

from .interpreter import fresh_python


@pytest.mark.parametrize(
    ("start", "name", "value", "shown"),
    [
        (["-m", "pyrnn"], "PYRNN_ISA", "mmx", "mmx"),
        (["-mpyrnn"], "PYRNN_NUM_THREADS", "two", "two"),
        (["pyrnn"], "PYRNN_NUM_THREADS", "\n", r"\x0a"),
    ],
)
def test_the_command_tells_it_in_a_line(
    start: list[str], name: str, value: str, shown: str, tmp_path: Path
) -> None:
    (tmp_path / "pyrnn").write_text("from pyrnn.cli import main\nmain()\n")  # as pip installs it
    done = fresh_python(*start, "info", cwd=tmp_path, env={name: value})
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {name}: expected ")
    assert line.endswith(f"; got '{shown}'")


@pytest.mark.parametrize(
    ("argv", "original", "expected"),
    [
        (["-m", "info"], ["python", "-m", "pyrnn", "info"], True),
        (["-m"], ["python", "-W", "error", "-m", "pyrnn"], True),
        (["-m", "pyrnn"], ["python", "-m", "pytest", "pyrnn"], False),
        (["/usr/bin/pyrnn", "info"], ["python", "/usr/bin/pyrnn", "info"], True),
        (["pyrnn/train.py"], ["python", "pyrnn/train.py"], False),
        (["-c"], ["python", "-c", "import pyrnn"], False),
        ([], ["python"], False),
    ],
)
def test_which_programs_are_the_command(
    argv: list[str], original: list[str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setattr(sys, "orig_argv", original)
    assert is_the_command() is expected
