"""How many cycles an engine has left: C-MAPSS FD001 (Saxena et al. 2008), 24 numbers a cycle.

The files have no header. They are written as tables of a cycle a row, with what the engine has left
then as the target, which pyrnn learns at every step: capped at 125, since nothing shows in a new
engine. A test engine is cut off; what it has left at its last row stands in a file of its own, and
is not capped.
"""

from __future__ import annotations

import csv
import gzip
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Metrics, Trial, by_folds
from pyrnn.data import folds, hold_out
from pyrnn.models import SequenceRegressor
from pyrnn.models.examples import Examples

TRAIN, TEST, LEFT = "cmapss/train_FD001.txt.gz", "cmapss/test_FD001.txt.gz", "cmapss/RUL_FD001.txt"
NUMBERS = tuple([f"setting{k}" for k in range(1, 4)] + [f"sensor{k}" for k in range(1, 22)])
COLUMNS: dict[str, Any] = {"id": "engine", "features": NUMBERS, "target": ("left",)}
CAP = 125  # cycles
GRU = {"cell": "gru"}
SMALL = {"hidden_size": 64, "dropout_output": 0.3}
HOW = {"optimizer": "adamw", "learning_rate": 3e-3, "batch_size": 4, "epochs": 30}
# Before there were folds, settings were chosen on the 20 engines that pick the epoch, and three of
# them were tested: LSTM 64 with dropout 15.7, GRU 64 with dropout 14.8, two layers of LSTM 64 16.3;
# the first choice by folds, the defaults, 16.1. Then the GRU of 128 was tried, on the folds alone
# (root of the mean squared error at all steps, where the defaults have 11.9): 11.1, with weight
# decay 10.8, with 64 units 11.3, with a cosine 11.2, two layers of 64 11.8.
TRIALS = {
    "defaults": Trial(),
    "LSTM 64, dropout": Trial(SMALL, HOW),
    "GRU 64, dropout": Trial({**GRU, **SMALL}, HOW),
    "GRU": Trial(GRU),
    "GRU, weight decay": Trial(GRU, {"optimizer": "adamw", "weight_decay": 0.1}),
}
FOLDS = 5
HELD = 0.2  # of the training engines
MOST = 16.1  # cycles, root of the mean squared error


def engines(path: Path) -> list[list[list[str]]]:
    """The rows of each engine, as text: [engine, cycle, three settings, 21 sensors]."""
    found: dict[str, list[list[str]]] = {}
    with gzip.open(path, "rt", encoding="ascii") as lines:
        for number, line in enumerate(lines, 1):
            fields = line.split()
            if len(fields) != 2 + len(NUMBERS):
                raise ValueError(
                    f"{path.name}: line {number}: expected {2 + len(NUMBERS)} numbers; got "
                    f"{len(fields)}"
                )
            found.setdefault(fields[0], []).append(fields)
    return list(found.values())


def write_csv(path: Path, runs: list[list[list[str]]], left: list[int], cap: float) -> None:
    """A cycle a row. left: what each engine has left at its last row. cap: of the targets."""
    with path.open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("engine", *NUMBERS, "left"))
        for rows, at_the_end in zip(runs, left, strict=True):
            for behind, (engine, _, *numbers) in zip(
                range(len(rows) - 1, -1, -1), rows, strict=True
            ):
                writer.writerow((engine, *numbers, min(at_the_end + behind, cap)))


def read(folder: Path, scratch: Path) -> Iterator[Examples]:
    """Those that ran to their end, with capped targets, and those cut off, with the file's."""
    whole, cut = engines(folder / TRAIN), engines(folder / TEST)
    left = [int(line) for line in (folder / LEFT).read_text(encoding="ascii").split()]
    kinds = (("train", whole, [0] * len(whole), CAP), ("test", cut, left, math.inf))
    for name, runs, at_the_end, cap in kinds:
        path = scratch / f"{name}.csv"
        write_csv(path, runs, at_the_end, cap)
        yield SequenceRegressor().examples(path, **COLUMNS)


def tested(model: SequenceRegressor, test: Examples) -> dict[str, float]:
    """At each engine's last row: against what it had left, and against that capped."""
    report = model.report(test)
    assert report.truths is not None
    assert report.predictions is not None
    gap = report.predictions - np.minimum(report.truths, CAP)
    names = ("rmse", "mae", "r2")
    return {
        **{name: report.metrics[name] for name in names},
        "rmse_capped": float(np.sqrt(np.mean(gap**2))),
    }


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`."""
    with tempfile.TemporaryDirectory() as scratch:
        every, test = read(folder, Path(scratch))
    kind, quick, rows = SequenceRegressor, effort.quick, []

    def fold(trial: Trial, fitted: np.ndarray, held: np.ndarray) -> Metrics:
        return trial.fit(kind, every.some(fitted), every.some(held), quick=quick).validation

    chosen = by_folds(TRIALS, folds(len(every), FOLDS), fold, "loss", quick=quick)
    train, held = map(every.some, hold_out(len(every), HELD, 0))
    for seed in effort.seeds:
        fitted = chosen.trial.fit(kind, train, held, seed=seed, quick=quick)
        rows.append(row(chosen.name, seed, tested(fitted.model, test), fitted.row()))
    counts = {"train": len(train), "held out": len(held), "test": len(test)}
    found = result(counts, rows, tried=chosen.tried)
    return {**found, "goals": [goal("RMSE", found["mean"][chosen.name]["rmse"], most=MOST)]}


TASK = Task(
    name="engines",
    title="C-MAPSS FD001",
    files=(TRAIN, TEST, LEFT),
    counts={"train": 80, "held out": 20, "test": 100},
    about="How many cycles an engine has left, told at every cycle, from 24 numbers a cycle. "
    f"Trained on targets capped at {CAP}. Settings by {FOLDS}-fold cross-validation over the "
    "training engines, each held out whole, the epoch by a fifth of them; tested at the last row "
    "of each test engine, against what it had left in truth. Four choices before this one met the "
    "test engines, too (14.8 to 16.3), so take the figure with a grain of salt.",
    run=run,
)
