"""Runs examples/shakespeare.sh's training and keeps its curve, validation, test and samples.

The settings stand in the example alone. The test text is read once, at the end.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.processes import fresh_interpreter

if TYPE_CHECKING:
    from pyrnn.training import ValidationRecord

EXAMPLE = Path(__file__).parents[2] / "examples" / "shakespeare.sh"
TEMPERATURES = (0.5, 0.7, 1.0)
PROMPT, LENGTH, SEED = "KING", 600, 1
PARTS = ("train.txt", "valid.txt", "test.txt")  # as the example calls them
TEST_LINE = re.compile(
    r"^test: loss (?P<nats>[\d.]+), perplexity (?P<perplexity>[\d.]+)"
    r"(?:, bits_per_character (?P<bits>[\d.]+))?$",
    re.MULTILINE,
)


def example_command() -> str:
    """The `pyrnn train lm` command of the example, in one line."""
    lines = EXAMPLE.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    (line,) = [line for line in lines if line.startswith("pyrnn train lm ")]
    return " ".join(line.split())


def arguments_for(command: str, texts: Path, folder: Path, extra: Sequence[str]) -> list[str]:
    """What follows `pyrnn`, with the folders put in; the last of two options counts."""
    _, *arguments = shlex.split(command)
    placed = [str(texts / word) if word in PARTS else word for word in arguments]
    return [*placed, "--output", str(folder), *extra]


def write_parts(text: Path, folder: Path) -> None:
    """The parts of a text that the example cuts, as files in a folder."""
    from pyrnn.data import read_text, split_text

    parts = split_text(read_text(text), (0.9, 0.05, 0.05))
    for name, part in zip(PARTS, parts, strict=True):
        (folder / name).write_text(part, encoding="utf-8", newline="\n")


def train(text: Path, threads: int, extra: Sequence[str] = ()) -> dict[str, Any]:
    """Run the command, its progress on stderr, and read what it leaves."""
    command = example_command()
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, "model")
        write_parts(text, Path(parent))
        arguments = arguments_for(command, Path(parent), folder, extra)
        done = fresh_interpreter(
            ["-m", "pyrnn", "--threads", str(threads), *arguments],
            stdout=subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            raise SystemExit(done.returncode)
        shown = [command, *map(shlex.quote, extra)]
        return {"train": " ".join(shown), **read_run(folder, done.stdout)}


def read_run(folder: Path, output: str) -> dict[str, Any]:
    """Curve, best validation, test, samples of a finished run."""
    from pyrnn.models import LanguageModel
    from pyrnn.training import EndRecord, ValidationRecord, read_history

    model = LanguageModel.load(folder)
    records = read_history(folder / "history.jsonl")
    end = records[-1]
    test = TEST_LINE.search(output)
    assert isinstance(end, EndRecord)
    assert test is not None, "the command reports the test"
    validations = [r for r in records if isinstance(r, ValidationRecord)]
    return {
        "weights": sum(parameter.size for parameter in model.network.parameters()),
        "steps": end.step,
        "tokens": end.items,
        "seconds": end.seconds,
        "tokens_per_second": end.items / end.seconds,  # validations included
        "validation": {"loss": end.best, "step": end.best_step},
        "test": {name: float(value) for name, value in test.groupdict().items() if value},
        "curve": curve(records, validations),
        "samples": samples(model),
    }


def curve(records: Sequence[Any], validations: Sequence[ValidationRecord]) -> list[dict[str, Any]]:
    """For each validation: the mean training loss of the kept steps since the last, and its own."""
    from pyrnn.training import StepRecord

    points, after = [], 0
    for validation in validations:
        step = validation.step
        losses = [r.loss for r in records if isinstance(r, StepRecord) and after < r.step <= step]
        points.append(
            {
                "step": step,
                "epoch": round(validation.epoch, 3),
                "seconds": round(validation.seconds, 1),
                "train": round(sum(losses) / len(losses), 4) if losses else None,
                "validation": round(validation.loss, 4),
            }
        )
        after = step
    return points


def samples(model: Any) -> list[dict[str, Any]]:
    """What the model writes after the prompt, at each temperature."""
    return [
        {
            "prompt": PROMPT,
            "temperature": temperature,
            "seed": SEED,
            "text": model.generate(PROMPT, LENGTH, temperature=temperature, seed=SEED),
        }
        for temperature in TEMPERATURES
    ]
