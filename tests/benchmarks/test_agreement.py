"""The verification notices whatever could be wrong with a result."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.agreement import (
    DisagreementError,
    compare_losses,
    difference,
    require_agreement,
)

Y = np.array([[1.0, -2.0], [0.5, 0.0]], np.float32)
NAMES = frozenset({"y"})


def changed(value: float) -> np.ndarray:
    other = Y.copy()
    other[1, 1] = value
    return other


def test_the_difference_is_relative_to_the_largest_element() -> None:
    assert difference(changed(0.02), Y) == pytest.approx(0.01)
    assert difference(Y, Y) == 0.0
    assert difference(Y * 0, Y * 0) == 0.0


@pytest.mark.parametrize("wrong", [changed(np.nan), changed(np.inf), Y[:1], Y.T[:, :1]])
def test_what_is_no_number_or_of_another_shape_is_infinitely_far(wrong: np.ndarray) -> None:
    with np.errstate(invalid="ignore"):
        assert difference(wrong, Y) == np.inf
        assert difference(Y, wrong) == np.inf


def test_something_is_infinitely_far_from_nothing() -> None:
    assert difference(Y, Y * 0) == np.inf


def test_agreement_names_the_worst() -> None:
    ours, theirs = {"y": Y, "dx": Y}, {"y": changed(2e-6), "dx": changed(4e-6)}
    found = require_agreement(ours, theirs, 1e-5, "them", NAMES)
    assert found.of == "dx"
    assert found.worst == pytest.approx(2e-6)


@pytest.mark.parametrize("wrong", [changed(1e-3), changed(np.nan), Y[:1]])
def test_disagreement_is_an_error(wrong: np.ndarray) -> None:
    with pytest.raises(DisagreementError, match=r"them: y differs by .* tolerance is 1e-05"):
        require_agreement({"y": wrong}, {"y": Y}, 1e-5, "them", NAMES)
    with pytest.raises(DisagreementError):
        require_agreement({"y": Y}, {"y": wrong}, 1e-5, "them", NAMES)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [({"y": Y}, {}), ({"y": Y, "dx": Y}, {"dx": Y}), ({"y": Y}, {"y": Y, "dx": Y})],
)
def test_what_one_of_them_has_not_computed_is_an_error(
    ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]
) -> None:
    with pytest.raises(DisagreementError, match="not computed by both"):
        require_agreement(ours, theirs, 1e-5, "them", NAMES)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 2.001])
def test_a_single_loss_that_differs_is_noticed(wrong: float) -> None:
    with pytest.raises(DisagreementError, match="them: the loss of step 2 is"):
        compare_losses([1.0, wrong, 1.0], [1.0, 2.0, 1.0], 1e-4, "them")
    found = compare_losses([1.0, 2.0001, 1.0], [1.0, 2.0, 1.0], 1e-4, "them")
    assert (found["worst_difference"], found["at_step"]) == (5e-5, 2)
    assert (found["first"], found["steps"]) == ({"pyrnn": 1.0, "them": 1.0}, 3)
