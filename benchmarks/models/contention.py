"""Training beside other processes: how much of its rate a library keeps when each core has another.

Rounds alternate: steps alone, then steps beside one process a core that does nothing but count. The
share is the quotient of the two rates of a round. A fair system leaves half.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import pyrnn
from benchmarks.agreement import compare_losses
from benchmarks.kernels.table import print_table
from benchmarks.models.language_model import OURS, RIVAL, TOLERANCE, model_of
from benchmarks.models.language_training import PyrnnTraining, Settings
from benchmarks.signature import usable_cores
from benchmarks.timing import Plan, Spread

COUNTING = "print(flush=True)\nwhile True: pass"
STEPS = 20  # whose losses are compared
PLAN = Plan(least=7, most=7, seconds=0.0, sample=1.5)


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many busy processes, all of them running by now."""
    command = [sys.executable, "-S", "-c", COUNTING]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(processes)]
    try:
        for process in running:
            assert process.stdout is not None
            process.stdout.readline()
        yield
    finally:
        for process in running:
            process.kill()
        for process in running:
            with process:  # waits, and closes the pipe
                pass


def rate(step: Callable[[], Any], seconds: float) -> float:
    """Steps a second, over at least so long and one step; a first one wakes up what sleeps."""
    step()
    start, steps = time.perf_counter(), 0
    while True:
        step()
        steps += 1
        passed = time.perf_counter() - start
        if passed >= seconds:
            return steps / passed


def compare(ids: np.ndarray, settings: Settings, threads: int, plan: Plan = PLAN) -> dict[str, Any]:
    """One row: tokens/s alone and beside the busy, and the share that is kept, of both.

    Raises DisagreementError, before anything is timed, unless the losses agree.
    """
    from benchmarks.baselines.torch.language_model import TorchTraining

    pyrnn.set_num_threads(threads)
    rival = TorchTraining(ids, settings, threads)
    ours = PyrnnTraining(ids, settings, rival.weights())
    steps: dict[str, Callable[[], float]] = {OURS: ours.step, RIVAL: rival.step}
    losses = {name: [step() for _ in range(STEPS)] for name, step in steps.items()}
    agreement = compare_losses(losses[OURS], losses[RIVAL], TOLERANCE, RIVAL)
    cores = usable_cores()
    rates: dict[str, dict[str, list[float]]] = {n: {"alone": [], "beside": []} for n in steps}
    order, shuffle = list(steps), random.Random(0).shuffle
    for _ in range(plan.least):
        shuffle(order)
        for name in order:
            time.sleep(random.uniform(*plan.pause))
            rates[name]["alone"].append(settings.tokens * rate(steps[name], plan.sample))
            with busy(cores):
                rates[name]["beside"].append(settings.tokens * rate(steps[name], plan.sample))
    return {
        "threads": threads,
        "busy": cores,
        "cell": settings.cell,
        "L": settings.layers,
        "V": settings.vocabulary,
        "E": settings.embedding,
        "H": settings.hidden,
        "T": settings.steps,
        "B": settings.batch,
        "losses": agreement,
        "rounds": plan.least,
        "tokens_per_second": {
            name: {when: Spread.of(values).to_json() for when, values in found.items()}
            for name, found in rates.items()
        },
        "share": {
            name: Spread.of(
                [b / a for a, b in zip(found["alone"], found["beside"], strict=True)]
            ).to_json()
            for name, found in rates.items()
        },
    }


HEADER = ("model", "threads", "busy", "library", "tokens/s alone", "beside", "kept")


def lines(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """A line for each row and library."""
    found = []
    for row in rows:
        for name, spread in row["share"].items():
            rates = row["tokens_per_second"][name]
            line = [model_of(row), str(row["threads"]), str(row["busy"]), name]
            line += [f"{rates[when]['median']:,.0f}" for when in ("alone", "beside")]
            kept = f"{spread['median']:.0%} ({spread['minimum']:.0%} to {spread['maximum']:.0%})"
            found.append([*line, kept])
    return found


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table."""
    print_table("training beside one busy process a core", HEADER, lines(rows), justify="right")
