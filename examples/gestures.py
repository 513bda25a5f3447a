"""Sensor data in a long table, a step a row; and a feature that holds for a whole sequence.

Which way did a hand go: towards the body or away from it? The sensor cannot tell without knowing
which hand it was, since the left one is the right one mirrored: the hand is a static feature.
People are held out whole, so the validation is on people that the model has never met.

python examples/gestures.py       some seconds
The same on the command line:
    pyrnn train classify gestures.csv --id trial --features ax,ay --label way --static hand \\
        --split-by person --valid 0.25 -o model --hidden-size 16
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from pyrnn.models import SequenceClassifier

draw = np.random.default_rng(0)


def gesture(way: str, hand: str, strength: float) -> np.ndarray:
    """Accelerations (N, 2): sideways, there and braked again, and up and down."""
    steps = np.linspace(0, 1, draw.integers(12, 25))
    sign = (1 if way == "inwards" else -1) * (1 if hand == "left" else -1)
    sideways = sign * strength * np.sin(2 * np.pi * steps)
    lift = 0.3 * strength * np.cos(np.pi * steps)
    return np.stack([sideways, lift], axis=1) + draw.normal(scale=0.15, size=(len(steps), 2))


with Path("gestures.csv").open("w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    table.writerow(["trial", "person", "hand", "ax", "ay", "way"])
    for trial in range(240):
        person = trial % 12
        way = draw.choice(["inwards", "outwards"])
        hand = draw.choice(["left", "right"])
        for ax, ay in gesture(way, hand, 0.7 + 0.05 * person):
            table.writerow([trial, f"person {person}", hand, f"{ax:.3f}", f"{ay:.3f}", way])

columns = {"id": "trial", "features": ["ax", "ay"], "label": ["way"], "split_by": "person"}
accuracy = {}
for static in ([], ["hand"]):
    model = SequenceClassifier(hidden_size=16)
    trials = model.examples("gestures.csv", static=static or None, **columns)
    result = model.fit(trials, valid=0.25, epochs=12, learning_rate=0.01, monitor="accuracy")
    accuracy[bool(static)] = result.best.metrics["accuracy"]
    print(f"{'with' if static else 'without'} the hand: {accuracy[bool(static)]:.0%} right of the "
          f"gestures of people held out")  # fmt: skip

assert accuracy[True] > 0.95
assert accuracy[False] < 0.7
