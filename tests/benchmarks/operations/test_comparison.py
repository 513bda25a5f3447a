"""pyrnn and torch compute the same on little, and a wrong result ends the comparison."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.agreement import DisagreementError
from benchmarks.operations import comparison
from benchmarks.operations.problem import OPERATIONS, RECORDED
from benchmarks.timing import Plan

pytestmark = pytest.mark.torch
pytest.importorskip("torch")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_two_agree(operation: str, plan: Plan) -> None:
    row = comparison.compare(comparison.contestants(), operation, plan)
    assert row["difference"]["torch"]["worst"] <= comparison.TOLERANCE
    assert list(row["seconds"]) == ["pyrnn", "torch"]
    assert row["rounds"] == 3
    assert comparison.lines([row])[0][0] == operation


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_wrong_result_is_noticed(
    operation: str, monkeypatch: pytest.MonkeyPatch, plan: Plan
) -> None:
    both = comparison.contestants()
    right = both["pyrnn"].outputs(operation)
    assert any(name.startswith("gradient") for name in right) is (operation in RECORDED)
    monkeypatch.setattr(comparison, "race", lambda *_: pytest.fail("timed"))
    for name, value in right.items():
        spoilt = value + 1e-3 * np.abs(value).max()
        answers = {**right, name: spoilt}
        monkeypatch.setattr(both["pyrnn"], "outputs", lambda *_, found=answers: found)
        with pytest.raises(DisagreementError, match=f"{operation}: torch: {name} differs"):
            comparison.compare(both, operation, plan)
