"""How well a model does on labelled data, and where it errs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


class Mistake(NamedTuple):
    """An input that a model got wrong.

    number: which one it is, from 0. input: in short. truth, prediction: what is right, and what the
    model said; several in a tuple. Where they are labels, the probability that it gave to each;
    where they are numbers, the error: how far off it is. NaN where there is no such thing.
    """

    number: int
    input: str
    truth: Any
    prediction: Any
    probability_of_truth: float = math.nan
    probability: float = math.nan
    error: float = math.nan


class Table(NamedTuple):
    """What there is to say of each of several things: a row each, its name first.

    columns: their names. rows: of names, counts and other numbers, NaN for what is undefined.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    @classmethod
    def of(cls, head: str, names: Sequence[Any], each: Mapping[int, Mapping[str, Any]]) -> Table:
        """A row a name, out of what `per_label` or `per_target` of a metric gives.

        head: what the names are. Raises ValueError unless there is one for each row.
        """
        if len(names) != len(each):
            raise ValueError(f"names: expected {len(each)}, one a row; got {len(names)}")
        columns = list(each[0]) if each else []
        rows = [(name, *(each[k][c] for c in columns)) for k, name in enumerate(names)]
        return cls((head, *columns), rows)


class ForecastPanel(NamedTuple):
    """A forecast to be drawn.

    title: what it is of. truth: (N + h,), what came before it, and then. forecast: (h,).
    quantiles: (h, Q) and their levels (Q,); None where there are none. target: its name. step: from
    one to the next, in words; empty where there are no times.
    """

    title: str
    truth: np.ndarray
    forecast: np.ndarray
    quantiles: np.ndarray | None = None
    levels: Sequence[float] = ()
    target: str = ""
    step: str = ""


@dataclass(frozen=True)
class Report:
    """What `Model.report` finds; a family gives what there is.

    metrics: by name.
    labels: the classes, and confusion (C, C): how many inputs of class i were called j; None where
        there are no classes.
    mistakes: what was got wrong, the surest errors first, of numbers the largest; None where a
        family lists none.
    table: what there is to say of each label, or of each target; None where there is none.
    signatures: how metrics were computed that come out otherwise elsewhere, by their names; None
        where there are none.
    truths, predictions: numbers (N, K) and what was predicted, and the names of the K targets; None
        where no numbers are predicted.
    steps: what there is to say of each step of a forecast. forecasts: some of them, to be drawn;
        None where nothing is forecast.
    """

    metrics: Mapping[str, float]
    labels: Sequence[Any] | None = None
    confusion: np.ndarray | None = None
    mistakes: Sequence[Mistake] | None = None
    table: Table | None = None
    signatures: Mapping[str, str] | None = None
    truths: np.ndarray | None = None
    predictions: np.ndarray | None = None
    targets: Sequence[str] | None = None
    steps: Table | None = None
    forecasts: Sequence[ForecastPanel] | None = None

    def __repr__(self) -> str:
        found = ", ".join(f"{name} {value:.4f}" for name, value in self.metrics.items())
        listed = self.truths is None and self.mistakes is not None  # numbers are hardly ever right
        wrong = f"; {len(self.mistakes or ())} mistakes" if listed else ""
        return f"Report({found}{wrong})"


def largest_errors(
    truths: np.ndarray, predictions: np.ndarray, shown: Callable[[int], str]
) -> tuple[Mistake, ...]:
    """All examples as mistakes, those farthest off first.

    truths y, predictions p: (N, K). shown: the number of an example -> its input in short.
    The error of an example is |p - y| for one target. Several may have different units: there it is
    sqrt(mean_k ((p_k - y_k) / rmse_k)²), 1 for an example as far off as they are on the whole.
    """
    with np.errstate(over="ignore"):  # far off, beyond all numbers
        error = _distance(np.abs(np.asarray(predictions, np.float64) - truths))  # (N,)
    return tuple(
        Mistake(n, shown(n), _said(truths[n]), _said(predictions[n]), error=float(error[n]))
        for n in np.argsort(-error, kind="stable").tolist()
    )


def _distance(errors: np.ndarray) -> np.ndarray:
    """How far off each example is, (N, K) -> (N,)."""
    if errors.shape[1] == 1:
        return errors[:, 0]
    rmse = np.sqrt((errors**2).mean(axis=0))  # (K,)
    return np.asarray(np.sqrt(((errors / np.where(rmse > 0, rmse, 1)) ** 2).mean(axis=1)))


def _said(row: np.ndarray) -> Any:
    """One number as it is, several in a tuple."""
    values = row.tolist()
    return values[0] if len(values) == 1 else tuple(values)
