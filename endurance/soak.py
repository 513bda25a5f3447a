"""Training, inference and models that come and go, until a leak would show.

python endurance/soak.py                         200 000 steps, 10^6 calls, 3000 models
python endurance/soak.py --quick                 to see that it works, seconds

Each part is run in a process of its own, all at the same time, and notes its resident memory a
hundred times. After the first tenth, in which caches and pools fill, memory must be flat: the
median of the last tenth may be at most --bound MiB above that of the second. A leak of 24 bytes a
training step, or of 5 a call, would be found out.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np
from result import keep, sign

import pyrnn
from pyrnn import nn
from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions
from pyrnn.models.stack_settings import LAYERS
from pyrnn.training import StepRecord

MIB = 1 << 20
SAMPLES = 100
TEXT = "".join(random.Random(0).choices("abcdefgh \n", k=30_000))
WHOLE = {"training": 200_000, "inference": 1_000_000, "models": 3_000}
QUICK = {"training": 1_500, "inference": 5_000, "models": 30}
# A record in memory for each line of the history, by design: 500 bytes each
LOG_EVERY = 1_000


def resident() -> float:
    """This process's resident memory in MiB."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except FileNotFoundError:  # no Linux: the highest so far, which a leak raises just as well
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (MIB if sys.platform == "darwin" else 1024)
    import resource

    return pages * resource.getpagesize() / MIB


def training(steps: int) -> Iterator[int]:
    """One run of so many steps, with dropout, validations and checkpoints; yields steps done."""
    config = LanguageModelConfig(hidden_size=12, dropout_output=0.2, dropout_input=0.1)
    model = LanguageModel.for_text(TEXT, config)
    options = LanguageModelOptions(
        batch_size=4,
        bptt=8,
        shift=True,
        learning_rate=1e-3,
        max_steps=steps,
        log_every=LOG_EVERY,
        validate_every=max(1, steps // 40),
    )
    with tempfile.TemporaryDirectory() as folder:
        for record in model.training(TEXT, TEXT[:500], options, folder=folder).run():
            if isinstance(record, StepRecord):
                yield record.step


def inference(calls: int) -> Iterator[int]:
    """Calls without gradients: a language model step by step, a cell with its state, ragged batches
    of every shape; yields calls done."""
    model = LanguageModel.for_text(TEXT, LanguageModelConfig(hidden_size=12))
    cell, stack = nn.LSTM(3, 8, rng=0), nn.GRU(3, 5, num_layers=2, bidirectional=True, rng=1)
    rng = np.random.default_rng(0)
    done = 0
    while done < calls:
        for _ in model.stream("a", 50, seed=done):
            done += 1
            yield done
        state = None
        with pyrnn.no_grad():
            for _ in range(40):
                _, state = cell(np.ones((1, 1, 3), "float32"), state)
                done += 1
                yield done
            for _ in range(10):
                steps, batch = rng.integers(1, 12, 2)
                x = np.zeros((steps, batch, 3), "float32")
                stack(x, lengths=rng.integers(0, steps + 1, batch))
                done += 1
                yield done


def models(number: int) -> Iterator[int]:
    """Models of every cell made, trained for two steps, saved, loaded and dropped."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        for done in range(1, number + 1):
            config = LanguageModelConfig(
                unit=chance.choice(("characters", "bytes", "words")),
                cell=chance.choice(list(LAYERS)),
                hidden_size=chance.randint(1, 40),
                num_layers=chance.randint(1, 3),
                tied=chance.random() < 0.5,
            )
            model = LanguageModel.for_text(TEXT[:2_000], config)
            model.fit(TEXT[:2_000], TEXT[:50], batch_size=2, bptt=6, max_steps=2)
            model.save(folder)
            LanguageModel.load(folder).score(TEXT[:40])
            yield done


PARTS: dict[str, Callable[[int], Iterator[int]]] = {
    "training": training,
    "inference": inference,
    "models": models,
}


def curve(part: str, total: int) -> list[tuple[int, float]]:
    """(count, resident MiB) at about SAMPLES places of a part."""
    every, points = max(1, total // SAMPLES), []
    for done in PARTS[part](total):
        if done % every == 0:
            points.append((done, round(resident(), 3)))
            if len(points) % (SAMPLES // 10) == 0:
                click.echo(f"{part}: {done} of {total}, {points[-1][1]:.1f} MiB", err=True)
    return points


def growth(points: list[tuple[int, float]]) -> float:
    """MiB from the second tenth of a curve to its last, medians."""
    tenth = max(1, len(points) // 10)
    memory = [value for _, value in points]
    return round(
        statistics.median(memory[-tenth:]) - statistics.median(memory[tenth : 2 * tenth]), 3
    )


def alone(part: str, total: int, threads: int) -> dict[str, Any]:
    """A part in a process of its own."""
    command = [sys.executable, __file__, "--part", part, str(total), "--threads", str(threads)]
    began = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{part}: ended with status {done.returncode}")
    points = json.loads(done.stdout)
    return {
        "count": total,
        "seconds": round(time.monotonic() - began, 1),
        "start": points[0][1],
        "end": points[-1][1],
        "grown": growth(points),
        "curve": points,
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--bound", default=4.0, help="MiB that memory may grow by after the first tenth.")
@click.option("--threads", default=1, type=click.IntRange(min=1))
@click.option("--quick", is_flag=True, help="A few seconds; nothing is kept.")
@click.option("--output", type=click.Path(path_type=Path), help="Of the JSON.")
@click.option("--part", nargs=2, type=(click.Choice(list(PARTS)), int), hidden=True)
def main(
    bound: float, threads: int, quick: bool, output: Path | None, part: tuple[str, int] | None
) -> None:
    """Run every part, and fail where memory grows."""
    pyrnn.set_num_threads(threads)
    if part:
        click.echo(json.dumps(curve(*part)))
        return
    signed = sign(threads)
    found = {}
    parts = QUICK if quick else WHOLE
    with ThreadPoolExecutor(len(parts)) as pool:  # which wait for processes of their own
        begun = {name: pool.submit(alone, name, total, threads) for name, total in parts.items()}
    for name, one in begun.items():
        found[name] = one.result()
        told = "{count} in {seconds} s: {start:.1f} MiB at first, {end:.1f} in the end"
        click.echo(f"{name}: {told.format(**found[name])}; grown by {found[name]['grown']:.2f}")
    if output is not None or not quick:
        keep("soak", signed, {"bound": bound, "parts": found}, output)
    leaks = [name for name, result in found.items() if result["grown"] > bound]
    if leaks:
        raise click.ClickException(f"memory grows by more than {bound} MiB in {', '.join(leaks)}")


if __name__ == "__main__":
    main()
