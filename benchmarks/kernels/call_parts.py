"""What a call is made of, in microseconds: by the differences of calls that do more and more.

One step of one sequence, under `no_grad`:

    step        what one more step takes: (a call of 101 steps - a call of 1) / 100
    call        the kernels' call of one step, with its checks, beyond that
    function    `functional.recurrent` beyond that: tensors, and the tape that is off
    layer       `nn.LSTM` beyond that: its own checks and shapes
    rest        of other ways to the same step: `nn.LSTMCell` and `pyrnn.Stream` beyond the step

Forward and backward of a batch, weights packed anew, a step of time:

    pack        the weights of forward; backward's are packed in forward
    forward     with everything kept
    time loop   backward without the gradients of x and weights
    dx          beyond that
    weights     dW, dR, db, beyond that
    layer       `nn.LSTM` with its tape, beyond all of that
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

from benchmarks.kernels.contestants import PyrnnLayer
from benchmarks.kernels.problem import Data, Problem, draw
from benchmarks.kernels.shapes import Shape
from benchmarks.kernels.table import plural, print_table
from benchmarks.timing import Call, Plan, race
from pyrnn import Stream, functional, nn, no_grad
from pyrnn.kernels import native

STEPS = (Shape(1, 1, 64), Shape(1, 1, 256))
BATCHES = (Shape(100, 1, 64), Shape(35, 20, 200), Shape(50, 32, 256))
QUICK_STEPS, QUICK_BATCHES = (Shape(1, 1, 8),), (Shape(5, 3, 8),)
MORE = 100  # steps of the longer call
PLAN = Plan(least=15, most=25, seconds=1.0, sample=0.002, slow=np.inf)


def step(shape: Shape, plan: Plan = PLAN) -> list[dict[str, Any]]:
    """A row for each way to one step, with one thread: its parts."""
    problem = Problem("lstm", shape)
    data = draw(problem)
    layer = PyrnnLayer(problem, data, 1)
    times = medians(ways(problem, data, layer), plan)
    first = (times["long"] - times["call"]) / MORE
    parts = {"nn.LSTM": {"step": first} | {n: times[n] for n in ("call", "function", "layer")}}
    parts |= {name: {"step": first, "rest": times[name]} for name in ("nn.LSTMCell", "Stream")}
    return [row(problem, "forward", 1, differences(p), 1, name) for name, p in parts.items()]


def ways(problem: Problem, data: Data, layer: PyrnnLayer) -> dict[str, Call]:
    """Everything that makes a step, and a call of many."""
    state = [array for array in (data.h0, data.c0) if array is not None]
    weights = list(layer.parameters.values())
    packed = native.pack(problem.stack, list(data.weights.values()))
    longer = np.concatenate([data.x] * (MORE + 1))
    cell = nn.LSTMCell(problem.shape.inputs, problem.shape.H)
    cell.load_state_dict({name.removesuffix("_l0"): w for name, w in data.weights.items()})
    before = tuple(array[0] for array in state)
    stream = Stream(layer.layer)

    def function() -> Any:
        with no_grad():
            return functional.recurrent(
                problem.stack, packed, layer.inputs["x"], weights, data.h0, data.c0
            )

    def of_cell() -> Any:
        with no_grad():
            return cell(data.x[0], before)

    return {
        "long": lambda: native.forward(packed, longer, *state),
        "call": lambda: native.forward(packed, data.x, *state),
        "function": function,
        "layer": layer.forward,
        "nn.LSTMCell": of_cell,
        "Stream": lambda: stream.step(data.x[0, 0]),
    }


def batch(shape: Shape, threads: int, plan: Plan = PLAN) -> dict[str, Any]:
    """One row: the parts of a training call."""
    problem = Problem("lstm", shape)
    data = draw(problem)
    layer = PyrnnLayer(problem, data, threads)
    weights = list(data.weights.values())

    def upto(*parts: bool) -> Call:
        return lambda: run(problem, data, weights, *parts)

    calls: dict[str, Call] = {
        "pack": lambda: native.pack(problem.stack, weights),
        "forward": lambda: forward(problem, data, weights),
        "time loop": upto(False, False),
        "dx": upto(True, False),
        "weights": upto(True, True),
        "layer": layer.training,
    }
    times = medians(calls, plan)
    return row(problem, "training", threads, differences(times), shape.T, "nn.LSTM")


def forward(problem: Problem, data: Data, weights: Sequence[np.ndarray]) -> Any:
    """Pack, and a forward pass that keeps everything."""
    packed = native.pack(problem.stack, weights)
    return native.forward(packed, data.x, data.h0, data.c0, save=True)


def run(
    problem: Problem, data: Data, weights: Sequence[np.ndarray], needs_x: bool, needs_weights: bool
) -> Any:
    """That and a backward pass with the gradients that are needed."""
    workspace = forward(problem, data, weights).workspace
    return native.backward(workspace, data.dy, needs_x=needs_x, needs_weights=needs_weights)


def medians(calls: Mapping[str, Call], plan: Plan) -> dict[str, float]:
    """Seconds of a call of each, in turns."""
    return {name: median(values) for name, values in race(calls, plan).items()}


def differences(rising: Mapping[str, float]) -> dict[str, float]:
    """What each takes beyond the one before; noise may make that less than nothing."""
    names, values = list(rising), [0.0, *rising.values()]
    return {name: max(0.0, values[k + 1] - values[k]) for k, name in enumerate(names)}


def row(
    problem: Problem, task: str, threads: int, parts: Mapping[str, float], steps: int, way: str
) -> dict[str, Any]:
    """As it is kept: microseconds a step. way: what is called."""
    each = {name: float(f"{seconds / steps * 1e6:.3g}") for name, seconds in parts.items()}
    sizes = problem.shape.to_json()
    about = {"way": way, "task": task, "threads": threads}
    return {"cell": problem.cell, **sizes, **about, "microseconds": each}


def name_of(row: Mapping[str, Any]) -> str:
    """A row in words."""
    return f"{row['way']}, T, B, H = {row['T']}, {row['B']}, {row['H']}, {plural(row['threads'])}"


def calls(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of this kind."""
    return [row for row in rows if "microseconds" in row]


def lines(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """A line for each row: its parts in their order, and their sum."""
    found = []
    for row in calls(rows):
        parts = ", ".join(f"{name} {value:g}" for name, value in row["microseconds"].items())
        found.append([name_of(row), row["task"], parts, f"{sum(row['microseconds'].values()):.3g}"])
    return found


HEADER = ("call", "task", "parts, µs a step", "together")


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the parts."""
    print_table("parts of a call", HEADER, lines(rows))
