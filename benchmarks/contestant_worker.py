"""A contestant in a process of its own: requests and answers are lines of JSON.

{"problem", "task", "threads", "sample", "outputs"}    prepares a problem, leaves its results in the
    file `outputs`, answers {"names", "about", "isa"}: which results there must be, what is to be
    known of the contestant, pyrnn's instruction set; {"names": null} where the contestant does not
    take the problem
{}    times a turn, answers {"seconds"} a call

python contestant_worker.py NAME [CORES]: a rival's name or pyrnn, and how many cores it may use.
benchmarks/contestant_process.py starts it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import package  # noqa: F401  makes this folder importable as `benchmarks`

import pyrnn
from benchmarks.kernels.contestants import Contestant, PyrnnLayer, rival
from benchmarks.kernels.problem import Problem, draw
from benchmarks.timing import Call


def main(name: str, cores: int | None) -> None:
    """Answer until there is nothing more to answer."""
    if cores is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    time: Call | None = None
    for line in sys.stdin:
        request = json.loads(line)
        if request:
            time, answer = prepare(name, request.pop("problem"), **request)
        else:
            assert time is not None
            answer = {"seconds": time()}
        print(json.dumps(answer), flush=True)


def prepare(
    name: str, given: Mapping[str, Any], task: str, threads: int, sample: float, outputs: str
) -> tuple[Call | None, dict[str, Any]]:
    """What times a turn, and the answer."""
    problem = Problem.from_json(given)
    kind = PyrnnLayer if name == "pyrnn" else rival(name, problem, task)
    if kind is None:
        return None, {"names": None}
    layer: Contestant = kind(problem, draw(problem), threads)
    np.savez(outputs, **layer.outputs(task))
    answer = {"names": sorted(layer.names(task)), "about": layer.about()}
    return layer.timer(task, sample), answer | {"isa": pyrnn.build_config()["isa"]}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else None)
