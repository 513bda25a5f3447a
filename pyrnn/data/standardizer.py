"""Numbers made comparable: each feature with mean 0 and deviation 1 over the training data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from pyrnn.data.frames import frames, numbers
from pyrnn.kernels.scalars import integer, real

ROUNDING = 4 * np.finfo(np.float64).eps  # 8.9e-16


class Standardizer:
    """x' = (x - μ) / σ, feature by feature, and back.

    mean: μ, (I,), finite. deviation: σ, (I,), finite and above 0. I is at least 1.
    Raises TypeError for what are no numbers, ValueError for other ones and for other shapes.
    """

    def __init__(self, mean: Any, deviation: Any) -> None:
        self.mean = _vector("mean", mean)
        self.deviation = _vector("deviation", deviation)
        if self.mean.shape != self.deviation.shape:
            raise ValueError(
                f"deviation: expected {len(self.mean)} numbers, as mean has; got "
                f"{len(self.deviation)}"
            )
        if not (self.deviation > 0).all():
            raise ValueError(
                f"deviation: expected numbers of more than 0; got {self.deviation.min():g}"
            )

    @classmethod
    def none(cls, size: int) -> Standardizer:
        """The one that changes nothing: mean 0, deviation 1. size: I."""
        size = integer("size", size, least=1)
        return cls(np.zeros(size), np.ones(size))

    @classmethod
    def fit(cls, sequences: Iterable[Any]) -> Standardizer:
        """Mean and population deviation over all steps of all training sequences.

        sequences: arrays (N_k, I), read once and one by one, so they may come from a file. NaN
            are left out. A feature without any number has mean 0 and deviation 1.
        A constant feature has deviation 1: one whose σ is at most 4 eps |μ| (eps 2.2e-16, of
            float64), which rounding alone can make.
        Raises ValueError for no sequence, no feature or features of another number, for infinite
        numbers, and for numbers whose squared distances float64 cannot hold (about 1e154 apart).
        """
        moments = None
        for place, sequence in enumerate(sequences):
            size = None if moments is None else len(moments.mean)
            x = frames(f"sequences[{place}]", sequence, size)
            if moments is None and x.shape != (0, 0):  # an empty list says nothing of I
                moments = Moments(x.shape[1])
            if moments is not None and len(x):
                moments.add(x)
        if moments is None or not len(moments.mean):
            raise ValueError("sequences: expected at least one of frames (N, I); got none")
        mean, deviation = moments.compute()
        if not np.isfinite(deviation).all():
            raise ValueError(
                "sequences: expected numbers whose squared distances float64 holds (up to about "
                f"1e154 apart); got larger ones in feature {np.argmin(np.isfinite(deviation))}"
            )
        constant = deviation <= ROUNDING * np.abs(mean)
        return cls(mean, np.where(constant, 1.0, deviation))

    @property
    def size(self) -> int:
        """I, the number of features."""
        return len(self.mean)

    def transform(self, array: Any) -> np.ndarray:
        """Numbers (..., I) standardised, float64 (..., I). NaN stay NaN.

        Raises TypeError for what are no numbers, ValueError for another shape, and for numbers that
        are infinite or become so.
        """
        x = self._checked(array)
        with np.errstate(over="ignore"):
            return numbers("the standardised array", (x - self.mean) / self.deviation)

    def inverse(self, array: Any) -> np.ndarray:
        """Standardised numbers (..., I) as they were, float64 (..., I). Errors: as `transform`."""
        x = self._checked(array)
        with np.errstate(over="ignore"):
            return numbers("the array in its own units", x * self.deviation + self.mean)

    def _checked(self, array: Any) -> np.ndarray:
        x = numbers("array", array)
        if not x.ndim or x.shape[-1] != self.size:
            raise ValueError(f"array: expected shape (..., {self.size}); got {x.shape}")
        return x

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Standardizer):
            return NotImplemented
        return np.array_equal(self.mean, other.mean) and np.array_equal(
            self.deviation, other.deviation
        )

    def __repr__(self) -> str:
        return f"Standardizer({self.size} features)"

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads: {"mean": [...], "deviation": [...]}, I numbers each."""
        return {"mean": self.mean.tolist(), "deviation": self.deviation.tolist()}

    @classmethod
    def from_json(cls, content: Any) -> Standardizer:
        """The standardizer that `to_json` wrote. Raises ValueError for anything else."""
        if not isinstance(content, dict) or set(content) != {"mean", "deviation"}:
            raise ValueError(
                f"standardizer: expected an object of mean and deviation; got {content!r:.80}"
            )
        return cls(*(_listed(name, content[name]) for name in ("mean", "deviation")))


class Moments:
    """Count, mean and sum of squared distances from it, feature by feature, of numbers that come in
    parts.

    Each part is summed about a reference r, the first number of the feature, so that a large offset
    (1e8 + noise) costs no digits and a constant gives 0 exactly; parts are merged as in Chan, Golub
    and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
    """

    def __init__(self, size: int) -> None:
        self.count = np.zeros(size, np.int64)  # n, (I,)
        self.reference = np.zeros(size)  # r, (I,)
        self.mean = np.zeros(size)  # m, of x - r, (I,)
        self.squares = np.zeros(size)  # S = Σ (x - r - m)², (I,)

    def add(self, x: np.ndarray) -> None:
        """Count a part in, float64 (N, I), N at least 1; NaN are left out."""
        known = ~np.isnan(x)  # (N, I)
        n = known.sum(axis=0)
        fresh = np.flatnonzero((self.count == 0) & (n > 0))
        self.reference[fresh] = x[known.argmax(axis=0)[fresh], fresh]
        with np.errstate(over="ignore", invalid="ignore"):  # `fit` finds what is not finite
            # d = x - r, m_k = Σ d / n_k, S_k = Σ (d - m_k)² - (Σ (d - m_k))² / n_k: the second term
            # is 0 but for the rounding of m_k
            d = np.where(known, x - self.reference, 0)
            mean = d.sum(axis=0) / np.maximum(n, 1)
            rest = np.where(known, d - mean, 0)
            squares = (rest**2).sum(axis=0) - rest.sum(axis=0) ** 2 / np.maximum(n, 1)
            # δ = m_k - m: m' = m + δ n_k / n', S' = S + S_k + δ² n n_k / n'
            total = np.maximum(self.count + n, 1)
            step = np.where(n > 0, mean - self.mean, 0)
            self.mean += step * (n / total)
            self.squares += np.maximum(squares, 0) + step**2 * (self.count * (n / total))
        self.count += n

    def compute(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and population deviation, float64 (I,) each; 0 without any number."""
        return self.reference + self.mean, np.sqrt(self.squares / np.maximum(self.count, 1))


def _vector(name: str, value: Any) -> np.ndarray:
    array = numbers(name, value).copy()
    if array.ndim != 1 or not len(array):
        raise ValueError(f"{name}: expected numbers of shape (I,); got shape {array.shape}")
    if np.isnan(array).any():
        raise ValueError(f"{name}: expected finite numbers; got nan")
    array.flags.writeable = False
    return array


def _listed(name: str, value: Any) -> list[float]:
    """A list of numbers out of JSON. Raises ValueError for anything else."""
    if not isinstance(value, list):
        raise ValueError(f"{name}: expected a list of numbers; got {value!r:.80}")
    try:
        return [real(name, number) for number in value]
    except (TypeError, OverflowError) as error:
        raise ValueError(f"{name}: expected a list of numbers; {error}") from error
