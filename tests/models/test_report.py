"""Reports: tables, errors of numbers, and what they say of themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pyrnn.metrics import MultiLabel, Regression
from pyrnn.models.report import Mistake, Report, Table, largest_errors


def test_a_table_out_of_a_metric():
    metric = MultiLabel(2)
    metric.update([[1, 0], [1, 1]], [[1.0, 1.0], [1.0, 1.0]])
    table = Table.of("label", ["fun", "sad"], metric.per_label())
    assert table.columns == ("label", "support", "precision", "recall", "f1")
    assert table.rows == [("fun", 2, 1.0, 1.0, 1.0), ("sad", 1, 0.5, 1.0, 2 / 3)]
    numbers = Regression(1)
    numbers.update([[1.0], [3.0]], [[2.0], [3.0]])
    table = Table.of("target", ["rul"], numbers.per_target())
    assert table.columns == ("target", "mae", "rmse", "r2")
    assert table.rows == [("rul", 0.5, math.sqrt(0.5), 0.5)]
    with pytest.raises(ValueError, match="names: expected 2, one a row; got 1"):
        Table.of("label", ["fun"], metric.per_label())


def test_the_largest_errors_of_one_target():
    truths, predictions = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([[1.5], [0], [3], [3.5]])
    found = largest_errors(truths, predictions, "input {}".format)
    assert [each.number for each in found] == [1, 0, 3, 2]  # of equal ones the first is first
    assert [each.error for each in found] == [2.0, 0.5, 0.5, 0.0]
    first = found[0]
    assert (first.input, first.truth, first.prediction) == ("input 1", 2.0, 0.0)
    assert math.isnan(first.probability)


def test_the_largest_errors_of_targets_in_different_units():
    """Grams and kilograms: the same error is as large in both."""
    rng = np.random.default_rng(0)
    truths = rng.standard_normal((20, 2))
    predictions = truths + rng.standard_normal((20, 2))
    found = largest_errors(truths, predictions, str)
    scaled = largest_errors(truths * [1, 1000], predictions * [1, 1000], str)
    assert [each.number for each in found] == [each.number for each in scaled]
    assert [each.error for each in scaled] == pytest.approx([each.error for each in found])
    # one as far off as they are on the whole has error 1
    assert np.mean([each.error**2 for each in found]) == pytest.approx(1)
    assert found[0].truth == tuple(truths[found[0].number])
    exact = largest_errors(truths, truths, str)
    assert [each.error for each in exact] == [0.0] * 20


def test_a_report_in_a_line():
    wrong = [Mistake(0, "a", "x", "y", 0.1, 0.9)]
    assert repr(Report({"loss": 0.5})) == "Report(loss 0.5000)"
    assert repr(Report({"f1": 0.5}, mistakes=wrong)) == "Report(f1 0.5000; 1 mistakes)"
    assert repr(Report({"f1": 0.5}, mistakes=())) == "Report(f1 0.5000; 0 mistakes)"
    numbers = largest_errors(np.ones((1, 1)), np.ones((1, 1)), str)
    of_numbers = Report({"mae": 0.0}, mistakes=numbers, truths=np.ones((1, 1)))
    assert repr(of_numbers) == "Report(mae 0.0000)"
