"""What a run of these scripts leaves: JSON beside that of the benchmarks, signed as they are."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def _benchmarks() -> None:
    """Make benchmarks/ importable, as its own scripts do."""
    path = ROOT / "benchmarks" / "package.py"
    spec = importlib.util.spec_from_file_location("package", path)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def sign(threads: int) -> dict[str, Any]:
    """Machine, compiler, versions, commit and command of a run, made when it begins."""
    _benchmarks()
    from benchmarks import signature

    options = [signature.without_folders(argument) for argument in sys.argv[1:]]
    command = shlex.join(["python", f"endurance/{Path(sys.argv[0]).name}", *options])
    return {**signature.sign([threads]), "command": command}


def keep(name: str, signed: dict[str, Any], content: dict[str, Any], output: Path | None) -> None:
    """Write a result to a file; None: benchmarks/results/NAME.json."""
    _benchmarks()
    from benchmarks.result_file import FOLDER, write_result

    write_result(output or FOLDER / f"{name}.json", name, signed, content)
