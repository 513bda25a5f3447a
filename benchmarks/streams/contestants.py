"""Who takes part. Each is called again and again: a call is a step of every session.

`outputs(steps)` begins anew and gives what the steps say: y (steps, sessions, H).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

import pyrnn
from benchmarks.streams.problem import Data, Problem
from pyrnn import nn


class Contestant:
    """Made for one problem; the steps of its data go round."""

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        self.problem, self.data = problem, data
        self.rows: Iterator[Any] = itertools.cycle(self.given())

    def given(self) -> list[Any]:
        """The steps as it takes them, one after the other; making them is not timed."""
        return list(self.data.x)

    def begin(self) -> None:
        """All states are zeros."""
        raise NotImplementedError

    def step(self, x: Any) -> Any:
        """One step of every session: (sessions, H)."""
        raise NotImplementedError

    def __call__(self) -> Any:
        return self.step(next(self.rows))

    def outputs(self, steps: int) -> dict[str, np.ndarray]:
        self.begin()
        shape = self.problem.sessions, self.problem.H
        rows = [np.array(self.step(x)).reshape(shape) for x in self.given()[:steps]]
        return {"y": np.stack(rows)}


def layer_of(problem: Problem, data: Data) -> nn.Module:
    """pyrnn's layer with the weights of the problem."""
    kind = {"lstm": nn.LSTM, "gru": nn.GRU}[problem.cell]
    layer = kind(problem.H, problem.H, rng=0)
    layer.load_state_dict(data.weights)
    return layer


class PyrnnStream(Contestant):
    """`pyrnn.Stream`."""

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        self.stream = pyrnn.Stream(layer_of(problem, data))

    def given(self) -> list[Any]:
        return list(self.data.x[:, 0])

    def begin(self) -> None:
        self.stream.reset()

    def step(self, x: Any) -> Any:
        return self.stream.step(x)


class PyrnnLoop(Contestant):
    """A `pyrnn.Stream` for each session, one after the other."""

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        first = pyrnn.Stream(layer_of(problem, data))
        self.streams = [first, *(pyrnn.Stream(first) for _ in range(problem.sessions - 1))]
        self.turns = [self.streams[k] for k in data.order]

    def begin(self) -> None:
        for stream in self.streams:
            stream.reset()

    def step(self, x: Any) -> Any:
        return [stream.step(row) for stream, row in zip(self.turns, x, strict=True)]


class PyrnnPool(Contestant):
    """`pyrnn.StreamPool`."""

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        self.pool = pyrnn.StreamPool(layer_of(problem, data))
        self.ids = np.array([self.pool.open() for _ in range(problem.sessions)])[data.order]

    def begin(self) -> None:
        for session in self.ids:
            self.pool.reset(session)

    def step(self, x: Any) -> Any:
        return self.pool.step(self.ids, x)
