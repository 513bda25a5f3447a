"""What a language model's texts take in memory: bytes a character, and a text larger than memory.

ready    the highest use of memory until a training can begin, beside that of the process before and
         the network's weights: the text is read, a part is held out, the vocabulary is counted, all
         is encoded
trained  that until the training has made some steps and a validation, which adds what these take
         whatever the text's length

In a fresh interpreter each, as the operating system counts it (VmHWM, Linux). The large text is
trained on in a process that may take no more than ALLOWED bytes of its own (RLIMIT_DATA): the ids
then lie in a mapped file.
"""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.processes import fresh_interpreter
from benchmarks.reading_memory import LEAST, LIMIT, MOST, WORDS

CHARACTERS, LARGE = 100_000_000, 2_000_000_000
ALLOWED = 400 << 20  # bytes: those of ids that stay in memory by default, 256 MiB, and some
BLOCK = 10_000_000  # characters; the large text repeats them
UNITS = ("characters", "bytes", "words")
ORIGINS = ("file", "files", "string")
FILES = 10
PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from pyrnn.data import Corpus, read_text
from pyrnn.models import LanguageModel

unit, origin, allowed, share = sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
paths = sorted(Path(sys.argv[1]).iterdir())

def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name)) * 1024

model = LanguageModel(unit=unit, hidden_size=16)
model.training("a b\\n" * 4000, max_steps=1)  # what is loaded late
model = LanguageModel(unit=unit, hidden_size=16)
before, began = status("VmHWM"), time.perf_counter()
if allowed:
    resource.setrlimit(resource.RLIMIT_DATA, (status("VmData") + allowed,) * 2)
text = read_text(*paths) if origin == "string" else Corpus.read(*paths)
characters = len(text)
loop = model.training(text, valid=share, max_steps=10)
weights = sum(p.numpy().nbytes for p in model.network.parameters())
ready = status("VmHWM")
model.run(loop)
print(json.dumps({"characters": characters, "before": before, "ready": ready - before - weights,
                  "trained": status("VmHWM") - before - weights, "weights": weights,
                  "seconds": time.perf_counter() - began}))
"""


def write_text(path: Path, characters: int, seed: int = 0) -> None:
    """A text of that many characters or a few more, in lines of words."""
    draw = random.Random(seed)
    words = [f"{k:x}" for k in range(1000, 1000 + WORDS)]
    with path.open("w", encoding="ascii") as file:
        written = 0
        while written < characters:
            written += file.write(" ".join(draw.choices(words, k=draw.randint(LEAST, MOST))) + "\n")


def measure(characters: int = CHARACTERS, large: int = LARGE) -> dict[str, Any]:
    """A row for each unit and each origin of its text, and the large text."""
    with tempfile.TemporaryDirectory() as folder:
        one, several, long = (Path(folder, name) for name in ("one", "several", "long"))
        for path in (one, several, long):
            path.mkdir()
        write_text(one / "text.txt", characters)
        for number in range(FILES):
            write_text(several / f"{number}.txt", characters // FILES, number)
        rows = [
            {
                "unit": unit,
                "origin": origin,
                **_measured(several if origin == "files" else one, unit, origin),
            }
            for unit in UNITS
            for origin in ORIGINS
        ]
        write_text(block := Path(folder, "block.txt"), min(BLOCK, large))
        content = block.read_bytes()
        with (long / "long.txt").open("wb") as file:
            for _ in range(-(-large // len(content))):
                file.write(content)
        beyond = _measured(long, "characters", "file", ALLOWED, 1e-4)
    return {"limit": LIMIT, "rows": rows, "large": {"allowed": ALLOWED, **beyond}}


def _measured(
    folder: Path, unit: str, origin: str, allowed: int = 0, share: float = 0.1
) -> dict[str, Any]:
    arguments = ["-c", PROGRAM, str(folder), unit, origin, str(allowed), str(share)]
    done = fresh_interpreter(arguments, capture_output=True, check=True)
    found = json.loads(done.stdout)
    each = {name: found[name] / found["characters"] for name in ("ready", "trained")}
    return {**found, "bytes_a_character": each}


def show(result: dict[str, Any]) -> None:
    """Print it."""
    for row in result["rows"]:
        each = row["bytes_a_character"]
        print(
            f"{row['unit']:<11} from {row['origin']:<7} {row['characters']:,} characters: "
            f"{each['ready']:.2f} bytes a character until training, {each['trained']:.2f} with it"
        )
    large = result["large"]
    print(
        f"{large['characters']:,} characters in {large['seconds']:.0f} s, with "
        f"{large['allowed'] >> 20} MiB of memory"
    )
    print(f"limit: {result['limit']:g} bytes a character")
