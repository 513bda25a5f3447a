"""Who speaks: Japanese Vowels (Kudo, Toyama and Shimbo 1999), frames of sound from nine speakers.

A file has twelve numbers a line, a frame; a line of twelve 1.0 ends an utterance. Who speaks stands
nowhere but in the order: so many utterances of each speaker in turn. They are written as an .npz,
frames one after the other beside their lengths, which pyrnn reads.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Metrics, Trial, by_folds
from pyrnn.data import folds
from pyrnn.models import SequenceClassifier
from pyrnn.models.examples import Examples

FILES = TRAIN, TEST = "japanese-vowels/ae.train", "japanese-vowels/ae.test"
SPEAKERS = range(1, 10)
TEST_COUNTS = (31, 35, 88, 44, 29, 24, 40, 50, 29)  # utterances of each speaker
BOTH_WAYS = {"bidirectional": True}
TRIALS = {
    "defaults": Trial(),
    "both ways": Trial(BOTH_WAYS),
    "both ways, mean": Trial({**BOTH_WAYS, "pooling": "mean"}),
    "both ways, maximum": Trial({**BOTH_WAYS, "pooling": "max"}),
    "both ways, mean, GRU": Trial({**BOTH_WAYS, "pooling": "mean", "cell": "gru"}),
}
FOLDS = 5
LEAST = 0.97  # of the test utterances


def utterances(path: Path) -> list[np.ndarray]:
    """The frames (N, 12) of each. Raises ValueError for a file that ends within one."""
    found, frames = [], []
    with path.open(encoding="ascii") as lines:
        for line in filter(str.strip, lines):
            frame = [float(number) for number in line.split()]
            if set(frame) != {1.0}:
                frames.append(frame)
            elif frames:
                found.append(np.array(frames))
                frames = []
    if frames:
        raise ValueError(f"{path.name}: expected a line of 1.0 behind the last utterance; got none")
    return found


def write_npz(path: Path, sequences: Sequence[np.ndarray], labels: Sequence[int]) -> None:
    """frames (sum N, 12), frames_lengths (M,), label (M,)."""
    lengths = [len(frames) for frames in sequences]
    arrays: dict[str, Any] = {"frames": np.concatenate(sequences), "frames_lengths": lengths}
    np.savez(path, **arrays, label=labels)


def read(folder: Path, scratch: Path) -> Iterator[Examples]:
    """The training and the test utterances."""
    for name in FILES:
        sequences = utterances(folder / name)
        counts = TEST_COUNTS
        if sum(counts) != len(sequences):  # as many of each, as in the training set
            counts = (len(sequences) // len(SPEAKERS),) * len(SPEAKERS)
        labels = np.repeat(SPEAKERS, counts)
        path = scratch / f"{Path(name).name}.npz"
        write_npz(path, sequences[: len(labels)], labels.tolist())
        yield SequenceClassifier().examples(path)


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`."""
    quick = effort.quick
    with tempfile.TemporaryDirectory() as scratch:
        train, test = read(folder, Path(scratch))
    labels: Any = train.targets

    def fold(trial: Trial, fitted: np.ndarray, held: np.ndarray) -> Metrics:
        model = trial.fit(SequenceClassifier, train.some(fitted), quick=quick).model
        metrics = model.evaluate(train.some(held))
        return {name: metrics[name] for name in ("accuracy", "log_loss")}

    chosen = by_folds(TRIALS, folds(len(train), FOLDS, 0, labels), fold, "log_loss", quick=quick)
    rows = []
    for seed in effort.seeds:
        fitted = chosen.trial.fit(SequenceClassifier, train, seed=seed, quick=quick)
        metrics = fitted.model.evaluate(test)
        rows.append(row(chosen.name, seed, metrics, fitted.row()))
    found = result({"train": len(train), "test": len(test)}, rows, tried=chosen.tried)
    accuracy = found["mean"][chosen.name]["accuracy"]
    return {**found, "goals": [goal("accuracy", accuracy, least=LEAST)]}


TASK = Task(
    name="vowels",
    title="Japanese Vowels",
    files=FILES,
    counts={"train": 270, "test": 370},
    about="Which of nine speakers says a vowel, from 7 to 29 frames of twelve numbers. Settings by "
    f"{FOLDS}-fold cross-validation within the 270 training utterances; then trained on all of "
    "them, and tested on 370 (twice: under earlier defaults it was 97.7 %).",
    run=run,
)
