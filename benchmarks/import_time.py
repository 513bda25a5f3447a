"""What `import pyrnn` costs beside `import numpy`: fresh interpreters in turns.

added    within one process, as `python -X importtime` has it: pyrnn with all it loads, less NumPy
process  the wall clock of a whole interpreter with the import and with nothing else
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.processes import fresh_interpreter
from benchmarks.timing import Spread

LIMIT = 0.05  # seconds that pyrnn may add to NumPy
STATEMENTS = ("pass", "import numpy", "import pyrnn")


def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter that must succeed."""
    return fresh_interpreter(arguments, capture_output=True, check=True)


def cumulative(report: str) -> dict[str, float]:
    """Seconds of each module with all it loads, out of what -X importtime writes."""
    found = {}
    for line in report.splitlines():
        _, _, numbers = line.partition("import time:")
        own, _, rest = numbers.partition("|")
        total, _, name = rest.partition("|")
        if own.strip().isdigit():
            found[name.strip()] = int(total) / 1e6
    return found


def wall_clock(statement: str) -> float:
    """Seconds of an interpreter that runs one statement."""
    start = time.perf_counter()
    run(["-c", statement])
    return time.perf_counter() - start


def measure(rounds: int) -> dict[str, Any]:
    """Medians of so many rounds, after one that is not timed and leaves compiled files."""
    for statement in STATEMENTS:
        run(["-c", statement])
    numpy, added = [], []
    walls: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    for _ in range(rounds):
        modules = cumulative(run(["-X", "importtime", "-c", "import pyrnn"]).stderr)
        numpy.append(modules["numpy"])
        added.append(modules["pyrnn"] - modules["numpy"])
        for statement in STATEMENTS:
            walls[statement].append(wall_clock(statement))
    return {
        "rounds": rounds,
        "limit": LIMIT,
        "numpy": Spread.of(numpy).to_json(),
        "added": Spread.of(added).to_json(),
        "process": {name: Spread.of(values).to_json() for name, values in walls.items()},
    }


def show(result: dict[str, Any]) -> None:
    """Print it, in milliseconds."""
    for name in ("numpy", "added"):
        label = "import numpy" if name == "numpy" else "import pyrnn adds"
        least, median, most = (1e3 * result[name][key] for key in Spread._fields)
        print(f"{label:<20}{median:6.1f} ms ({least:.1f} to {most:.1f})")
    for statement, spread in result["process"].items():
        print(f"{'python -c ' + repr(statement):<28}{1e3 * spread['median']:6.1f} ms")
    print(f"limit: {1e3 * result['limit']:.0f} ms added")
