"""Spoken digits in WAV files, written down letter by letter: one to five in a row, of speakers that
are synthesized, each file by another one. See speech.py.
"""

from __future__ import annotations

import csv
import tempfile
import wave
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.speech import RATE, WORDS, spoken
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial
from pyrnn.models import Transcriber
from pyrnn.models.examples import Examples

COUNTS = {"train": 1_000, "held out": 200, "test": 500}
MOST = 5  # words of a file
COLUMNS = {"frames": "file", "labels": "words"}
TRIAL = Trial({"frames_per_step": 2}, {"epochs": 15})
LIMIT = 0.05  # word error of the test files
QUICK = 20  # files of each part, where it is only to be seen that all works


def write(folder: Path, count: int, seed: int) -> Path:
    """So many WAV files in a folder, and beside them the table of their words, which it returns."""
    folder.mkdir()
    draw = np.random.default_rng(seed)
    table = folder / "words.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["file", "words"])
        for k in range(count):
            words = draw.choice(list(WORDS), size=int(draw.integers(1, MOST + 1))).tolist()
            write_wav(folder / f"{k}.wav", spoken(words, draw))
            lines.writerow([f"{k}.wav", " ".join(words)])
    return table


def write_wav(path: Path, samples: np.ndarray) -> None:
    """Samples in -1..1 as 16 bits each."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())


def read(scratch: Path, counts: dict[str, int]) -> list[Examples]:
    """What is trained on, what picks the epoch, the test."""
    tables = [
        write(scratch / name, count, seed) for seed, (name, count) in enumerate(counts.items())
    ]
    return [Transcriber().examples(table, **COLUMNS) for table in tables]


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`."""
    counts = dict.fromkeys(COUNTS, QUICK) if effort.quick else COUNTS
    with tempfile.TemporaryDirectory() as scratch:
        train, held, test = read(Path(scratch), counts)
    rows = []
    for seed in effort.seeds:
        fitted = TRIAL.fit(Transcriber, train, held, seed=seed, quick=effort.quick)
        rows.append(row("LSTM, both ways", seed, fitted.model.evaluate(test), fitted.row()))
    found = result(counts, rows)
    error = found["mean"]["LSTM, both ways"]["word_error"]
    return {**found, "goals": [goal("word error", error, most=LIMIT)]}


TASK = Task(
    name="spoken-digits",
    title="Spoken digits, synthesized",
    files=(),
    counts=COUNTS,
    about="One to five digits in English, in WAV files, letter by letter. A synthesizer speaks "
    "them with another pitch, tempo, vocal tract and noise in each file; the test files' are in no "
    "other part.",
    run=run,
)
