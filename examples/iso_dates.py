"""Dates as people write them to ISO 8601: "March 3rd, 1998" to "1998-03-03", letter by letter.

An encoder reads the letters, a decoder with attention writes the ISO date. The dates that it is
tested on were not among those that it learnt from. What it looks at while it writes is shown at the
end: the year first, although it stands last.

python examples/iso_dates.py       some seconds
The same on the command line, with a date, a tab and its ISO form a line:
    pyrnn train translate dates.tsv --unit characters -o model --hidden-size 64
    pyrnn predict model new.txt
"""

from __future__ import annotations

import datetime
import random

from pyrnn.models import Seq2Seq

draw = random.Random(0)
ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
FORMS = [
    "{month} {day}{ending}, {year}",
    "{day} {month} {year}",
    "{day}{ending} of {month} {year}",
    "{day}.{number}.{year}",
    "{short} {day}, {year}",
]


def written(date: datetime.date) -> str:
    """A date as somebody may write it."""
    month = date.strftime("%B")
    return draw.choice(FORMS).format(
        day=date.day,
        ending=ENDINGS.get(date.day, "th"),
        month=month,
        short=month[:3],
        number=date.month,
        year=date.year,
    )


first = datetime.date(1950, 1, 1)
dates = [first + datetime.timedelta(days) for days in draw.sample(range(100 * 365), 2_400)]
sources, targets = [written(date) for date in dates], [date.isoformat() for date in dates]

model = Seq2Seq(unit="characters", hidden_size=64, embedding_size=32)
model.fit(
    sources[400:], targets[400:], epochs=14, batch_size=32, learning_rate=0.006, schedule="cosine"
)
print(model)

report = model.report(sources[:400], targets[:400])
print(f"right {report.metrics['exact_match']:.1%} of 400 others")
for mistake in report.mistakes[:3]:
    print(f"{mistake.input} -> {mistake.prediction} instead of {mistake.truth}")

(found,) = model.predict(["July 14th, 1989"])
print(f"\nJuly 14th, 1989 -> {found.text}")
for token, weights in zip(found.tokens, found.attention, strict=True):
    shades = "".join(" .:-=+*#%@"[min(int(10 * weight), 9)] for weight in weights)
    print(f"{token}  |{shades}|")
assert report.metrics["exact_match"] > 0.9
