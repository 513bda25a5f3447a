"""pyrnn and torch decode the same, and a wrong result ends the comparison."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.agreement import DisagreementError
from benchmarks.decoder import comparison
from benchmarks.decoder.contestants import PyrnnDecoder
from benchmarks.decoder.problem import Problem, Sizes, draw
from benchmarks.kernels.problem import TASKS
from benchmarks.timing import Plan

pytestmark = pytest.mark.torch
pytest.importorskip("torch")
TINY = Sizes(5, 4, 3, 6, 7, 8)


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_they_agree(task: str, ragged: bool, plan: Plan) -> None:
    row = comparison.compare(Problem(TINY, ragged), task, 1, plan)
    assert all(found["worst"] <= comparison.TOLERANCE for found in row["difference"].values())
    assert tuple(row[letter] for letter in "TSBIHE") == TINY
    assert list(row["seconds"]) == ["pyrnn", *comparison.RIVALS]
    assert row["rounds"] == 3


@pytest.mark.parametrize("task", TASKS)
def test_a_wrong_result_is_noticed(task: str, monkeypatch: pytest.MonkeyPatch, plan: Plan) -> None:
    problem = Problem(TINY, ragged=True)
    right = PyrnnDecoder(draw(problem), 1).outputs(task)
    monkeypatch.setattr(comparison, "race", lambda *_: pytest.fail("timed"))
    assert len(right) == (13 if task == "training" else 2)
    for name, value in right.items():
        spoilt = value.copy()
        spoilt.flat[np.abs(spoilt).argmax()] *= 1 + 1e-3
        answers = {**right, name: spoilt}
        monkeypatch.setattr(PyrnnDecoder, "outputs", lambda *_, found=answers: found)
        with pytest.raises(DisagreementError, match=f"{task}: torch: {name} differs"):
            comparison.compare(problem, task, 1, plan)


def test_operations_count_valid_steps_alone() -> None:
    full, ragged = (Problem(Sizes(50, 40, 16, 8, 8, 8), ragged) for ragged in (False, True))
    assert full.operations("training") == 3 * full.operations("forward")
    assert ragged.operations("forward") < full.operations("forward")
