"""Every contestant runs every problem that it takes, and wrong results end the comparison."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.agreement import DisagreementError
from benchmarks.kernels import comparison, table
from benchmarks.kernels.contestants import RIVALS, Contestant, PyrnnLayer, installed, rival
from benchmarks.kernels.problem import TASKS, Problem, draw
from benchmarks.kernels.shapes import Shape
from benchmarks.timing import Plan
from pyrnn.kernels.stack import CELLS

TINY = Shape(7, 5, 9)
PROBLEMS = [Problem(cell, TINY, ragged) for cell in CELLS for ragged in (False, True)]


def taking(problem: Problem, task: str) -> list[str]:
    """The rivals that are installed and take a problem."""
    return [name for name in RIVALS if rival(name, problem, task) is not None]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_compares_with_all_who_take_the_problem(problem: Problem, task: str, plan: Plan) -> None:
    row = comparison.compare(problem, task, list(RIVALS), 1, plan)
    met = taking(problem, task)
    assert list(row["ratio"]) == list(row["difference"]) == met
    assert list(row["seconds"]) == ["pyrnn", *met]
    assert row["rounds"] == 3
    assert all(spread["minimum"] > 0 for spread in row["seconds"].values())
    assert all(found["worst"] <= comparison.TOLERANCE for found in row["difference"].values())
    assert (row["T"], row["B"], row["I"], row["H"]) == (7, 5, 9, 9)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_a_wrong_result_of_either_side_is_noticed(problem: Problem, task: str) -> None:
    data = draw(problem)
    for name in taking(problem, task):
        kind = rival(name, problem, task)
        assert kind is not None
        check_each_result(
            {"pyrnn": PyrnnLayer(problem, data, 1), name: kind(problem, data, 1)}, problem, task
        )


def check_each_result(contestants: dict[str, Contestant], problem: Problem, task: str) -> None:
    """Spoil a single element of each result, first pyrnn's, then the rival's."""
    right = {who: one.outputs(task) for who, one in contestants.items()}
    name = list(contestants)[1]
    assert right[name].keys() >= contestants[name].names(task)
    for who in contestants:
        for result in right[name]:
            spoilt = right[who][result].copy()
            spoilt.flat[spoilt.size // 2] += 1e-3 * np.abs(spoilt).max()
            doctored = {**right, who: {**right[who], result: spoilt}}
            answering = {key: Answering(one, doctored[key]) for key, one in contestants.items()}
            with pytest.raises(DisagreementError, match=f"{name}: {result} differs"):
                comparison.verify(answering, problem, task)


def test_everybody_takes_part_somewhere() -> None:
    somewhere = {name for problem in PROBLEMS for task in TASKS for name in taking(problem, task)}
    assert somewhere == {name for name in RIVALS if installed(name)}


class Answering(Contestant):
    """A contestant that answers with given results."""

    def __init__(self, original: Contestant, answers: dict[str, np.ndarray]) -> None:
        self.original, self.answers = original, answers

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        return self.answers

    def names(self, task: str) -> frozenset[str]:
        return self.original.names(task)


def test_nothing_is_timed_after_a_disagreement(monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    right = PyrnnLayer.outputs

    def doubled(self: PyrnnLayer, task: str) -> dict[str, np.ndarray]:
        return {name: 2 * value for name, value in right(self, task).items()}

    monkeypatch.setattr(PyrnnLayer, "outputs", doubled)
    monkeypatch.setattr(comparison, "race", lambda *_: pytest.fail("timed"))
    with pytest.raises(DisagreementError, match="gru 7x5x9 training: numpy"):
        comparison.compare(Problem("gru", TINY), "training", ["numpy"], 1, plan)


@pytest.mark.parametrize("cell", CELLS)
def test_training_asks_for_every_gradient(cell: str) -> None:
    problem = Problem(cell, TINY)
    layer = PyrnnLayer(problem, draw(problem), 1)
    gradients = {"dx", "dh0"} | {f"d{name}" for name in problem.stack.weight_names()}
    gradients |= {"dc0"} if cell == "lstm" else set()
    assert {name for name in layer.names("training") if name.startswith("d")} == gradients
    assert layer.outputs("training").keys() >= gradients


def test_training_packs_the_weights_anew() -> None:
    problem = Problem("lstm", TINY)
    layer = PyrnnLayer(problem, draw(problem), 1)
    layer.training()
    packed = layer.layer._packed[1]
    layer.training()
    assert layer.layer._packed[1] is not packed
    layer.forward()
    packed = layer.layer._packed[1]
    layer.forward()
    assert layer.layer._packed[1] is packed


def test_operations_count_valid_steps_alone() -> None:
    full, ragged = (Problem("lstm", Shape(50, 16, 8), ragged) for ragged in (False, True))
    assert full.operations("forward") == 2 * 50 * 16 * 4 * 8 * 16
    assert full.operations("training") == 3 * full.operations("forward")
    share = ragged.lengths().sum() / (50 * 16)
    assert 0.3 < share < 0.7
    assert ragged.operations("forward") == pytest.approx(share * full.operations("forward"))


def rows() -> list[dict]:
    def row(H: int, task: str, ratios: dict[str, float]) -> dict:
        spreads = {n: {"minimum": r, "median": r, "maximum": r} for n, r in ratios.items()}
        seconds = {"pyrnn": 1.0, **ratios}
        return {
            **{"cell": "gru", "T": 5, "B": 1, "H": H, "ragged": False, "task": task},
            **{"threads": 2, "gflop": 3.0, "ratio": spreads},
            "seconds": {n: {"minimum": s, "median": s, "maximum": s} for n, s in seconds.items()},
        }

    return [
        row(8, "forward", {"torch": 1.5, "onnxruntime": 1.1}),
        row(16, "forward", {"torch": 0.97, "onnxruntime": 1.2}),
        row(8, "training", {"torch": 2.0}),
    ]


def test_the_summary_says_where_the_ratio_is_smallest() -> None:
    assert table.summary(rows()) == [
        f"smallest ratio to {who} ({where}, 2 threads); slower in {slower}"
        for who, where, slower in (
            ("torch: 0.97", "gru forward T, B, H = 5, 1, 16", "1 of 3"),
            ("onnxruntime: 1.10", "gru forward T, B, H = 5, 1, 8", "0 of 2"),
        )
    ]


def test_tables_end_in_their_summary(capsys: pytest.CaptureFixture[str]) -> None:
    table.show(rows())
    shown = capsys.readouterr().out
    first, second = shown.split("gru, forward + backward, 2 threads")
    assert first.startswith("gru, forward, 2 threads")
    assert "1.50 (1.50 to 1.50)" in first
    assert "3.0" in first  # GFLOP/s
    assert first.rstrip().endswith("slower in 0 of 2")
    assert "smallest ratio to torch: 2.00" in second
    assert "onnxruntime" not in second


@pytest.mark.parametrize("text", ["50x16", "50x16x0", "ax1x2", "50x16x128x2", ""])
def test_a_shape_is_three_numbers(text: str) -> None:
    from benchmarks.kernels.shapes import parse

    assert parse("50x16x128") == (50, 16, 128)
    with pytest.raises(ValueError, match="expected TxBxH"):
        parse(text)
