"""Handwritten digits side by side, read column by column: a label for each column of 28 numbers.

Strips of five images of MNIST (LeCun, Cortes and Burges), written as an .npz: x, the columns from
left to right, and y, which digit each is of. Many columns are blank, or look the same in several
digits: their label hangs on what stands before and behind.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.digits import LABELS, TEST, TRAIN
from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial
from pyrnn.data.readers import read_rows
from pyrnn.models import SequenceTagger
from pyrnn.models.examples import Examples
from pyrnn.models.model import Model

NAME = "LSTM, both ways"
DIGITS = 5  # of a strip
USED = 30_000  # of the training images
HELD = 0.1  # of the strips
COLUMNS = {"frames": "x", "label": "y"}
TRIAL = Trial({"hidden_size": 128, "dropout_input": 0.0}, {"epochs": 8, "learning_rate": 2e-3})
LEAST = 0.95  # of the test columns


def write_npz(images: Path, path: Path, most: int | None = None) -> None:
    """Images and the labels that stand beside them, in their order: x (N, 5 W, H) from 0 to 1, the
    columns of N strips, and y (N, 5 W) int64."""
    rows = [*read_rows(images, ["frames", "label"])][:most]
    rows = rows[: len(rows) // DIGITS * DIGITS]
    pixels = np.stack([np.asarray(row.values["frames"]) for row in rows])  # (M, H, W)
    labels = np.array([int(row.values["label"]) for row in rows])
    _, height, width = pixels.shape
    columns = pixels.swapaxes(1, 2).reshape(-1, DIGITS * width, height)
    np.savez(path, x=columns, y=np.repeat(labels, width).reshape(-1, DIGITS * width))


def read(folder: Path, scratch: Path) -> list[Examples]:
    """The strips of the training images and of the test images."""
    found = []
    for name, most in ((TRAIN, USED), (TEST, None)):
        path = scratch / f"{len(found)}.npz"
        write_npz(folder / name, path, most)
        found.append(SequenceTagger().examples(path, **COLUMNS))
    return found


def on_strips(
    kind: type[Model], trial: Trial, every: Examples, test: Examples, effort: Effort
) -> tuple[dict[str, Any], dict[str, float]]:
    """The result of a model whose first tenth of strips picks the epoch, and what it reaches on the
    test strips. One seed, since it takes long."""
    held = max(1, int(len(every) * HELD))
    numbers = np.arange(len(every))
    train, valid = every.some(numbers[held:]), every.some(numbers[:held])
    seed = effort.seeds[0]
    fitted = trial.fit(kind, train, valid, seed=seed, quick=effort.quick)
    rows = [row(NAME, seed, fitted.model.evaluate(test), fitted.row())]
    counts = {"train": len(train), "held out": len(valid), "test": len(test)}
    found = result(counts, rows)
    return found, found["mean"][NAME]


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`."""
    with tempfile.TemporaryDirectory() as scratch:
        every, test = read(folder, Path(scratch))
    found, reached = on_strips(SequenceTagger, TRIAL, every, test, effort)
    return {**found, "goals": [goal("accuracy", reached["accuracy"], least=LEAST)]}


TASK = Task(
    name="strips",
    title="MNIST, five digits side by side",
    files=(TRAIN, TEST, *LABELS),
    counts={"train": 5_400, "held out": 600, "test": 2_000},
    about=f"Which digit each of the 140 columns of a strip belongs to. {USED:,} training images, a "
    "tenth of whose strips pick the epoch; the test images make the test strips.",
    run=run,
)
