"""Attention and the decoder alone, without autograd and layers, for pytest-benchmark:

    pytest benchmarks/decoder --benchmark-autosave

Results are first compared with the reference. `python benchmarks/run.py decoder` compares with
torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from benchmarks.agreement import require_agreement
from benchmarks.decoder.comparison import TOLERANCE
from benchmarks.decoder.problem import TABLE, Problem, draw
from pyrnn.kernels import attention, decoder, native, native_decoder, reference
from pyrnn.kernels.attention import Memory
from pyrnn.kernels.stack import Stack

PROBLEMS = [
    Problem(sizes, ragged)
    for ragged in (False, True)
    for sizes in TABLE
    if sizes.B > 1 or not ragged
]
each = pytest.mark.parametrize("problem", PROBLEMS, ids=str)


@pytest.fixture(params=[1, 2], ids="threads{}".format)
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = native.get_num_threads()
    native.set_num_threads(request.param)
    yield request.param
    native.set_num_threads(before)


def arrays_of(results: Any) -> dict[str, np.ndarray]:
    """The arrays of results or gradients, those of weights by their numbers."""
    found = {}
    for name, value in results._asdict().items():
        if isinstance(value, list):
            found |= {f"{name}[{k}]": array for k, array in enumerate(value)}
        elif isinstance(value, np.ndarray):
            found[name] = value
    return found


def require_same(problem: Problem, ours: Any, theirs: Any) -> None:
    found, wanted = arrays_of(ours), arrays_of(theirs)
    require_agreement(found, wanted, TOLERANCE, f"{problem}: reference", frozenset(wanted))


@pytest.mark.parametrize("task", ["forward", "training"])
@each
def test_decoder(benchmark: Callable[..., Any], problem: Problem, task: str, threads: int) -> None:
    """Of training, the packing of the weights too; the keys are there."""
    data = draw(problem)
    stack = Stack("gru", data.x.shape[2] + data.memory.shape[2], data.h0.shape[2])
    weights = list(data.cell.values())
    keys = np.ascontiguousarray(data.memory @ data.key.T + data.bias)
    memory = Memory(keys, data.memory, data.memories, data.v)
    given = data.x, memory, data.query, data.h0, None, data.targets
    packed = native.pack(stack, weights)

    def forward() -> Any:
        return native_decoder.decode(packed, *given)

    def training() -> Any:
        results = native_decoder.decode(native.pack(stack, weights), *given, save=True)
        return native_decoder.decode_backward(results.workspace, data.dy, data.dcontext)

    call = {"forward": forward, "training": training}[task]
    theirs = decoder.decode(reference.pack(stack, weights), *given, save=True)
    if task == "training":
        theirs = decoder.decode_backward(theirs.workspace, data.dy, data.dcontext)
    require_same(problem, call(), theirs)
    benchmark.extra_info |= {"threads": threads, "gflop": problem.operations(task) / 1e9}
    benchmark(call)


@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
@each
def test_attention(
    benchmark: Callable[..., Any], problem: Problem, kind: str, threads: int
) -> None:
    """All queries of each sequence at once, there and back."""
    data = draw(problem)
    keys = np.ascontiguousarray(data.memory @ data.key.T + data.bias)
    memory = Memory(keys, data.memory, data.memories, data.v if kind == "additive" else None)
    query = np.ascontiguousarray(data.dy)

    def call() -> Any:
        _, weights = native_decoder.attend(query, memory)
        return native_decoder.attend_backward(query, memory, weights, data.dcontext)

    _, weights = attention.attend(query, memory)
    wanted = attention.attend_backward(query, memory, weights, data.dcontext)
    require_same(problem, call(), wanted)
    benchmark.extra_info |= {"threads": threads}
    benchmark(call)
