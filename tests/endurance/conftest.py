"""Runs the scripts of endurance/ as a user does; without that folder there is nothing to test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..interpreter import fresh_python

FOLDER = Path(__file__).parents[2] / "endurance"
SECONDS = 300  # far above what any short form needs; a hang fails instead of stopping the suite

if not FOLDER.exists() or not sys.platform.startswith("linux"):
    collect_ignore_glob = ["test_*.py"]

Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """script("kills.py", "--quick", ...): runs it in an empty folder, on the pyrnn under test."""

    def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return fresh_python(FOLDER / name, *arguments, cwd=tmp_path, timeout=SECONDS)

    return run
