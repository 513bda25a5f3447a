"""Sound to text, unaligned: the keys of a telephone, out of WAV files of its tones.

A key sounds as two tones at once, one for its row and one for its column. Somebody dials, at an
uneven pace, over a line with noise. A file becomes 40 numbers every 10 ms; a table says which keys
were pressed in it, and nobody says when: the model learns that, too.

python examples/touch_tones.py       some seconds
The same on the command line:
    pyrnn train transcribe calls/train.csv --frames file --labels keys -o keys \\
        --frames-per-step 2 --hidden-size 32 --epochs 20 --lr 0.01
    pyrnn evaluate keys calls/test.csv --mistakes 5
    pyrnn predict keys calls/test0.wav --format jsonl
"""

from __future__ import annotations

import csv
import wave
from pathlib import Path

import numpy as np

from pyrnn.models import Transcriber

RATE = 8000  # samples a second
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)  # hertz
TONES = {key: (ROWS[k // 3], COLUMNS[k % 3]) for k, key in enumerate("123456789*0#")}
draw = np.random.default_rng(0)
folder = Path("calls")


def dialled(keys: str) -> np.ndarray:
    """Samples (N,): a tone of 50 to 150 ms for each key, and gaps of 30 to 200 ms between."""
    sound = [np.zeros(int(RATE * draw.uniform(0.02, 0.2)))]
    for key in keys:
        t = np.arange(int(RATE * draw.uniform(0.05, 0.15))) / RATE
        low, high = (np.sin(2 * np.pi * (hertz * t + draw.random())) for hertz in TONES[key])
        sound += [0.5 * (low + high), np.zeros(int(RATE * draw.uniform(0.03, 0.2)))]
    loud = draw.uniform(0.1, 0.6)
    every = np.concatenate(sound)
    return loud * every + draw.normal(scale=draw.uniform(0.005, 0.05), size=len(every))


def write(name: str, number: int) -> Path:
    """WAV files, and a table of the keys in each, whose path is returned."""
    table = folder / f"{name}.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["file", "keys"])
        for k in range(number):
            keys = "".join(draw.choice(list(TONES), size=draw.integers(1, 9)))
            lines.writerow([f"{name}{k}.wav", keys])
            with wave.open(str(folder / f"{name}{k}.wav"), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(RATE)
                samples = dialled(keys).clip(-1, 1) * 32767
                sound.writeframes(samples.astype("<i2").tobytes())
    return table


folder.mkdir(exist_ok=True)
model = Transcriber(frames_per_step=2, hidden_size=32)
train = model.examples(write("train", 300), frames="file", labels="keys")
test = model.examples(write("test", 100), frames="file", labels="keys")
print(f"{len(train)} calls; the first has {len(train[0])} frames and is {train.targets[0]!r}")

model.fit(train, valid=0.1, epochs=20, learning_rate=0.01)
print(model)
report = model.report(test)
print(f"wrong keys {report.metrics['label_error']:.1%}, "
      f"calls without a mistake {report.metrics['exact_match']:.0%}")  # fmt: skip
for mistake in report.mistakes[:3]:
    print(f"  {mistake.truth} taken for {mistake.prediction}")

sound = model.examples(folder / "test0.wav", labelled=False)
(found,) = model.predict(sound, beam=8, nbest=2)
for key, seconds in zip(found.symbols, found.times, strict=True):
    print(f"  {key} at {seconds:.2f} s")
print(f"next best: {found.alternatives[0].text}")
assert report.metrics["label_error"] < 0.1
