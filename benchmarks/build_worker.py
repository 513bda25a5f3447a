"""One build of pyrnn in a process of its own: requests and answers are lines of JSON.

{"cell", "shape", "ragged", "task", "threads", "sample", "outputs"}    prepares a problem, leaves
    its results in the file `outputs`, answers {"calls", "isa"}
{}    times a turn, answers {"seconds"} a call

See benchmarks/builds.py, which starts it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import package  # noqa: F401  makes this folder importable as `benchmarks`

import pyrnn
from benchmarks.kernels.contestants import PyrnnLayer
from benchmarks.kernels.problem import Problem, draw
from benchmarks.kernels.shapes import Shape
from benchmarks.timing import calls_in_a_turn, turn


def main() -> None:
    """Answer until there is nothing more to answer."""
    call, calls = None, 0
    for line in sys.stdin:
        request = json.loads(line)
        if request:
            call, calls = prepare(**request)
            answer: dict[str, Any] = {"calls": calls, "isa": pyrnn.build_config()["isa"]}
        else:
            assert call is not None
            answer = {"seconds": turn(call, calls)}
        print(json.dumps(answer), flush=True)


def prepare(
    cell: str,
    shape: list[int],
    ragged: bool,
    task: str,
    threads: int,
    sample: float,
    outputs: str,
) -> tuple[Any, int]:
    """The call to be timed, and how many of it make a turn."""
    pyrnn.set_num_threads(threads)
    problem = Problem(cell, Shape(*shape), ragged)
    layer = PyrnnLayer(problem, draw(problem), threads)
    np.savez(outputs, **layer.outputs(task))
    call = getattr(layer, task)
    return call, calls_in_a_turn(call, sample)


if __name__ == "__main__":
    main()
