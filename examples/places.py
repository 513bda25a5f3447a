"""Names by region: names of places that nobody has given, letter by letter, in three ways.

Each region builds its names from parts of its own. A captioner learns them from a table of regions
and names; asked for a region, it draws names at random, most of which are new and still follow the
ways of the region.

python examples/places.py       some seconds
The same on the command line:
    pyrnn train caption places.csv --label region --text name -o model --hidden-size 64
    pyrnn predict model regions.txt
and with --sample --samples 5 --temperature 0.8 behind the last it draws five for each region.
"""

from __future__ import annotations

import csv
import itertools
import random
from pathlib import Path

from pyrnn.models import Captioner

PARTS = {
    "coast": ("Sand Gull Salt Wrack Tide Shell", "y er ing", "haven mouth ness wick sund"),
    "hills": ("Bern Hoch Stein Adler Wald Grau", "e en", "berg tal fels alm horn"),
    "plain": ("Nova Stara Velika Mala Luka Bela", "-", "polje gora voda reka sela"),
}
EVERY = {
    region: {"".join(parts) for parts in itertools.product(*map(str.split, kinds))}
    for region, kinds in PARTS.items()
}
draw = random.Random(0)
rows = [
    (region, name) for region, names in EVERY.items() for name in sorted(names)
    if draw.random() < 0.7
]  # fmt: skip

with Path("places.csv").open("w", encoding="utf-8", newline="") as file:
    csv.writer(file).writerows([("region", "name"), *rows])

model = Captioner(hidden_size=64)
model.fit(model.examples("places.csv", label="region", text="name"), epochs=30, learning_rate=0.006)
print(model)

known, regions = {name for _, name in rows}, list(EVERY)
found = model.predict(regions, sample=True, samples=50, temperature=0.8)
for region, one in zip(regions, found, strict=True):
    names = [one.text, *(other.text for other in one.alternatives)]
    right = sum(name in EVERY[region] for name in names) / len(names)
    new = sorted({name for name in names if name in EVERY[region] - known})
    print(f"{region}: {right:.0%} follow its ways; new ones are {', '.join(new[:5])}")
    assert right > 0.7

(best,) = model.predict(["coast"], beam=3, nbest=3)
print("likeliest on the coast:", ", ".join(one.text for one in (best, *best.alternatives)))
