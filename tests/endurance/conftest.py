"""Runs the scripts of endurance/ as a user does; without that folder there is nothing to test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import pyrnn

FOLDER = Path(__file__).parents[2] / "endurance"
SECONDS = 300  # far above what any short form needs; a hang fails instead of stopping the suite

if not FOLDER.exists() or not sys.platform.startswith("linux"):
    collect_ignore_glob = ["test_*.py"]

Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """script("kills.py", "--quick", ...): runs it in an empty folder, on the pyrnn under test."""

    def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(FOLDER / name), *map(str, arguments)],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(pyrnn.__file__).parents[1])},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    return run
