"""Results as JSON: what was measured, and the signature beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
VERSION = 1


def write_result(path: Path, benchmark: str, signature: dict[str, Any], content: Any) -> None:
    """Write {"version", "benchmark", "signature", **content}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"version": VERSION, "benchmark": benchmark, "signature": signature, **content}
    path.write_text(json.dumps(whole, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def read_result(path: Path) -> dict[str, Any]:
    """What `write_result` wrote. Raises ValueError for a file of another version."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.get("version") != VERSION:
        raise ValueError(f"{path.name}: version {VERSION} expected; got {content.get('version')}")
    return content
