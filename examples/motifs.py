"""DNA in a FASTA file: which sequences have a motif in them, wherever it stands?

Half of the sequences have TATAAA, at times with a wrong letter; the others have it backwards, so
that the letters are the same. The label stands in the header, behind the name. A bag of letters can
only guess. A convolution looks for short runs of letters, wherever they are: it is made for this.
(Not all can be right: the motif, or its mirror image, stands in some sequences by chance.)

python examples/motifs.py       some seconds
The same on the command line:
    pyrnn train classify motifs.fasta --label description --unit characters \\
        --encoder conv --widths 8 --filters 32 --epochs 12 --lr 0.003 -o model
"""

from __future__ import annotations

import random
from pathlib import Path

from pyrnn.models import SequenceClassifier

draw = random.Random(0)
MOTIF = "TATAAA"


def record(number: int) -> str:
    """A header and the letters, in two lines."""
    there = number % 2 == 0
    letters = draw.choices("ACGT", k=draw.randrange(40, 81))
    motif = list(MOTIF if there else MOTIF[::-1])
    if draw.random() < 0.5:  # once in four it is the right letter again
        motif[draw.randrange(6)] = draw.choice("ACGT")
    place = draw.randrange(len(letters) - 6)
    letters[place : place + 6] = motif
    text = "".join(letters)
    return f">s{number} {'motif' if there else 'backwards'}\n{text[:40]}\n{text[40:]}\n"


Path("motifs.fasta").write_text("".join(map(record, range(1200))))
Path("test.fasta").write_text("".join(map(record, range(1200, 1500))))
print(Path("motifs.fasta").read_text()[:120])

accuracy = {}
for encoder, settings in {"bag": {}, "conv": {"widths": [8], "filters": 32}}.items():
    model = SequenceClassifier(encoder=encoder, unit="characters", **settings)
    train = model.examples("motifs.fasta", label=["description"])
    model.fit(train, epochs=12, learning_rate=0.003)
    accuracy[encoder] = model.evaluate(model.examples("test.fasta"))["accuracy"]
    print(f"{encoder:5} {accuracy[encoder]:.1%} right of 300 others")

assert accuracy["conv"] > accuracy["bag"] + 0.25
