"""Handwritten digits, row by row: MNIST (LeCun, Cortes and Burges), 28 rows of 28 numbers.

pyrnn reads the images as they are, with the labels that stand beside them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial, by_held_out
from pyrnn.data import hold_out
from pyrnn.models import SequenceClassifier

TRAIN, TEST = "mnist/train-images-idx3-ubyte.gz", "mnist/t10k-images-idx3-ubyte.gz"
LABELS = tuple(name.replace("images-idx3", "labels-idx1") for name in (TRAIN, TEST))
EPOCHS = 6
TRIALS = {
    "defaults": Trial(options={"epochs": EPOCHS}),
    "last state, 3e-3": Trial(
        {"pooling": "last", "dropout_output": 0.2},
        {"learning_rate": 3e-3, "schedule": "cosine", "epochs": EPOCHS},
    ),
}
HELD = 5_000  # of the training images
LEAST = 0.985  # of the test images


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`. The model that validation has left is tested: one seed, since it takes long."""
    every = SequenceClassifier().examples(folder / TRAIN, label=("label",))
    seed, labels = effort.seeds[0], every.targets
    share = min(HELD, len(every) // 4) / len(every)
    train, held = map(every.some, hold_out(len(every), share, seed, labels))
    kind = SequenceClassifier
    chosen = by_held_out(TRIALS, kind, train, held, seed=seed, quick=effort.quick)
    assert chosen.fitted is not None
    test = SequenceClassifier().examples(folder / TEST, label=("label",))
    metrics = chosen.fitted.model.evaluate(test)
    rows = [row(chosen.name, seed, metrics, chosen.fitted.row())]
    counts = {"train": len(train), "held out": len(held), "test": len(test)}
    found = result(counts, rows, tried=chosen.tried)
    goals = [goal("accuracy", found["mean"][chosen.name]["accuracy"], least=LEAST)]
    return {**found, "goals": goals}


TASK = Task(
    name="digits",
    title="MNIST, row by row",
    files=(TRAIN, TEST, *LABELS),
    counts={"train": 55_000, "held out": 5_000, "test": 10_000},
    about="Which digit an image shows whose 28 rows are read one after the other. Settings and "
    f"epoch by {HELD:,} training images that are held out.",
    run=run,
)
