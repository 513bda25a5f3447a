"""Several labels a text: it is about music, about money, about both, or about neither.

The table has a column of 0 and 1 for each label. The model gives a probability for each by itself;
a label is said to be there from a threshold on, which is chosen on validation data, since rare
labels are seldom given as much as one half.

python examples/topics.py       some seconds
The same on the command line:
    pyrnn train classify topics.csv --label music,money,travel -o model --encoder bag \\
        --thresholds validation
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

from pyrnn.models import SequenceClassifier

TOPICS = {
    "music": ["song", "band", "concert", "drums", "melody", "choir"],
    "money": ["bank", "loan", "price", "market", "budget", "tax"],
    "travel": ["train", "hotel", "ticket", "coast", "luggage", "map"],
}
SHARES = {"music": 0.5, "money": 0.3, "travel": 0.1}  # of the texts
FILLING = "the a new old week people said and while about from last city they"
draw = random.Random(0)


def row() -> list[str | int]:
    """A text, and a 0 or 1 for each topic."""
    there = [topic for topic, share in SHARES.items() if draw.random() < share]
    words = draw.choices(FILLING.split(), k=draw.randrange(6, 12))
    for topic in there:
        words += draw.sample(TOPICS[topic], 2)
    words.append(draw.choice(draw.choice(list(TOPICS.values()))))  # a word in passing says nothing
    draw.shuffle(words)
    return [" ".join(words), *(int(topic in there) for topic in TOPICS)]


for name, rows in {"topics.csv": 500, "test.csv": 200}.items():
    with Path(name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text", *TOPICS], *(row() for _ in range(rows))])

model = SequenceClassifier(encoder="bag")
texts = model.examples("topics.csv", label=list(TOPICS))
model.fit(texts, valid=0.2, epochs=30, learning_rate=0.02, thresholds="validation")
print(dict(zip(model.labels, model.outcome.thresholds.round(2).tolist(), strict=True)))

report = model.report(model.examples("test.csv"))
print(" ".join(f"{name:>9}" for name in report.table.columns))
for line in report.table.rows:
    print(" ".join(f"{cell:>9.3}" if isinstance(cell, float) else f"{cell!s:>9}" for cell in line))
print({name: round(value, 3) for name, value in report.metrics.items()})
print(model.predict(["a new song from the band while the bank said the loan"])[0].labels)
assert report.metrics["f1_micro"] > 0.85
