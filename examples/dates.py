"""Dates and places in sentences: which words they are, and where in the text they stand.

The training file has CoNLL's columns, a word a line with its label: B-DATE begins a date, I-DATE
goes on with it, O is neither. The towns of the test sentences stand in no training sentence: that
they are places shows in the words around them, and in their endings, which the tagger reads
letter by letter.

python examples/dates.py       some seconds
The same on the command line:
    pyrnn train tag dates.conll --columns word=0,label=1 --scheme iob2 -o model --hidden-size 32
    pyrnn predict model sentences.txt --format jsonl
"""

from __future__ import annotations

import random
from pathlib import Path

from pyrnn.models import SequenceTagger

draw = random.Random(0)
MONTHS = ["January", "March", "April", "May", "June", "August", "October", "December"]
SENTENCES = [
    "The meeting in PLACE is on DATE .",
    "She moved to PLACE , and left it again on DATE .",
    "On DATE they will see May and her sister in PLACE .",
    "April was born in PLACE in a cold winter .",
    "He may write again before DATE .",
    "We paid 20 for each of the 12 tickets to PLACE .",
]


def towns(starts: str, ends: str) -> list[str]:
    """All that begin and end in these ways."""
    return [start + end for start in starts.split() for end in ends.split()]


def date() -> list[str]:
    """A date as one writes it: 3 May 1998, May 3, 1998-05-03."""
    day, month, year = draw.randint(1, 28), draw.choice(MONTHS), draw.randint(1950, 2030)
    iso = f"{year}-{draw.randint(1, 12):02}-{day:02}"
    return draw.choice([[str(day), month, str(year)], [month, str(day)], [iso]])


def sentence(places: list[str]) -> list[tuple[str, str]]:
    """Words with their labels."""
    found = []
    for word in draw.choice(SENTENCES).split():
        span = {"PLACE": lambda: [draw.choice(places)], "DATE": date}.get(word)
        if span is None:
            found.append((word, "O"))
        else:
            found += [(part, f"{'I' if k else 'B'}-{word}") for k, part in enumerate(span())]
    return found


def write(path: str, places: list[str], count: int) -> None:
    """A word a line with its label, an empty line behind each sentence."""
    rows = ["".join(f"{word} {label}\n" for word, label in sentence(places)) for _ in range(count)]
    Path(path).write_text("\n".join(rows), encoding="utf-8")


write("dates.conll", towns("Old New Green Stone Wind Hart", "ton ford bury field wick"), 300)
write("test.conll", towns("Black Lang Mill Ash", "ton ford bury field wick"), 100)

model = SequenceTagger(hidden_size=32, embedding_size=32)
model.fit(model.examples("dates.conll", columns={"word": 0, "label": 1}), valid=0.1, epochs=15)

report = model.report(model.examples("test.conll"))
print({name: round(value, 3) for name, value in report.metrics.items()})
for row in report.table.rows:
    print(*(round(cell, 3) if isinstance(cell, float) else cell for cell in row))

(found,) = model.predict(["On 7 June 2024 we shall be in Blackwick again."])
for span in found.spans:
    print(f"{span.label:6} {span.first:3}-{span.last:<3} {span.text}")
assert report.metrics["f1"] > 0.95
