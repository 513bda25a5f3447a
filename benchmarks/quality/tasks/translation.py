"""German to English, captions of images: Multi30k (Elliott et al. 2016), test_2016_flickr.

The files are raw text, and BLEU is sacrebleu's on raw text: what is written has its capitals and
its signs where they belong.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.spelled_numbers import QUICK
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial
from pyrnn.models import Examples, Seq2Seq

PARTS = ("train", "val", "test_2016_flickr")
FILES = tuple(f"multi30k/{part}.{language}.gz" for part in PARTS for language in ("de", "en"))
COUNTS = {"train": 29_000, "held out": 1_014, "test": 1_000}
# Smaller than what is usual (Bahdanau's 512 units, vectors of 256), and about as good
TRIAL = Trial(
    {"hidden_size": 256, "dropout_input": 0.3, "dropout_output": 0.4},
    {
        "batch_size": 64,
        "learning_rate": 1.5e-3,
        "schedule": "cosine",
        "label_smoothing": 0.1,
        "epochs": 12,
    },
)
LEAST = 20.0  # BLEU
WAYS: dict[str, dict[str, Any]] = {"greedy": {}, "beam 5": {"beam": 5}}


def read(folder: Path, part: str) -> Examples:
    """The pairs of a part."""
    source, target = (folder / f"multi30k/{part}.{language}.gz" for language in ("de", "en"))
    return Seq2Seq().examples((source, target))


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`. One seed, since it takes long; val picks the epoch, by its loss."""
    train, held, test = (read(folder, part) for part in PARTS)
    counts = dict(zip(COUNTS, map(len, (train, held, test)), strict=True))
    trial, seed = TRIAL, effort.seeds[0]
    if effort.quick:
        trial = dataclasses.replace(TRIAL, config={"hidden_size": 16})
        train, held, test = (
            part.some(np.arange(min(QUICK, len(part)))) for part in (train, held, test)
        )
    fitted = trial.fit(Seq2Seq, train, held, seed=seed, quick=effort.quick)
    rows = [
        row(name, seed, fitted.model.evaluate(test, **how), fitted.row())
        for name, how in WAYS.items()
    ]
    found = result(counts, rows)
    goals = [goal(f"{n}: BLEU", found["mean"][n]["bleu"], least=LEAST) for n in WAYS]
    return {**found, "goals": goals}


TASK = Task(
    name="translation",
    title="Multi30k, German to English",
    files=FILES,
    counts=COUNTS,
    about="A GRU reads a sentence both ways, another with attention writes its translation, word "
    "by word; words that stand once are unknown, and copied. BLEU and chrF by sacrebleu, on "
    "natural text. val picks the epoch.",
    run=run,
)
