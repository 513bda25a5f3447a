"""What recurrence buys: a text's meaning turns with the order of its words.

"It rose for a while and then fell" ends down, "It fell for a while and then rose" ends up. Each
text has a twin with the same words and the other label, so a bag of words has to guess. A window
has weights of its own for each place: a word learnt at one place is unknown at the next. A
recurrent network learns each word once, wherever it stands. The pairs of words that the models are
tested on were never together in training.

python examples/word_order.py       some seconds
"""

from __future__ import annotations

import random
from itertools import product

from pyrnn.models import SequenceClassifier

UP = ["rose", "climbed", "grew", "gained", "soared", "jumped", "advanced", "rallied"]
DOWN = ["fell", "dropped", "shrank", "lost", "sank", "slipped", "retreated", "crashed"]
FILLING = "it quite slowly for a while once more and then as said before"

draw = random.Random(0)


def filling() -> list[str]:
    return draw.choices(FILLING.split(), k=draw.randrange(6))


def twins(up: str, down: str) -> list[tuple[str, str]]:
    """A text that ends up, and the same words with the two changed over, which ends down."""
    before, between, after = filling(), filling(), filling()
    return [
        (" ".join([*before, first, *between, last, *after]), label)
        for first, last, label in ((down, up, "up"), (up, down, "down"))
    ]


pairs = list(product(UP, DOWN))
draw.shuffle(pairs)
train = [text for pair in pairs[:48] * 2 for text in twins(*pair)]
unseen = [text for pair in pairs[48:] * 8 for text in twins(*pair)]

accuracy = {}
print(f"{len(train)} texts to learn from, {len(unseen)} of unseen pairs\n")
print(f"{'':10} {'parameters':>10} {'accuracy':>9}")
for encoder, settings in {
    "bag": {},
    "window": {"window": 17, "hidden_size": 32},
    "recurrent": {"cell": "gru", "hidden_size": 32, "pooling": "last"},
}.items():
    model = SequenceClassifier(encoder=encoder, **settings)
    model.fit(*zip(*train, strict=True), epochs=30, learning_rate=0.01)
    accuracy[encoder] = model.evaluate(*zip(*unseen, strict=True))["accuracy"]
    print(f"{encoder:10} {model.num_parameters():10,} {accuracy[encoder]:9.1%}")

assert accuracy["bag"] == 0.5  # of two texts with the same words it has exactly one right
assert accuracy["recurrent"] > 0.95
