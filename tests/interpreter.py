"""A fresh Python on the pyrnn under test."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyrnn

SECONDS = 240  # by which a process is taken to hang: far above what any takes


def fresh_python(
    *arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments; what it printed is text, UTF-8.

    cwd: if absent, an empty folder: in a source tree Python would find that, and not what is under
    test. env: beside the environment. more: of `subprocess.run`.
    """
    places = {"PYTHONPATH": str(Path(pyrnn.__file__).resolve().parents[1])}
    with tempfile.TemporaryDirectory() as empty:
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=cwd or empty,
            env={**os.environ, **places, "PYTHONIOENCODING": "utf-8", **(env or {})},
            **{"capture_output": True, "encoding": "utf-8", "timeout": SECONDS, **more},
        )
