"""How long will it last? A regressor that is told the answer at every step of an engine's life.

Made-up engines wear, each at its own pace, until they fail. Two noisy sensors show the wear, the
second one at the end alone. In training each row says how many hours were left (rul, remaining
useful life). The engines of the test are still running: what counts is the answer at their last
row.

python examples/engine_life.py       some seconds
The same on the command line:
    pyrnn train regress engines.csv --id unit --features s1,s2 --target rul -o model
    pyrnn evaluate model running.csv
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from pyrnn.models import SequenceRegressor

draw = np.random.default_rng(0)


def engine() -> np.ndarray:
    """(N, 3) to the end: two sensors, and the hours that are left."""
    life = int(draw.integers(30, 90))
    wear = np.linspace(0, 1, life)  # 1: it fails
    sensors = np.stack([wear, wear**6], axis=1) + draw.normal(scale=0.1, size=(life, 2))
    return np.column_stack([sensors, np.arange(life)[::-1]])


def write(name: str, engines: list[np.ndarray]) -> None:
    with Path(name).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["unit", "s1", "s2", "rul"])
        for unit, rows in enumerate(engines):
            table.writerows([unit, f"{a:.3f}", f"{b:.3f}", int(left)] for a, b, left in rows)


write("engines.csv", [engine() for _ in range(60)])
running = [rows[: draw.integers(15, len(rows) + 1)] for rows in (engine() for _ in range(60))]
write("running.csv", running)

model = SequenceRegressor(cell="gru", hidden_size=24)
columns = {"id": "unit", "features": ["s1", "s2"], "target": ["rul"]}
engines = model.examples("engines.csv", **columns)
result = model.fit(engines, valid=0.15, epochs=40, learning_rate=0.01)
print(model)

found = model.evaluate(model.examples("running.csv"))
left = np.array([rows[-1, 2] for rows in running])
print(f"hours left of {len(left)} running engines: off by {found['mae']:.1f} on average, "
      f"RMSE {found['rmse']:.1f}, R² {found['r2']:.2f}")  # fmt: skip
print(f"RMSE of their mean, whatever the sensors say: {left.std():.1f}")
said = model.predict(model.examples("running.csv"))
for prediction, truth in zip(said[:5], left[:5], strict=True):
    print(f"  said {prediction.value:5.1f}, true {truth:5.1f}")
assert found["rmse"] < left.std() / 2
