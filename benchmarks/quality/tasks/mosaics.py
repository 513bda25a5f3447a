"""Mosaics of handwritten digits, and the number that they show, in words.

One to four images of MNIST (LeCun, Cortes and Burges) stand in two rows of two places, read as text
is; the rest is empty. A mosaic is a vector: its pixels, at half the resolution. Written as an .npz:
v (N, 784) from 0 to 1, and caption (N,), such as "four thousand two hundred and seven".
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.digits import LABELS, TEST, TRAIN
from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.spelled_numbers import ONES, in_words
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial
from pyrnn.data.readers import read_rows
from pyrnn.models import Captioner
from pyrnn.models.examples import Examples

MOST = 4  # digits of a mosaic
COUNTS = {"train": 100_000, "held out": 4_000, "test": 4_000}
HELD = 5_000  # of the training images, of which the mosaics that are held out are made
COLUMNS: dict[str, Any] = {"vector": ("v",), "text": "caption"}
TRIAL = Trial(
    {"vector_layers": (512, 256), "dropout_vector": 0.1, "hidden_size": 128},
    {"epochs": 10, "schedule": "cosine", "monitor": "exact_match"},
)
LEAST = 0.85  # of the test mosaics, word for word


def british(number: int) -> str:
    """From 0 to 9999, with the "and" of British English."""
    thousands, rest = divmod(number, 1_000)
    hundreds, rest = divmod(rest, 100)
    words = [
        f"{ONES[n]} {unit}" for n, unit in ((thousands, "thousand"), (hundreds, "hundred")) if n
    ]
    if rest or not words:
        words.append(f"and {in_words(rest)}" if words else in_words(rest))
    return " ".join(words)


def read_images(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """(N, 14, 14) from 0 to 1, each the mean of four pixels, and the digits they show, (N,)."""
    rows = [*read_rows(path, ["frames", "label"])]
    pixels = np.stack([np.asarray(row.values["frames"]) for row in rows])
    height, width = (size // 2 for size in pixels.shape[1:])
    fours = pixels[:, : 2 * height, : 2 * width].reshape(-1, height, 2, width, 2)
    halved = fours.mean(axis=(2, 4))
    return halved.astype(np.float32), np.array([int(row.values["label"]) for row in rows])


def write_npz(
    path: Path, images: np.ndarray, digits: np.ndarray, count: int, draw: np.random.Generator
) -> None:
    """So many mosaics of images (N, 14, 14) that are drawn, of one to four digits in equal parts.

    A number of several digits does not begin with 0.
    """
    _, height, width = images.shape
    first = np.flatnonzero(digits)
    pixels = np.zeros((count, 2, height, 2, width), np.float32)
    captions = []
    for n in range(count):
        size = 1 + n % MOST
        chosen = draw.integers(len(images), size=size)
        if size > 1:
            chosen[0] = first[draw.integers(len(first))]
        for place, image in enumerate(images[chosen]):
            pixels[n, place // 2, :, place % 2] = image
        captions.append(british(int("".join(map(str, digits[chosen])))))
    np.savez(path, v=pixels.reshape(count, -1), caption=np.array(captions))


def parts(folder: Path, scratch: Path) -> list[Examples]:
    """What is trained on, what picks the epoch, the test: of images that no other part has."""
    draw, found = np.random.default_rng(0), []
    images, digits = read_images(folder / TRAIN)
    test = read_images(folder / TEST)
    held = min(HELD, len(images) // 4)
    sources = (images[held:], digits[held:]), (images[:held], digits[:held]), test
    for (name, count), source in zip(COUNTS.items(), sources, strict=True):
        path = scratch / f"{name}.npz"
        write_npz(path, *source, min(count, 10 * len(source[0])), draw)
        found.append(Captioner().examples(path, **COLUMNS))
    return found


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`. One seed, since it takes long."""
    with tempfile.TemporaryDirectory() as scratch:
        train, valid, test = every = parts(folder, Path(scratch))
    seed = effort.seeds[0]
    fitted = TRIAL.fit(Captioner, train, valid, seed=seed, quick=effort.quick)
    rows = [row("GRU", seed, fitted.model.evaluate(test), fitted.row())]
    found = result(dict(zip(COUNTS, map(len, every), strict=True)), rows)
    goals = [goal("exact", found["mean"]["GRU"]["exact_match"], least=LEAST)]
    return {**found, "goals": goals}


TASK = Task(
    name="mosaics",
    title="MNIST, the number of a mosaic in words",
    files=(TRAIN, TEST, *LABELS),
    counts=COUNTS,
    about="Two by two places with one to four digits, read as text is, as one vector of pixels; a "
    "captioner writes the number in words. Training mosaics are drawn from 55,000 training images, "
    "those that pick the epoch from the other 5,000, test mosaics from the test images.",
    run=run,
)
