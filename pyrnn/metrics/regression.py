"""How far predicted numbers are off; the definitions are scikit-learn's.

With y_nk the target k of example n, p_nk what was predicted, and m_k the mean of the y_nk over the
N examples:

    mae_k    sum_n |p_nk - y_nk| / N
    rmse_k   sqrt(sum_n (p_nk - y_nk)² / N)
    r2_k     1 - sum_n (p_nk - y_nk)² / sum_n (y_nk - m_k)²

mae, rmse and r2 are the means of these over the targets k ("uniform_average"). Where all y_nk of a
target are equal, as one alone is, r2_k is undefined: it is NaN, and stays out of the mean
(scikit-learn has 1 or 0 there). r2 is NaN where it is undefined for all targets.
"""

from __future__ import annotations

import numpy as np

from pyrnn.kernels.scalars import integer
from pyrnn.metrics.numbers import check_all, check_rows, numbers


class Regression:
    """mae, rmse and r2 of K numbers an example, in float64, batch by batch.

    targets: K, at least 1.
    """

    def __init__(self, targets: int = 1) -> None:
        self.targets = integer("targets", targets, least=1)
        self.examples = 0  # N
        self._mean = np.zeros(self.targets)  # m (K,)
        self._spread = np.zeros(self.targets)  # sum (y - m)², (K,)
        self._lowest = np.full(self.targets, np.inf)  # of y, (K,)
        self._highest = np.full(self.targets, -np.inf)
        self._absolute = np.zeros(self.targets)  # sum |p - y|, (K,)
        self._square = np.zeros(self.targets)  # sum (p - y)², (K,)

    def update(self, targets: np.ndarray, output: np.ndarray, /) -> None:
        """Take in a batch: the true numbers (B, K), and the predicted ones (B, K).

        Raises TypeError for what are no numbers, ValueError for other shapes and for numbers that
        are not finite; nothing is taken in then.
        """
        y = numbers("targets", targets, ("B", self.targets))
        p = numbers("output", output, ("B", self.targets))
        check_rows(y, p)
        for name, values in (("targets", y), ("output", p)):
            check_all(name, values, np.isfinite(values), "finite numbers")
        if not len(y):
            return
        part = Regression(self.targets)
        part.examples = len(y)
        with np.errstate(over="ignore", invalid="ignore"):  # squares from 1e154 on are infinite
            shifted = y - y[0]  # small beside a large y, and so are the roundings of its mean
            part._mean = y[0] + shifted.mean(axis=0)
            part._spread = ((shifted - shifted.mean(axis=0)) ** 2).sum(axis=0)
            part._absolute = np.abs(p - y).sum(axis=0)
            part._square = ((p - y) ** 2).sum(axis=0)
        part._lowest, part._highest = y.min(axis=0), y.max(axis=0)
        self.merge(part)

    def merge(self, other: Regression, /) -> None:
        """Take in all that another one has. Raises ValueError for another number of targets.

        With n_a, m_a, s_a the count, mean and spread here, and d = m_b - m_a (Chan, Golub and
        LeVeque 1983, Algorithms for computing the sample variance):

            m = m_a + d n_b / N        s = s_a + s_b + d² n_a n_b / N        N = n_a + n_b
        """
        if other.targets != self.targets:
            raise ValueError(f"targets: expected {self.targets}; got {other.targets}")
        if not other.examples:
            return
        n_a, n_b = self.examples, other.examples
        self.examples = n_a + n_b
        with np.errstate(over="ignore", invalid="ignore"):
            d = other._mean - self._mean
            self._spread = self._spread + other._spread + d * (d * (n_a * n_b / self.examples))
            self._mean = self._mean + d * (n_b / self.examples)
            self._absolute = self._absolute + other._absolute
            self._square = self._square + other._square
        self._lowest = np.minimum(self._lowest, other._lowest)
        self._highest = np.maximum(self._highest, other._highest)

    def compute(self) -> dict[str, float]:
        """The three numbers by name. Raises ValueError where nothing was taken in."""
        found = {}
        for name, values in self._each().items():  # (K,)
            defined = values[~np.isnan(values)]
            found[name] = float(defined.mean()) if len(defined) else np.nan
        return found

    def per_target(self) -> dict[int, dict[str, float]]:
        """{k: {"mae": ..., "rmse": ..., "r2": ...}}, for a table with a row a target.

        Raises ValueError where nothing was taken in.
        """
        each = self._each()
        return {
            k: {name: float(values[k]) for name, values in each.items()}
            for k in range(self.targets)
        }

    def _each(self) -> dict[str, np.ndarray]:
        """Each number of all targets, (K,)."""
        if not self.examples:
            raise ValueError("examples: expected at least one; got none")
        # the mean of equal numbers may be rounded, and its spread then is not 0
        varied = (self._lowest < self._highest) & (self._spread > 0)
        with np.errstate(invalid="ignore", over="ignore"):
            unexplained = self._square / np.where(varied, self._spread, 1)
        return {
            "mae": self._absolute / self.examples,
            "rmse": np.sqrt(self._square / self.examples),
            "r2": np.where(varied, 1 - unexplained, np.nan),
        }
