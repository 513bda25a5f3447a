"""Airline passengers a month, 1949 to 1960, a year ahead (Box and Jenkins, series G).

144 numbers are few. Settings are chosen in two windows that end with 1958, each trained on what
came before; the last two years are the test. Its 13 origins overlap: they are two years in truth.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.result import goal, result, rounded, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Metrics, Trial, by_folds
from pyrnn.models import Forecaster, Report
from pyrnn.models.forecaster import Histories

FILE = "airline-passengers/airline-passengers.csv"
YEAR = 12
CUTS, AHEAD = (84, 96), 24  # months to train on, and to forecast behind them
TEST = 120
HORIZON, EPOCHS = {"horizon": YEAR}, {"epochs": 50}
TRIALS = {
    "defaults": Trial(HORIZON, EPOCHS),
    "no linear part": Trial({**HORIZON, "linear": False}, EPOCHS),
    "two years of context": Trial({**HORIZON, "context": 24}, EPOCHS),
    "beside the last value": Trial({**HORIZON, "residual": "last"}, EPOCHS),
}


def part(data: Histories, begin: int, end: int) -> Histories:
    """The months up to an end, to be forecast from one on."""
    (series,) = data.panel.series
    return Histories(replace(data.panel, series=(series.until(end),)), np.array([begin]))


def metrics_of(report: Report) -> dict[str, Metrics]:
    """Of the model and the baselines."""
    assert report.table is not None
    names = report.table.columns[1:]
    every = {name: zip(names, cells, strict=True) for name, *cells in report.table.rows}
    return {name: {k: v for k, v in own if not np.isnan(v)} for name, own in every.items()}


def tested(trial: Trial, data: Histories, cut: int, seed: int, *, quick: bool) -> tuple[Any, Any]:
    """A model trained before a cut, a tenth held out, and its report on the two years behind."""
    train, held = part(data, 0, cut).parted(0.1, YEAR)
    fitted = trial.fit(Forecaster, train, held, seed=seed, quick=quick)
    return fitted, metrics_of(fitted.model.report(part(data, cut, cut + AHEAD)))


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`."""
    path = folder / FILE
    with path.open(encoding="utf-8") as file:
        time, target = file.readline().strip().split(",", 1)
    data = Forecaster().series(path, time=time, target=(target,))
    quick, rows = effort.quick, []

    def fold(trial: Trial, fitted: np.ndarray, held: np.ndarray) -> Metrics:
        found = [tested(trial, data, len(fitted), seed, quick=quick) for seed in effort.seeds]
        errors = [metrics["this model"]["rmse"] for _, metrics in found]
        return {"rmse": float(np.mean(errors))}

    folds = [(np.arange(cut), np.arange(cut, cut + AHEAD)) for cut in CUTS]
    chosen = by_folds(TRIALS, folds, fold, "rmse", quick=quick)
    for seed in effort.seeds:
        fitted, metrics = tested(chosen.trial, data, TEST, seed, quick=quick)
        rows.append(row(chosen.name, seed, metrics.pop("this model"), fitted.row()))
    counts = {"train": TEST, "test": len(data[0]) - TEST}
    beside = {name: rounded(own) for name, own in metrics.items()}
    found = result(counts, rows, tried=chosen.tried, baselines=beside)
    rmse, season = found["mean"][chosen.name]["rmse"], beside[f"season of {YEAR}"]["rmse"]
    return {**found, "goals": [goal("RMSE, in thousands", rmse, most=season)]}


TASK = Task(
    name="airline",
    title="Airline passengers",
    files=(FILE,),
    counts={"train": 120, "test": 24},
    about="Passengers of airlines in the next twelve months, in thousands. Settings by two windows "
    "that end with 1958 (84 and 96 months to train on, 24 behind them); then trained on the first "
    "ten years, and tested on the last two, from each month that leaves a year. The 13 origins "
    "overlap, so the test is of two years: a difference of some thousands means nothing.",
    run=run,
)
