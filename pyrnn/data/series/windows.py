"""Windows: a context of rows and the horizon that follows it, across neither series nor gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pyrnn.data.series.series import Series
from pyrnn.kernels.scalars import integer


class Windows:
    """W pairs of a series and an origin: the first row that is forecast.

    The context is the rows [origin - context, origin), the horizon [origin, origin + horizon); all
    of them lie in one run of one series. A window is two numbers, its rows are copied by `past` and
    `future` alone.

    context: c. horizon: h. series: int64 (W,), which one. origin: int64 (W,), a row of it.
    offsets: int64 (S + 1,), where each series begins among the rows of all (`joined`).
    """

    def __init__(
        self,
        context: int,
        horizon: int,
        series: np.ndarray,
        origin: np.ndarray,
        offsets: np.ndarray,
    ) -> None:
        self.context = integer("context", context, least=1)
        self.horizon = integer("horizon", horizon, least=0)
        self.series, self.origin, self.offsets = series, origin, offsets

    @classmethod
    def over(cls, series: Iterable[Any], context: int, horizon: int, *, stride: int = 1) -> Windows:
        """All windows, by series and then by origin.

        series: `Series`, or their targets (N,) or (N, K) alone.
        horizon: 0 for contexts alone, whose last one ends with the last row.
        stride: of the origins of a run, counted from its last one, so that the newest rows are used
            whatever it is.
        Series and runs that are shorter than a window have none; there may be none at all.
        Raises ValueError for context or stride below 1 and a horizon below 0.
        """
        context = integer("context", context, least=1)
        horizon = integer("horizon", horizon, least=0)
        stride = integer("stride", stride, least=1)
        found = [each if isinstance(each, Series) else Series(each) for each in series]
        which, origins = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for number, each in enumerate(found):
            for begin, end in each.runs.tolist():
                first, last = begin + context, end - horizon
                if last >= first:
                    origins.append(np.arange(last, first - 1, -stride)[::-1])
                    which.append(np.full(len(origins[-1]), number))
        lengths = [len(each.y) for each in found]
        return cls(
            context,
            horizon,
            np.concatenate(which),
            np.concatenate(origins),
            np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]),
        )

    def __len__(self) -> int:
        return len(self.origin)

    def __repr__(self) -> str:
        return (
            f"Windows({len(self)} of {self.context} + {self.horizon} rows, "
            f"{len(self.offsets) - 1} series)"
        )

    def select(self, which: Any) -> Windows:
        """Some of them: a mask (W,), or their numbers."""
        return Windows(
            self.context, self.horizon, self.series[which], self.origin[which], self.offsets
        )

    def measured(self, filled: np.ndarray) -> np.ndarray:
        """Which of them have horizons without a row that was filled in, (W,).

        filled: (N,), as series have it, of all of them as `joined` has them.
        """
        before = np.concatenate([[0], np.cumsum(filled)])
        begin = self.offsets[self.series] + self.origin
        return np.asarray(before[begin + self.horizon] == before[begin])

    def past(self, rows: np.ndarray, which: Any = slice(None)) -> np.ndarray:
        """The contexts of some, (c, B, ...): rows (N, ...), those of all series as `joined` has
        them."""
        return rows[self._places(-self.context, 0, which)]

    def future(self, rows: np.ndarray, which: Any = slice(None)) -> np.ndarray:
        """What follows them, (h, B, ...)."""
        return rows[self._places(0, self.horizon, which)]

    def _places(self, first: int, last: int, which: Any) -> np.ndarray:
        """Rows [origin + first, origin + last) among all, (T, B)."""
        start = self.offsets[self.series[which]] + self.origin[which]
        return np.arange(first, last)[:, None] + start


def joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    """The rows of all series one after another, (N, ...), as `Windows` counts them."""
    return np.concatenate(list(parts))
