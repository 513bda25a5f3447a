"""How much four shops sell in the next week, whose prices are set; and how sure that is.

python examples/demand.py       some seconds; on the command line, once it has written its table:

    pyrnn train forecast sales.csv --time day --id shop --target sold --future price \
        --horizon 7 --quantiles 0.1,0.5,0.9 -o demand
    pyrnn evaluate demand sales.csv --plot demand.png
    pyrnn predict demand sales.csv --format csv
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from pyrnn.models import Forecaster

DAYS, AHEAD = 300, 7
SIZES = {"north": 60, "south": 20, "east": 25, "west": 80}  # sold on a common day

rng = np.random.default_rng(0)
days = np.datetime64("2024-01-01") + np.arange(DAYS + AHEAD)
with Path("sales.csv").open("w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    table.writerow(["shop", "day", "price", "sold"])
    for shop, size in SIZES.items():
        price = np.where(rng.random(len(days)) < 0.15, 2.0, 3.0)
        week = 1 + 0.3 * np.sin(2 * np.pi * np.arange(len(days)) / 7)
        sold = size * (week + (price < 3) * 0.5 + rng.normal(scale=0.05, size=len(days)))
        for t, day in enumerate(days):  # of the last week only the prices are known
            table.writerow([shop, day, price[t], f"{sold[t]:.1f}" if t < DAYS else ""])

model = Forecaster(horizon=AHEAD, quantiles=(0.1, 0.5, 0.9))
data = model.series("sales.csv", time="day", id="shop", target="sold", future="price")
print(model.fit(data, valid=0.1, epochs=12))
report = model.report(data, decoding=model.Decoding(stride=7))
assert report.table is not None
for name, mae, *_ in report.table.rows:
    print(f"{name:12}  mean absolute error {mae:5.2f}")
print(f"between the outer quantiles: {report.metrics['coverage']:.0%}")
for shop, forecast in zip(data.names or (), model.predict(data), strict=True):
    low, high = forecast.quantiles[:, 0, 0], forecast.quantiles[:, 0, -1]  # type: ignore[index]
    print(shop, *(f"{a:.0f}-{b:.0f}" for a, b in zip(low, high, strict=True)))
