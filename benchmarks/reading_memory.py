"""What a table of texts takes in memory, from the file to batches: bytes a character.

read     the highest use of memory while the table is read, beside that of the process before
ready    that until a training can begin: a part is held out, the vocabulary is counted, all texts
         are encoded, the network is built; less the network's own weights

In a fresh interpreter each, as the operating system counts it (VmHWM, Linux).
"""

from __future__ import annotations

import csv
import json
import random
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.processes import fresh_interpreter

LIMIT = 8.0  # bytes a character
CHARACTERS = 100_000_000
WORDS, LEAST, MOST = 30_000, 50, 400  # different ones; of a text
UNITS = ("words", "characters")
PROGRAM = """
import json, sys
from pyrnn.models import SequenceClassifier

def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024

model = SequenceClassifier(unit=sys.argv[2])
before = peak()
data = model.examples(sys.argv[1])
read = peak()
characters = sum(map(len, data.inputs))
model.training(data, valid=0.1, max_steps=1)
weights = sum(p.numpy().nbytes for p in model.network.parameters())
print(json.dumps({"texts": len(data), "characters": characters, "before": before,
                  "read": read - before, "ready": peak() - before, "weights": weights}))
"""


def write_table(path: Path, characters: int) -> None:
    """A CSV file with texts of that many characters in all, and a label each."""
    draw = random.Random(0)
    words = [f"{k:x}" for k in range(1000, 1000 + WORDS)]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows, written = csv.writer(file), 0
        rows.writerow(["text", "label"])
        while written < characters:
            text = " ".join(draw.choices(words, k=draw.randint(LEAST, MOST)))
            rows.writerow([text, draw.choice(["pos", "neg"])])
            written += len(text)


def measure(characters: int = CHARACTERS) -> dict[str, Any]:
    """A row for each unit: bytes, and bytes a character."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "texts.csv")
        write_table(path, characters)
        rows = [_row(path, unit) for unit in UNITS]
    return {"limit": LIMIT, "rows": rows}


def _row(path: Path, unit: str) -> dict[str, Any]:
    done = fresh_interpreter(["-c", PROGRAM, str(path), unit], capture_output=True, check=True)
    found = json.loads(done.stdout)
    count = found["characters"]
    each = {
        "read": found["read"] / count,
        "ready": (found["ready"] - found["weights"]) / count,
    }
    return {"unit": unit, **found, "bytes_a_character": each}


def show(result: dict[str, Any]) -> None:
    """Print it."""
    for row in result["rows"]:
        each = row["bytes_a_character"]
        print(
            f"{row['unit']:<11} {row['characters']:,} characters in {row['texts']:,} texts: "
            f"{each['read']:.2f} bytes a character while read, {each['ready']:.2f} until training"
        )
    print(f"limit: {result['limit']:g} bytes a character")
