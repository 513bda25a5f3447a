"""Runs `pyrnn compare` on a text and keeps its table, its validation curves and its picture.

Test losses are those of the weights with the best validation; the test text is read once.
"""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.processes import fresh_interpreter
from benchmarks.quality.shakespeare import arguments_for, write_parts

# A constant rate: cosine follows each cell's own time, and would differ at the same step
COMMAND = (
    "pyrnn compare lm train.txt --cells rnn_tanh,lstm,gru --cell lstm --hidden 256 --embedding 64 "
    "--batch 32 --bptt 64 --shift --learning-rate 0.002 --warmup 50 --minutes 4 "
    "--valid valid.txt --test test.txt"
)


class Comparison(NamedTuple):
    """What is kept as JSON, and the picture as a PNG file's bytes, where matplotlib is there."""

    content: dict[str, Any]
    picture: bytes | None


def compare(text: Path, threads: int, extra: Sequence[str] = ()) -> Comparison:
    """Run the command, its progress on stderr, and read what it leaves."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, "comparison")
        write_parts(text, Path(parent))
        arguments = arguments_for(COMMAND, Path(parent), folder, extra)
        done = fresh_interpreter(
            ["-m", "pyrnn", "--threads", str(threads), *arguments],
            check=False,
        )
        if done.returncode:
            raise SystemExit(done.returncode)
        report = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
        picture = folder / "comparison.png"
        shown = [COMMAND, *map(shlex.quote, extra)]
        content = {"compare": " ".join(shown), **kept(report)}
        return Comparison(content, picture.read_bytes() if picture.exists() else None)


def kept(report: dict[str, Any]) -> dict[str, Any]:
    """Of a comparison.json the results, the common step and the validations."""
    curves = {name: curve["validation"] for name, curve in report["curves"].items()}
    return {
        "common_step": report["common_step"],
        "minutes": report["settings"]["options"]["max_minutes"],
        "standings": [standing(result) for result in report["results"]],
        "validations": curves,
    }


def standing(result: dict[str, Any]) -> dict[str, Any]:
    """A result under the names of a language model's, which the kept ones have."""
    return {
        **{name: value for name, value in result.items() if name not in ("items", "metrics")},
        "tokens": result["items"],
        "tokens_per_second": result["items_per_second"],
        "test": result["test"] and result["test"]["loss"],
    }
