"""Beam search and greedy decoding of many sentences: what of their time is the model's.

The model is a language model's step: embedding, LSTM, output layer, with weights at random, of
which no token ends a sentence, so that all have the same length. What is not the model's is that of
the search: the kernel that finds the likeliest tokens, and Python.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from rich.table import Table

import pyrnn
from benchmarks.kernels.table import console
from benchmarks.timing import Plan, Spread, race, ratios
from pyrnn import nn, no_grad
from pyrnn.decoding import Beam, Greedy, beam_search, continuations, ends_at
from pyrnn.kernels import native

END = 0
LIMIT = 0.2  # of the model's time, that Python may add


class Sizes(NamedTuple):
    """V tokens, B sentences, H units, T tokens a sentence, `width` continuations of each."""

    V: int = 8000
    B: int = 32
    H: int = 256
    T: int = 20
    width: int = 5


class Model:
    """An LSTM as a step function, which counts the seconds in it."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes, rng = sizes, np.random.default_rng(0)
        self.embedding = nn.Embedding(sizes.V, sizes.H, rng=rng)
        self.lstm = nn.LSTM(sizes.H, sizes.H, rng=rng)
        self.output = nn.Linear(sizes.H, sizes.V, rng=rng)
        self.output.weight.assign(8 * self.output.weight.numpy())  # some tokens are likelier
        bias = self.output.bias.numpy().copy()
        bias[END] = -100
        self.output.bias.assign(bias)
        self.following = ends_at([END], sizes.V)
        self.seconds, self.kernel = 0.0, 0.0
        self.begin = self.step(np.arange(sizes.B), None)

    def step(self, ids: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        start = time.perf_counter()
        with no_grad():
            y, state = self.lstm(self.embedding(ids[None]), state)
            logits = self.output(y[0]).numpy()
        self.seconds += time.perf_counter() - start
        return logits, state

    def gather(self, state: Any, rows: np.ndarray) -> Any:
        start = time.perf_counter()
        gathered = tuple(np.take(np.asarray(part), rows, axis=1) for part in state)
        self.seconds += time.perf_counter() - start
        return gathered

    def greedy(self) -> Any:
        """One continuation of each sentence."""
        where = self.step, self.gather, *self.begin
        return continuations(*where, Greedy(), self.following, self.sizes.T)

    def beam(self) -> Any:
        """The likeliest continuation of each that a beam finds."""
        where = self.step, self.gather, *self.begin
        return beam_search(*where, self.following, Beam(self.sizes.width, self.sizes.T, alpha=0.6))


def measure(sizes: Sizes, threads: int, plan: Plan) -> dict[str, Any]:
    """One row: sentences a second, and the shares of the model, the kernel and Python.

    Raises ValueError where a result is not as long as it should be.
    """
    pyrnn.set_num_threads(threads)
    model = Model(sizes)
    calls: dict[str, Callable[[], Any]] = {"greedy": model.greedy, "beam": model.beam}
    for name, found in (("greedy", model.greedy()), ("beam", [one[0] for one in model.beam()])):
        if len(found) != sizes.B or {len(one.ids) for one in found} != {sizes.T}:
            raise ValueError(f"{name}: expected {sizes.B} sentences of {sizes.T} tokens")
    times = race(calls, plan)
    return {
        **sizes._asdict(),
        "threads": threads,
        "rounds": len(times["beam"]),
        "seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
        "beam to greedy": ratios(times, "greedy")["beam"].to_json(),
        "shares": {name: shares(model, call) for name, call in calls.items()},
        "limit": LIMIT,
    }


def shares(model: Model, call: Callable[[], Any]) -> dict[str, float]:
    """The seconds of a call, the fastest of nine: the model's, the kernel's and Python's, which is
    all else. That of the kernel is of so many calls on logits such as those of the last step."""
    rows = model.sizes.B * (model.sizes.width if call == model.beam else 1)
    logits = np.resize(model.begin[0], (rows, model.sizes.V))
    best: dict[str, float] = {}
    for _ in range(9):
        model.seconds, start = 0.0, time.perf_counter()
        call()
        whole, of_model = time.perf_counter() - start, model.seconds
        start = time.perf_counter()
        for _ in range(model.sizes.T):
            native.likeliest(logits, model.sizes.width, model.following.goes_on[None])
        kernel = time.perf_counter() - start
        found = {"model": of_model, "kernel": kernel, "python": whole - of_model - kernel}
        if not best or sum(found.values()) < sum(best.values()):
            best = found
    return {name: float(f"{seconds:.4g}") for name, seconds in best.items()}


def show(rows: list[dict[str, Any]]) -> None:
    """Print a line for each number of threads and way."""
    table = Table(title="beam search", title_justify="left", title_style="bold")
    numbers = ("sentences/s", "model ms", "kernel ms", "Python ms", "Python to model")
    for head in ("threads", "V, B, H, T", "way", *numbers):
        table.add_column(head, justify="left" if head == "way" else "right")
    for row in rows:
        for way, parts in row["shares"].items():
            name = f"beam {row['width']}" if way == "beam" else way
            speed = row["B"] / row["seconds"][way]["median"]
            each = [f"{1e3 * parts[part] / row['T']:.3f}" for part in ("model", "kernel", "python")]
            share = parts["python"] / parts["model"]
            sizes = ", ".join(str(row[letter]) for letter in "VBHT")
            table.add_row(str(row["threads"]), sizes, name, f"{speed:,.0f}", *each, f"{share:.2f}")
    console().print(table)
    print(f"milliseconds a step; limit of Python to model: {LIMIT}")
