"""Sound: WAV files in a folder for each class, read as log-mel frames.

Three kinds of tones are written with Python's wave module: rising, falling and steady ones, of any
pitch, loudness and length, with noise. A file becomes 40 numbers every 10 ms: how much power there
is in each of 40 bands. Rising and falling tones have the same bands on average; the difference is
in their order.

python examples/tones.py       some seconds
The same on the command line:
    pyrnn train classify tones -o model --cell gru --hidden-size 24
    pyrnn predict model tones/test/rising/0.wav
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from pyrnn.models import SequenceClassifier

RATE = 8000  # samples a second
KINDS = {"falling": -1, "rising": 1, "steady": 0}
draw = np.random.default_rng(0)


def tone(direction: int) -> np.ndarray:
    """Samples (N,) in -1 .. 1: up or down by half an octave to one, with noise."""
    seconds = np.arange(int(RATE * draw.uniform(0.2, 0.4))) / RATE
    slope = direction * draw.uniform(0.5, 1.0) / seconds[-1]
    hertz = draw.uniform(500, 1500) * 2 ** (slope * (seconds - seconds.mean()))
    sound = np.sin(2 * np.pi * np.cumsum(hertz) / RATE)
    return draw.uniform(0.2, 0.7) * sound + draw.normal(scale=0.03, size=len(sound))


def write(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())


for part, number in {"tones/train": 100, "tones/test": 30}.items():
    for kind, direction in KINDS.items():
        for k in range(number):
            write(Path(part) / kind / f"{k}.wav", tone(direction))

model = SequenceClassifier(cell="gru", hidden_size=24)
train = model.examples("tones/train")
print(f"{len(train)} sounds; the first has {train[0].shape[0]} frames of {train[0].shape[1]}")
model.fit(train, valid=0.1, epochs=25, learning_rate=0.01)
print(model)

report = model.report(model.examples("tones/test"))
print(f"right {report.metrics['accuracy']:.1%} of {3 * 30} others")
print(report.labels, report.confusion.tolist())
assert report.metrics["accuracy"] > 0.9
