"""The oil temperature of a transformer, 24 hours ahead: ETTh1 (Zhou et al. 2021, arXiv 2012.07436).

pyrnn reads the table as it is. Months are 30 days: 12 to train, 4 to choose by, 4 to test.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.result import goal, result, rounded, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial, by_held_out
from pyrnn.models import Forecaster, Report
from pyrnn.models.forecaster import Histories

FILE = "ett/ETTh1.csv"
MONTH, HORIZON = 30 * 24, 24
CUTS = (12 * MONTH, 16 * MONTH, 20 * MONTH)
EPOCHS = {"epochs": 10}
TRIALS = {
    "defaults": Trial({"horizon": HORIZON}, EPOCHS),
    "two weeks of context": Trial({"horizon": HORIZON, "context": 336}, EPOCHS),
    "LSTM 64": Trial({"horizon": HORIZON, "cell": "lstm", "hidden_size": 64}, EPOCHS),
    "quantiles": Trial({"horizon": HORIZON, "quantiles": (0.1, 0.5, 0.9)}, EPOCHS),
}
MOST = 0.034  # that of the last value


def parts(data: Histories, cuts: tuple[int, int, int]) -> tuple[Histories, Histories, Histories]:
    """Training rows, and those that are forecast of the two parts behind, with all before them."""
    (series,) = data.panel.series
    first, second, _ = cuts
    ends = [replace(data.panel, series=(series.until(end),)) for end in cuts]
    begins = (np.array([first]), np.array([second]))
    return Histories(ends[0]), Histories(ends[1], begins[0]), Histories(ends[2], begins[1])


def scaled(report: Report, deviation: float) -> list[tuple[str, dict[str, float]]]:
    """Of the model and the baselines, on data standardised by the training rows."""
    assert report.table is not None
    found = []
    for name, *cells in report.table.rows:
        numbers = dict(zip(report.table.columns[1:], cells, strict=True))
        metrics = {"mse": numbers["mse"] / deviation**2, "mae": numbers["mae"] / deviation}
        found.append((name, metrics))
    return found


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`."""
    data = Forecaster().series(folder / FILE, time="date", target=("OT",))
    cuts = CUTS
    if len(data[0]) < cuts[-1]:  # made-up data
        cuts = tuple(len(data[0]) * k // 20 for k in (12, 16, 20))  # type: ignore[assignment]
    train, held, test = parts(data, cuts)
    quick, rows = effort.quick, []
    chosen = by_held_out(TRIALS, Forecaster, train, held, by="mse", quick=quick)
    for seed in effort.seeds:
        fitted = chosen.trial.fit(Forecaster, train, held, seed=seed, quick=quick)
        deviation = float(train[0].y.std())
        (_, own), *baselines = scaled(fitted.model.report(test), deviation)
        rows.append(row(chosen.name, seed, own, fitted.row()))
    counts = {"train": cuts[0], "held out": cuts[1] - cuts[0], "test": cuts[2] - cuts[1]}
    beside = {name: rounded(metrics) for name, metrics in baselines}
    found = result(counts, rows, tried=chosen.tried, baselines=beside)
    mse = found["mean"][chosen.name]["mse"]
    return {**found, "goals": [goal("mean squared error, standardised", mse, most=MOST)]}


TASK = Task(
    name="etth1",
    title="ETTh1, oil temperature",
    files=(FILE,),
    counts={"train": 8640, "held out": 2880, "test": 2880},
    about="The oil temperature of a transformer in the next 24 hours, from itself alone. Hours; 12 "
    "months to train, 4 in which settings and epoch are chosen, 4 to test, from each hour of them. "
    "Errors are of data standardised by the training months, as published ones are; beside them "
    "those of the last value, and of the same hour a day before.",
    run=run,
)
