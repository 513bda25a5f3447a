"""Time series in a wide table, a curve a row, a step a column: which kind is each?

The curves have lengths of their own: cells behind the end of one are empty.

python examples/curves.py       some seconds
The same on the command line:
    pyrnn train classify curves.csv --series x0:x39 --label kind -o model --hidden-size 24
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from pyrnn.models import SequenceClassifier

KINDS = {
    "sine": lambda phase: np.sin(2 * np.pi * phase),
    "square": lambda phase: np.sign(np.sin(2 * np.pi * phase)),
    "sawtooth": lambda phase: 2 * (phase % 1) - 1,
}
T = 40  # the longest
draw = np.random.default_rng(0)


def curve(kind: str) -> np.ndarray:
    """(N,): some periods, from anywhere in the first one on, with noise."""
    steps = np.arange(draw.integers(25, T + 1))
    phase = steps / draw.uniform(8, 16) + draw.uniform()
    return KINDS[kind](phase) + draw.normal(scale=0.2, size=len(steps))


def write(name: str, rows: int) -> None:
    with Path(name).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([*(f"x{t}" for t in range(T)), "kind"])
        for k in range(rows):
            kind = list(KINDS)[k % len(KINDS)]
            values = [f"{value:.3f}" for value in curve(kind)]
            table.writerow([*values, *[""] * (T - len(values)), kind])


write("curves.csv", 450)
write("test.csv", 150)

model = SequenceClassifier(hidden_size=24)
train = model.examples("curves.csv", series=["x0:x39"], label=["kind"])
print(model.fit(train, valid=0.1, epochs=15, learning_rate=0.01))
print(model)

report = model.report(model.examples("test.csv"))  # it knows the columns by now
print(f"right {report.metrics['accuracy']:.1%} of 150 others")
print(report.labels, report.confusion.tolist())
assert report.metrics["accuracy"] > 0.9
