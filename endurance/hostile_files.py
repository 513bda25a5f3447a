"""Files that are damaged, or made to be wrong: an error that names them, little memory, no hang.

python endurance/hostile_files.py                      100 000 files, some minutes
python endurance/hostile_files.py --files 400          to see that it works
python endurance/hostile_files.py --only 1234          that file alone, its folder kept

File number N depends on N alone. It is a model's folder, a checkpoint that is loaded as a model, a
run that is resumed, a history, a vocabulary or labels, weights for a network, or data; some bytes
are damaged, or values of its structure are replaced by others, and half of the time its digests are
made to fit again, so that what stands behind them is reached. Each must load, or raise the error
that its reader names, with the file's name in it; within MEMORY, which is far less than what these
files ask for, and SECONDS. A reader that ends the process (by a segmentation fault, say) is found
out by the process that watches it.
"""

from __future__ import annotations

import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import click
from readers import Reader, readers
from result import keep, sign

MEMORY = 256 << 20  # bytes of address space beyond what a reader's process has when it begins
SECONDS = 20  # for one file; each takes milliseconds
WARNINGS = "ignore"  # of NumPy, about numbers that overflow: those of a network of wild weights


def limit_memory() -> None:
    """From here on this process gets MEMORY more, and not a byte beyond."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def too_long(number: int, frame: Any) -> None:
    """For a file that takes too long."""
    raise TimeoutError(f"more than {SECONDS} s")


def read_one(number: int, known: list[Reader], place: Path) -> tuple[str, str]:
    """Make file `number` and read it: (kind of reader, what came of it)."""
    reader = known[number % len(known)]
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return reader.name, reader.read(number, place)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def work(first: int, files: int, place: Path) -> None:
    """Read files one after another, each told of before it is read: 16 bytes in `progress`."""
    import warnings

    import pyrnn

    warnings.simplefilter(WARNINGS)
    pyrnn.set_num_threads(1)
    known = readers(place)
    signal.signal(signal.SIGALRM, too_long)
    limit_memory()
    found: Counter[str] = Counter()
    failures = []
    with (place / "progress").open("wb", buffering=0) as progress:
        for number in range(first, first + files):
            progress.seek(0)
            progress.write(struct.pack("<qd", number, time.time()))
            try:
                found[" ".join(read_one(number, known, place))] += 1
            except BaseException as error:  # an interpreter's panic, too
                failures.append({"file": number, "error": f"{type(error).__name__}: {error}"[:500]})
                if isinstance(error, KeyboardInterrupt):
                    raise
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _tell({"found": found, "failures": failures, "peak": round(peak, 1)})


def _tell(content: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps(content))


def watch(first: int, files: int) -> dict[str, Any]:
    """`work` in a process of its own, which may die or hang."""
    import json

    with tempfile.TemporaryDirectory() as place:
        arguments = ["--work", str(first), str(files), place]
        command = [sys.executable, __file__, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        patience = 60 + files  # seconds: no file takes a tenth of one
        try:
            output, _ = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        if process.returncode == 0:
            return json.loads(output)
        last, _ = struct.unpack("<qd", (Path(place) / "progress").read_bytes())
    told = f"the process ended with status {process.returncode}"
    return {"found": {}, "failures": [{"file": last, "error": told}], "peak": 0.0}


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--files", default=100_000, type=click.IntRange(min=1))
@click.option("--first", default=0, type=click.IntRange(min=0), help="Number of the first file.")
@click.option("--only", type=click.IntRange(min=0), help="This file alone; its folder is kept.")
@click.option("--output", type=click.Path(path_type=Path), help="Of the JSON.")
@click.option("--work", "job", nargs=3, type=(int, int, click.Path(path_type=Path)), hidden=True)
def main(
    files: int,
    first: int,
    only: int | None,
    output: Path | None,
    job: tuple[int, int, Path] | None,
) -> None:
    """Read so many wrong files, and fail where one does more than raise its reader's error."""
    if job:
        work(*job)
        return
    if only is not None:
        place = Path(tempfile.mkdtemp())
        click.echo(f"in {place}")
        known = readers(place)
        click.echo(" ".join(read_one(only, known, place)))
        return
    signed, began = sign(1), time.monotonic()
    found: Counter[str] = Counter()
    failures, peak, done = [], 0.0, first
    while done < first + files:
        block = min(5_000, first + files - done)
        result = watch(done, block)
        found.update(result["found"])
        failures += result["failures"]
        peak = max(peak, result["peak"])
        done += block
        click.echo(f"{done - first} files, {len(failures)} failures, peak {peak:.0f} MiB", err=True)
    for name, number in sorted(found.items()):
        click.echo(f"{number:8}  {name}")
    for failure in failures:
        click.echo(f"file {failure['file']}: {failure['error']}")
    content = {
        "files": files,
        "first": first,
        "memory_limit_mib": MEMORY >> 20,
        "peak_mib": peak,
        "seconds": round(time.monotonic() - began, 1),
        "outcomes": dict(sorted(found.items())),
        "failures": failures,
    }
    if output is not None or files >= 100_000:
        keep("hostile-files", signed, content, output)
    if failures:
        raise click.ClickException(f"{len(failures)} of {files} files were not read as they must")


if __name__ == "__main__":
    main()
