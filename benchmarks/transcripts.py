"""Transcripts of frames of CTC: frames a second, of sequences at once and of one as it comes.

The frames are as a trained network gives them: one class stands out in most, the blank in seven of
ten; what two frames in a hundred say is open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from rich.table import Table

import pyrnn
from benchmarks.kernels.table import console
from benchmarks.timing import Plan, Spread, race
from pyrnn.decoding import BestPath, PrefixBeam, greedy, prefix_beam


class Sizes(NamedTuple):
    """T frames of B sequences, C classes, `width` prefixes."""

    T: int = 200
    B: int = 32
    C: int = 30
    width: int = 16


def frames_of(sizes: Sizes) -> np.ndarray:
    """Logits (T, B, C)."""
    rng, shape = np.random.default_rng(0), (sizes.T, sizes.B)
    logits = rng.normal(size=(*shape, sizes.C)).astype(np.float32)
    said = np.where(rng.random(shape) < 0.7, 0, rng.integers(0, sizes.C, shape))
    t, b = np.indices(shape)
    logits[t, b, said] += np.where(rng.random(shape) < 0.02, 2, 8)
    return logits


def one_by_one(decoder: Any, frames: np.ndarray) -> Any:
    """The transcript of frames (T, C), which come one by one."""
    for frame in frames:
        decoder.step(frame)
    return decoder.best()


def measure(sizes: Sizes, threads: int, plan: Plan) -> dict[str, Any]:
    """One row. Raises ValueError where one frame at a time says something else."""
    pyrnn.set_num_threads(threads)
    logits, width = frames_of(sizes), sizes.width
    calls: dict[str, Callable[[], Any]] = {
        "greedy": lambda: greedy(logits),
        "beam": lambda: prefix_beam(logits, width=width),
        "greedy, one": lambda: one_by_one(BestPath(), logits[:, 0]),
        "beam, one": lambda: one_by_one(PrefixBeam(width=width, delay=100), logits[:, 0]),
    }
    if calls["greedy, one"]()[0] != greedy(logits)[0]:
        raise ValueError("greedy: expected the same, one frame at a time")
    if (
        one_by_one(PrefixBeam(width=width), logits[:, 0])[0]
        != prefix_beam(logits, width=width)[0][0]
    ):
        raise ValueError("beam: expected the same, one frame at a time")
    times = race(calls, plan)
    return {
        **sizes._asdict(),
        "threads": threads,
        "rounds": len(times["beam"]),
        "seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
    }


HEADER = ("threads", "C", "width", "B", "greedy", "beam", "greedy, one", "beam, one")


def lines(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Frames a second, a line for each number of classes."""
    found = []
    for row in rows:
        every = row["T"] * row["B"]
        counts = {"greedy": every, "beam": every, "greedy, one": row["T"], "beam, one": row["T"]}
        speeds = [f"{n / row['seconds'][name]['median']:,.0f}" for name, n in counts.items()]
        found.append([*(str(row[name]) for name in ("threads", "C", "width", "B")), *speeds])
    return found


def show(rows: list[dict[str, Any]]) -> None:
    """Print them."""
    table = Table(title="transcripts", title_justify="left", title_style="bold")
    for head in HEADER:
        table.add_column(head, justify="right")
    for line in lines(rows):
        table.add_row(*line)
    console().print(table)
    print("frames a second; one: a single sequence, frame by frame")
