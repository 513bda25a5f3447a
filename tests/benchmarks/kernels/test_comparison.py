"""Every contestant runs every problem that it takes, and wrong results end the comparison."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.agreement import DisagreementError
from benchmarks.kernels import comparison, standing, table
from benchmarks.kernels.contestants import RIVALS, Contestant, PyrnnLayer, installed, rival
from benchmarks.kernels.field import Entrant, Field, field
from benchmarks.kernels.problem import TASKS, Problem, draw
from benchmarks.kernels.shapes import ODD, TABLE, Shape, parse
from benchmarks.kernels.variants import resets, variants
from benchmarks.timing import Plan
from pyrnn.kernels.stack import CELLS

# torch says that it takes a slower way
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported")

TINY = Shape(7, 5, 9)
DEEP = Shape(6, 3, 5, I=4, L=2, D=2)
PROBLEMS = [Problem(cell, TINY, ragged) for cell in CELLS for ragged in (False, True)]
PROBLEMS += [Problem("lstm", TINY, projection=4)]
PROBLEMS += [Problem(cell, DEEP, ragged) for cell in ("lstm", "gru") for ragged in (False, True)]
FORMS = [form for cell in ("lstm", "gru") for form in variants(cell, TINY).values()]
FORMS += [form for cell in ("lstm", "gru", "rnn_tanh") for form in resets(cell, TINY).values()]
PROBLEMS += [form for form in FORMS if form not in PROBLEMS]


@pytest.fixture(scope="module")
def everybody() -> Iterator[Field]:
    with field(1, list(RIVALS)) as found:
        yield found


def taking(problem: Problem, task: str) -> list[str]:
    """The rivals that are installed and take a problem."""
    return [name for name in RIVALS if rival(name, problem, task) is not None]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_compares_with_all_who_take_the_problem(
    problem: Problem, task: str, plan: Plan, everybody: Field
) -> None:
    row = comparison.compare(everybody, problem, task, plan)
    met = taking(problem, task)
    at_peak = [] if everybody.peak is None else ["peak"]
    assert set(row["ratio"]) == set(row["difference"]) == set(met)
    assert set(row["seconds"]) == {"pyrnn", *met, *at_peak}
    assert ("share_of_peak" in row) is bool(at_peak)
    assert row["rounds"] == 3
    assert all(spread["minimum"] > 0 for spread in row["seconds"].values())
    assert all(found["worst"] <= comparison.TOLERANCE for found in row["difference"].values())
    assert Shape(*(row[letter] for letter in "TBHILD")) == problem.shape._replace(
        I=problem.shape.inputs
    )


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_a_wrong_result_of_either_side_is_noticed(problem: Problem, task: str) -> None:
    data = draw(problem)
    for name in taking(problem, task):
        kind = rival(name, problem, task)
        assert kind is not None
        both = {"pyrnn": PyrnnLayer(problem, data, 1), name: kind(problem, data, 1)}
        right = {
            who: Entrant(one.outputs(task), one.names(task), lambda: 0.0, None)
            for who, one in both.items()
        }
        assert right[name].results.keys() >= right[name].names
        check_each_result(right, name)


def check_each_result(right: dict[str, Entrant], name: str) -> None:
    """Spoil a single element of each result, first pyrnn's, then the rival's."""
    for who, one in right.items():
        for result in right[name].results:
            spoilt = one.results[result].copy()
            spoilt.flat[spoilt.size // 2] += 1e-3 * np.abs(spoilt).max()
            doctored = {**right, who: one._replace(results={**one.results, result: spoilt})}
            with pytest.raises(DisagreementError, match=f"{name}: {result} differs"):
                comparison.verify(doctored, "a problem")


def test_everybody_takes_part_somewhere() -> None:
    somewhere = {name for problem in PROBLEMS for task in TASKS for name in taking(problem, task)}
    assert somewhere == {name for name in RIVALS if installed(name)}


def test_nothing_is_timed_after_a_disagreement(
    monkeypatch: pytest.MonkeyPatch, plan: Plan, everybody: Field
) -> None:
    right = PyrnnLayer.outputs

    def doubled(self: PyrnnLayer, task: str) -> dict[str, np.ndarray]:
        return {name: 2 * value for name, value in right(self, task).items()}

    monkeypatch.setattr(PyrnnLayer, "outputs", doubled)
    monkeypatch.setattr(comparison, "turns_with_peak", lambda *_: pytest.fail("timed"))
    with pytest.raises(DisagreementError, match="gru 7x5x9 training: "):
        comparison.compare(everybody, Problem("gru", TINY), "training", plan)


@pytest.mark.parametrize("cell", CELLS)
def test_training_asks_for_every_gradient(cell: str) -> None:
    problem = Problem(cell, TINY)
    layer = PyrnnLayer(problem, draw(problem), 1)
    gradients = {"dx", "dh0"} | {f"d{name}" for name in problem.stack.weight_names()}
    gradients |= {"dc0"} if cell.startswith("lstm") else set()
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
    deep = Problem("gru", Shape(10, 2, 5, I=3, L=2, D=2))
    assert deep.operations("forward") == 2 * 20 * 3 * 5 * 2 * ((3 + 5) + (10 + 5))
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


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_a_problem_is_read_as_it_is_written(problem: Problem) -> None:
    assert Problem.from_json(json.loads(json.dumps(problem.to_json()))) == problem


def test_what_is_masked_is_a_form_of_its_own() -> None:
    plain = Problem("lstm", TINY)
    assert plain.is_plain
    assert not Problem("lstm", TINY, reset=True).is_plain
    masked = Problem("lstm", TINY, zoneout=(0.1, 0.0), recurrent_dropout=0.2)
    assert masked.form == {"zoneout": (0.1, 0.0), "recurrent_dropout": 0.2}
    assert str(masked) == "lstm 7x5x9 zoneout 0.1 0 recurrent dropout 0.2"
    assert not Contestant.takes(masked, "training")


@pytest.mark.parametrize("text", ["50x16", "50x16x0", "ax1x2", "50x16x128x2", "5x5x5d3", ""])
def test_a_shape_is_three_numbers_and_more(text: str) -> None:
    assert parse("50x16x128") == Shape(50, 16, 128)
    assert parse("45x16x200i130l3d2") == Shape(45, 16, 200, I=130, L=3, D=2)
    with pytest.raises(ValueError, match="expected TxBxH"):
        parse(text)


@pytest.mark.parametrize("shape", [*TABLE, *(shape for _, shape in ODD)], ids=str)
def test_a_shape_is_read_as_it_is_written(shape: Shape) -> None:
    assert parse(str(shape)) == shape


def test_the_odd_sizes_cover_what_they_are_to() -> None:
    shapes = [shape for _, shape in ODD]
    assert {shape.H for shape in shapes} >= {100, 200, 300, 650, 1000, 1500}
    assert {shape.B for shape in shapes} >= {1, 2, 3, 6, 12, 20, 48}
    assert {shape.L for shape in shapes} == {1, 2, 3, 4}
    assert {cell for cell, shape in ODD if shape.D == 2} == {"lstm", "gru", "rnn_tanh"}
    assert sum(shape.I is not None for shape in shapes) >= 5


def test_the_standing_names_the_worst_first() -> None:
    told, place = list(standing.lines(rows())), "gru training T, B, H = 5, 1, 8, 2 threads"
    assert told == [
        "geometric mean of the ratio to torch over the table of shapes: 1.43",
        f"one sequence, gru, training: at least 2.00 x torch ({place})",
        "behind in 1 contests:",
        "  0.970 torch: gru forward T, B, H = 5, 1, 16, 2 threads",
    ]
    odd = [{**row, "odd": True} for row in rows()]
    assert standing.mean_ratio(odd) is None
    slower = {**rows()[0], "ratio": {"jax": {"minimum": 0.5, "median": 0.5, "maximum": 0.5}}}
    found = [(ratio, rival) for ratio, _, rival in standing.behind([*rows(), slower])]
    assert found == [(0.5, "jax"), (0.97, "torch")]
