"""pyrnn and torch compute the same, and a wrong result ends the comparison."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import layer_race
from benchmarks.agreement import DisagreementError
from benchmarks.ctc import comparison
from benchmarks.ctc.contestants import PyrnnCtc
from benchmarks.ctc.problem import TASKS, Problem, Sizes, draw
from benchmarks.timing import Plan

pytestmark = pytest.mark.torch
pytest.importorskip("torch")
TINY = Sizes(30, 4, 5)


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_the_two_agree(task: str, ragged: bool, plan: Plan) -> None:
    row = comparison.compare(Problem(TINY, ragged), task, 1, plan)
    assert row["difference"]["torch"]["worst"] <= comparison.TOLERANCE
    assert (row["T"], row["B"], row["C"]) == TINY
    assert list(row["seconds"]) == ["pyrnn", "torch"]
    assert row["rounds"] == 3


@pytest.mark.parametrize("task", TASKS)
def test_a_wrong_result_is_noticed(task: str, monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    problem = Problem(TINY, ragged=True)
    right = PyrnnCtc(draw(problem)).outputs(task)
    monkeypatch.setattr(layer_race, "race", lambda *_: pytest.fail("timed"))
    assert right.keys() == {"y"} | ({"dlogits"} if task == "training" else set())
    for name, value in right.items():
        spoilt = value.astype(float)
        spoilt.flat[spoilt.size // 2] += 1e-3 * np.abs(spoilt).max()
        answers = {**right, name: spoilt}
        monkeypatch.setattr(PyrnnCtc, "outputs", lambda *_, found=answers: found)
        with pytest.raises(DisagreementError, match=f"{task}: torch: {name} differs"):
            comparison.compare(problem, task, 1, plan)
