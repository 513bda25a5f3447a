"""From one thread to two, where the batch alone cannot use both: directions, layers, one sequence.

A contestant with one thread and the same one with several take turns in one process; the speed-up
is the quotient of two turns of one round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.kernels.comparison import verify
from benchmarks.kernels.contestants import Contestant, PyrnnLayer, installed, rival
from benchmarks.kernels.field import OURS, Entrant
from benchmarks.kernels.problem import Problem, draw
from benchmarks.kernels.shapes import Shape
from benchmarks.kernels.table import milliseconds, plural, print_table, shape_of
from benchmarks.timing import Plan, Spread, take_turns

RIVAL = "torch"
TASK = "training"

# name -> (problem, the speed-up on two threads that is to be reached)
PROBLEMS = {
    "a tagger": (Problem("lstm", Shape(45, 16, 200, I=130, D=2), ragged=True), 1.65),
    "two bidirectional layers": (Problem("lstm", Shape(50, 32, 128, L=2, D=2)), 1.65),
    "three layers, one sequence": (Problem("lstm", Shape(200, 1, 128, L=3)), 1.4),
}
QUICK = {
    "a tagger": (Problem("lstm", Shape(9, 4, 10, I=7, D=2), ragged=True), 1.65),
    "three layers, one sequence": (Problem("lstm", Shape(12, 1, 8, L=3)), 1.4),
}


def compare(name: str, problem: Problem, goal: float, threads: int, plan: Plan) -> dict[str, Any]:
    """One row: seconds with one and with so many threads, the speed-up of both.

    Raises DisagreementError before anything is timed.
    """
    data = draw(problem)
    kind = rival(RIVAL, problem, TASK) if installed(RIVAL) else None
    kinds: dict[str, type[Contestant]] = {OURS: PyrnnLayer} | ({RIVAL: kind} if kind else {})
    contestants = {who: kind(problem, data, threads) for who, kind in kinds.items()}
    timers: dict[tuple[str, int], Callable[[], float]] = {}
    differences: dict[str, Any] = {}
    for number in (1, threads):
        entrants = {}
        for who, one in contestants.items():
            one.use(number)
            timer = one.timer(TASK, plan.sample)
            entrants[who] = Entrant(one.outputs(TASK), one.names(TASK), timer, None)
            timers[who, number] = timer
        found = verify(entrants, f"{problem}, {plural(number)}")
        differences |= {f"{who}, {number}": d.to_json() for who, d in found.items()}

    def time_of(key: str) -> float:
        who, number = key.split()
        contestants[who].use(int(number))
        return timers[who, int(number)]()

    times = take_turns([f"{who} {number}" for who, number in timers], plan, time_of)
    both = {
        who: zip(times[f"{who} 1"], times[f"{who} {threads}"], strict=False) for who in contestants
    }
    speed_up = {who: Spread.of([one / more for one, more in pairs]) for who, pairs in both.items()}
    return {
        "name": name,
        "cell": problem.cell,
        **problem.shape.to_json(),
        "ragged": problem.ragged,
        "task": TASK,
        "threads": threads,
        "goal": goal,
        "rounds": len(times[f"{OURS} 1"]),
        "difference": differences,
        "seconds": {key: Spread.of(values).to_json() for key, values in times.items()},
        "speed_up": {who: spread.to_json() for who, spread in speed_up.items()},
    }


HEADER = ("problem", "threads", "pyrnn ms", "x", "target", "torch ms", "x")


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table."""
    print_table("training, one thread and more", HEADER, map(cells, rows))


def cells(row: dict[str, Any]) -> list[str]:
    """A row of the table, in words."""
    line = [f"{row['name']} ({shape_of(row)}{'; ragged' * row['ragged']})", str(row["threads"])]
    for who in (OURS, RIVAL):
        if who not in row["speed_up"]:
            return [*line, "", ""]
        times = [row["seconds"][f"{who} {number}"]["median"] for number in (1, row["threads"])]
        line.append(" to ".join(milliseconds(seconds) for seconds in times))
        line.append(f"{row['speed_up'][who]['median']:.2f}")
        line += [f"{row['goal']:.2f}"] * (who == OURS)
    return line
