"""Handwritten digits in a row, read column by column: which digits they are, unaligned.

Strips of one to eight images of MNIST (LeCun, Cortes and Burges), written as an .npz: x, the
columns from left to right, and text, the digits. Images stand at no fixed distance: up to a quarter
of their width apart, or as far one upon the other, where the larger number counts.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.digits import LABELS, TEST, TRAIN
from benchmarks.quality.tasks.result import goal
from benchmarks.quality.tasks.strips import on_strips
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial
from pyrnn.data.readers import read_rows
from pyrnn.models import Transcriber
from pyrnn.models.examples import Examples

MOST = 8  # digits of a strip
COLUMNS = {"frames": "x", "labels": "text"}
TRIAL = Trial(
    {"frames_per_step": 4, "dropout_output": 0.25},
    {"epochs": 12, "learning_rate": 3e-3, "schedule": "cosine"},
)
LIMIT = 0.04  # label error of the test strips


def write_npz(images: Path, path: Path, most: int | None = None) -> None:
    """Images and the labels that stand beside them, in their order, as strips: x (sum of W, H) from
    0 to 1, x_lengths (N,) and text (N,)."""
    rows = [*read_rows(images, ["frames", "label"])][:most]
    draw = np.random.default_rng(0)
    strips, texts, first = [], [], 0
    while first < len(rows):
        some = rows[first : first + int(draw.integers(1, MOST + 1))]
        strips.append(strip([np.asarray(one.values["frames"]).T for one in some], draw))
        texts.append("".join(str(one.values["label"]) for one in some))
        first += len(some)
    lengths = np.array(list(map(len, strips)))
    np.savez(path, x=np.concatenate(strips), x_lengths=lengths, text=np.array(texts))


def strip(images: list[np.ndarray], draw: np.random.Generator) -> np.ndarray:
    """Images (W, H) in a row, (W', H)."""
    width, height = images[0].shape
    most = width // 4
    gaps = draw.integers(-most, most + 1, size=len(images))  # below 0 they overlap
    before, behind = draw.integers(most + 1, size=2).tolist()
    places = before + np.concatenate([[0], np.cumsum(width + gaps[1:])])
    columns = np.zeros((int(places[-1]) + width + behind, height), np.float32)
    for place, image in zip(places.tolist(), images, strict=True):
        part = columns[place : place + width]
        np.maximum(part, image, out=part)
    return columns


def read(folder: Path, scratch: Path) -> list[Examples]:
    """The strips of the training images and of the test images."""
    found = []
    for name in (TRAIN, TEST):
        path = scratch / f"{len(found)}.npz"
        write_npz(folder / name, path)
        found.append(Transcriber().examples(path, **COLUMNS))
    return found


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`."""
    with tempfile.TemporaryDirectory() as scratch:
        every, test = read(folder, Path(scratch))
    found, reached = on_strips(Transcriber, TRIAL, every, test, effort)
    return {**found, "goals": [goal("label error", reached["label_error"], most=LIMIT)]}


TASK = Task(
    name="strips-ctc",
    title="MNIST, one to eight digits in a row, unaligned",
    files=(TRAIN, TEST, *LABELS),
    counts={"train": 11_905, "held out": 1_322, "test": 2_190},
    about="Which digits stand in a strip that is read column by column; at no fixed distance, and "
    "nobody says where one begins. A tenth of the strips of the training images pick the epoch; "
    "the test images make the test strips.",
    run=run,
)
