"""pyrnn and pytorch-crf compute the same, and a wrong result ends the comparison."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import layer_race
from benchmarks.agreement import DisagreementError
from benchmarks.crf import comparison
from benchmarks.crf.contestants import PyrnnCrf
from benchmarks.crf.problem import TASKS, Problem, Sizes, draw
from benchmarks.timing import Plan

pytestmark = pytest.mark.torch
pytest.importorskip("torchcrf")
TINY = Sizes(7, 4, 5)


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_the_two_agree(task: str, ragged: bool, plan: Plan) -> None:
    row = comparison.compare(Problem(TINY, ragged), task, 1, plan)
    assert row["difference"]["pytorch-crf"]["worst"] <= comparison.TOLERANCE
    assert (row["T"], row["B"], row["C"]) == TINY
    assert list(row["seconds"]) == ["pyrnn", "pytorch-crf"]
    assert row["rounds"] == 3


@pytest.mark.parametrize("task", TASKS)
def test_a_wrong_result_is_noticed(task: str, monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    problem = Problem(TINY, ragged=True)
    right = PyrnnCrf(draw(problem)).outputs(task)
    monkeypatch.setattr(layer_race, "race", lambda *_: pytest.fail("timed"))
    gradients = {"demissions", "dtransitions", "dstart", "dend"}
    assert right.keys() == {"y"} | (gradients if task == "training" else set())
    for name, value in right.items():
        spoilt = value.astype(float)
        spoilt.flat[spoilt.size // 2] += 1e-3 * np.abs(spoilt).max()
        answers = {**right, name: spoilt}
        monkeypatch.setattr(PyrnnCrf, "outputs", lambda *_, found=answers: found)
        with pytest.raises(DisagreementError, match=f"{task}: pytorch-crf: {name} differs"):
            comparison.compare(problem, task, 1, plan)
