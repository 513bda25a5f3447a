"""What each encoder makes of the order of words: what recurrence buys."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models import SequenceClassifier

DRAW = np.random.default_rng(0)
PAIRS = [(f"a{k}", f"b{m}") for k in range(12) for m in range(12)]
DRAW.shuffle(PAIRS)
SEEN, UNSEEN = PAIRS[:100], PAIRS[100:]
OTHERS = [f"w{k}" for k in range(20)]


def words(least, most):
    return DRAW.choice(OTHERS, DRAW.integers(least, most + 1)).tolist()


def texts(pairs, behind):
    """A word of each of two kinds among others, in both orders, which are the labels.

    behind: at least and at most so many words behind them.
    """
    found, labels = [], []
    for pair in pairs:
        for label, (one, other) in {"ab": pair, "ba": pair[::-1]}.items():
            parts = (words(0, 2), [one], words(0, 2), [other], words(*behind))
            found.append(" ".join(word for part in parts for word in part))
            labels.append(label)
    return found, labels


TRAIN = texts(SEEN * 6, (0, 2))
NEW, FURTHER = texts(UNSEEN, (0, 2)), texts(UNSEEN, (4, 6))
SETTINGS = {
    "bag": {},
    "window": {"window": 12, "hidden_size": 32},
    "conv": {"filters": 16},
    "recurrent": {"cell": "gru", "hidden_size": 16, "pooling": "max"},
}


@pytest.mark.parametrize(
    ("encoder", "new", "further"),
    [
        ("bag", (0.4, 0.6), (0.4, 0.6)),
        (
            "window",
            (0.95, 1),
            (0, 0.6),
        ),
        ("conv", (0.95, 1), (0.95, 1)),
        ("recurrent", (0.95, 1), (0.95, 1)),
    ],
)
def test_the_order_of_unseen_pairs(encoder, new, further):
    model = SequenceClassifier(encoder=encoder, **SETTINGS[encoder])
    model.fit(*TRAIN, epochs=15, batch_size=40, learning_rate=0.005)
    for data, (least, most) in ((NEW, new), (FURTHER, further)):
        assert least <= model.evaluate(*data)["accuracy"] <= most, data


def test_a_bag_cannot_tell_one_order_from_the_other():
    model = SequenceClassifier(encoder="bag")
    model.fit(*TRAIN, epochs=1)
    one, other = model.predict(["a1 w1 b1", "b1 w1 a1"])
    assert one == other
