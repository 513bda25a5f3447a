"""pyrnn and torch compute the same convolutions, and a wrong result ends the comparison."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import layer_race
from benchmarks.agreement import DisagreementError
from benchmarks.convolution import comparison
from benchmarks.convolution.contestants import PyrnnConvolution
from benchmarks.convolution.problem import Problem, Sizes, draw
from benchmarks.kernels.problem import TASKS
from benchmarks.timing import Plan

pytestmark = pytest.mark.torch
pytest.importorskip("torch")
TINY = Sizes(7, 4, 5, 6)


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_the_two_agree(task: str, ragged: bool, plan: Plan) -> None:
    row = comparison.compare(Problem(TINY, ragged), task, 1, plan)
    assert row["difference"]["torch"]["worst"] <= comparison.TOLERANCE
    assert (row["T"], row["B"], row["I"], row["F"]) == TINY
    assert list(row["seconds"]) == ["pyrnn", "torch"]
    assert row["rounds"] == 3


@pytest.mark.parametrize("task", TASKS)
def test_a_wrong_result_is_noticed(task: str, monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    problem = Problem(TINY, ragged=True)
    right = PyrnnConvolution(draw(problem), 1).outputs(task)
    monkeypatch.setattr(layer_race, "race", lambda *_: pytest.fail("timed"))
    names = {"y"} | {f"d{name}_{w}" for name in ("weight", "bias") for w in (3, 4, 5)} | {"dx"}
    assert right.keys() == (names if task == "training" else {"y"})
    for name, value in right.items():
        spoilt = value.copy()
        spoilt.flat[spoilt.size // 2] += 1e-3 * np.abs(spoilt).max()
        answers = {**right, name: spoilt}
        monkeypatch.setattr(PyrnnConvolution, "outputs", lambda *_, found=answers: found)
        with pytest.raises(DisagreementError, match=f"{task}: torch: {name} differs"):
            comparison.compare(problem, task, 1, plan)


def test_operations_count_valid_steps_alone() -> None:
    full, ragged = (Problem(Sizes(50, 16, 8), ragged) for ragged in (False, True))
    assert full.operations() == 2 * 50 * 16 * 8 * 100 * 12
    share = ragged.lengths().sum() / (50 * 16)
    assert ragged.operations() == pytest.approx(share * full.operations())
