"""Runs `pyrnn train classify` on IMDB's reviews, seed by seed, and keeps what `evaluate` says.

The settings stand in SETTINGS alone. A tenth of the training set is held out and picks the best
weights; the test set is read once for each model, when it is trained.
"""

from __future__ import annotations

import json
import shlex
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.processes import fresh_interpreter
from benchmarks.quality.imdb import COLUMNS

TEXT, LABEL = COLUMNS
COMMAND = f"pyrnn train classify train.csv --text {TEXT} --label {LABEL} -o model"
SETTINGS = {
    # Few words and dropout on them: a network that knows the names of films and actors does worse
    # on other films.
    "lstm": "--cell lstm --hidden-size 128 --max-length 400 --max-vocabulary 10000 "
    "--dropout-input 0.5 --epochs 3",
    "bag": "--encoder bag --ngrams 2 --epochs 5",
}
SEEDS = (0, 1, 2)
METRICS = ("accuracy", "f1_macro", "log_loss")  # of the test set


def measure(
    folder: Path, settings: str, seeds: Sequence[int], threads: int, extra: Sequence[str] = ()
) -> dict[str, Any]:
    """A model trained with each seed: the rows, and the means of accuracy and seconds.

    folder: holds train.csv and test.csv. extra: options that follow the settings, for all.
    """
    settings = shlex.join([*shlex.split(settings), *extra])
    rows = [train(folder, settings, seed, threads) for seed in seeds]
    return {
        "train": f"{COMMAND} {settings}",
        "rows": rows,
        "mean": {
            name: round(statistics.fmean(row[name] for row in rows), 4)
            for name in ("accuracy", "seconds", "command_seconds")
        },
    }


def train(folder: Path, settings: str, seed: int, threads: int) -> dict[str, Any]:
    """One model trained and tested by the command line, its progress on stderr."""
    from pyrnn.training import EndRecord, ValidationRecord, read_history

    model = folder / f"model-{seed}"
    _, *begin = shlex.split(COMMAND)
    places = {"train.csv": str(folder / "train.csv"), "model": str(model)}
    arguments = [*(places.get(word, word) for word in begin), *shlex.split(settings)]
    start = time.perf_counter()
    pyrnn_command(threads, [*arguments, "--seed", str(seed), "--overwrite"])
    whole = time.perf_counter() - start
    records = read_history(model / "history.jsonl")
    end = records[-1]
    assert isinstance(end, EndRecord)
    found = json.loads(
        pyrnn_command(threads, ["evaluate", str(model), str(folder / "test.csv"), "--format=json"])
    )
    return {
        "seed": seed,
        **{name: round(found[name], 4) for name in METRICS},
        "steps": end.step,
        "best_step": end.best_step,
        "seconds": round(end.seconds, 1),  # of training, validations included
        "command_seconds": round(whole, 1),  # reading and counting words, too
        "validations": [
            {"step": r.step, **{name: round(value, 4) for name, value in r.metrics.items()}}
            for r in records
            if isinstance(r, ValidationRecord)
        ],
    }


def pyrnn_command(threads: int, arguments: Sequence[str]) -> str:
    """What a command of pyrnn writes to stdout. Raises SystemExit as the command does."""
    done = fresh_interpreter(
        ["-m", "pyrnn", "--threads", str(threads), *arguments],
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.returncode)  # it has said itself what is wrong
    return done.stdout


def show(models: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each seed, and one for the means."""
    lines = []
    for name, found in models.items():
        lines += [
            f"{name}, seed {row['seed']}: {row['accuracy']:.2%} of the test set, "
            f"{row['seconds']:.0f} s of training"
            for row in found["rows"]
        ]
        mean = found["mean"]
        lines.append(f"{name}: mean {mean['accuracy']:.2%}, {mean['seconds']:.0f} s")
    return lines
