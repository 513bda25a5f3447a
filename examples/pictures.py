"""Small pictures to sentences: "a large blue cross at the top left", out of 432 numbers.

A picture of 12 x 12 pixels with three colours each is one vector of numbers; a captioner writes
what it shows, on pictures that it has not seen.

python examples/pictures.py       some seconds
The same on the command line:
    pyrnn train caption pictures.npz --vector v --text caption --vector-layers 64 -o model
    pyrnn predict model new.npz
"""

from __future__ import annotations

import numpy as np

from pyrnn.models import Captioner

SIDE = 12
COLOURS = {"red": (0.9, 0.2, 0.1), "green": (0.2, 0.8, 0.2), "blue": (0.1, 0.3, 0.9)}
SHAPES = ("square", "cross", "frame")
draw = np.random.default_rng(0)


def shape(kind: str, size: int) -> np.ndarray:
    """Which pixels of (size, size) it covers."""
    row, column = np.indices((size, size))
    middle, edge = size // 2, size - 1
    covers = {
        "square": row >= 0,
        "cross": (row == middle) | (column == middle),
        "frame": (row % edge == 0) | (column % edge == 0),
    }
    return covers[kind]


def picture() -> tuple[np.ndarray, str]:
    """(SIDE, SIDE, 3) from 0 to 1 with some noise, and what it shows."""
    kind, colour = str(draw.choice(SHAPES)), str(draw.choice(list(COLOURS)))
    size = int(draw.choice([4, 6]))
    row, column = draw.integers(0, 2, 2)
    top, left = SIDE // 2 * np.array([row, column]) + draw.integers(0, SIDE // 2 - size + 1, 2)
    image = 0.5 + 0.05 * draw.normal(size=(SIDE, SIDE, 3))
    image[top : top + size, left : left + size][shape(kind, size)] = COLOURS[colour]
    place = f"{('top', 'bottom')[row]} {('left', 'right')[column]}"
    return image, f"a {'large' if size == 6 else 'small'} {colour} {kind} at the {place}"


def columns(some: list[tuple[np.ndarray, str]]) -> tuple[np.ndarray, list[str]]:
    """Vectors (N, 432) and captions."""
    return np.stack([image.ravel() for image, _ in some]), [caption for _, caption in some]


pairs = [picture() for _ in range(4_500)]
vectors, captions = columns(pairs[500:])
np.savez("pictures.npz", v=vectors, caption=captions)

model = Captioner(vector_layers=(128,), hidden_size=64)
model.fit(
    model.examples("pictures.npz", vector="v", text="caption"),
    epochs=12,
    batch_size=32,
    learning_rate=0.003,
    schedule="cosine",
)
print(model)

report = model.report(*columns(pairs[:500]))
print(f"{report.metrics['exact_match']:.1%} of 500 other pictures, word for word")
for mistake in report.mistakes[:3]:
    print(f"{mistake.truth} was called {mistake.prediction}")

(one,) = model.predict([pairs[0][0]], beam=3, nbest=3)
print("\nthe likeliest of the first picture:")
for found in (one, *one.alternatives):
    print(f"{found.score:6.2f} {found.text}")
assert report.metrics["exact_match"] > 0.9
