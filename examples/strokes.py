"""Images read row by row: a picture is a sequence of its rows, and a .npz file holds them all.

Small made-up pictures of 12 x 12 points show one stroke: flat, upright, or leaning to one side or
the other, anywhere, with noise. In one row, three of the four look the same: a dot. Which way the
stroke leans shows in how the dot moves from row to row.

python examples/strokes.py       some seconds
The same on the command line:
    pyrnn train classify strokes.npz -o model --cell gru --hidden-size 24
Files of MNIST's kind need no more: pyrnn train classify train-images-idx3-ubyte.gz -o model
"""

from __future__ import annotations

import numpy as np

from pyrnn.models import SequenceClassifier

SIZE = 12
KINDS = {"flat": (0, 1), "upright": (1, 0), "slash": (1, -1), "backslash": (1, 1)}  # down, right
draw = np.random.default_rng(0)


def picture(kind: str) -> np.ndarray:
    """float32 (SIZE, SIZE), from 0 to 1: six points in a line."""
    down, right = KINDS[kind]
    row = draw.integers(0, SIZE - 5 * down)
    column = draw.integers(5 if right < 0 else 0, SIZE - 5 * max(right, 0))
    points = np.arange(6)
    image = draw.uniform(0, 0.4, size=(SIZE, SIZE))
    image[row + down * points, column + right * points] = draw.uniform(0.7, 1, size=6)
    return image.astype(np.float32)


def write(name: str, number: int) -> None:
    labels = np.array([list(KINDS)[k % len(KINDS)] for k in range(number)])
    np.savez(name, frames=np.stack([picture(label) for label in labels]), label=labels)


write("strokes.npz", 400)
write("test.npz", 200)

model = SequenceClassifier(cell="gru", hidden_size=24)
model.fit(model.examples("strokes.npz"), valid=0.1, epochs=15, learning_rate=0.01)
print(model)

test = model.examples("test.npz")
report = model.report(test)
print(f"right {report.metrics['accuracy']:.1%} of {len(test)} others")
print(report.labels, report.confusion.tolist())
print("\n".join("".join(" .:#"[int(3.99 * point)] for point in row) for row in test[2]))
print(f"the model says: {model.predict(test)[2].label}")
assert report.metrics["accuracy"] > 0.9
