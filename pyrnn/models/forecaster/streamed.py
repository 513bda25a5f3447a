"""What a stream of a forecaster runs: the context of its last rows, forecast from at each of them.

A row is an observation: K targets, the P columns of the past, and where the model reads a calendar
its time. Once there are as many as the context, the output is what `predict` says of them, (h, K),
or (h, K, Q) with quantiles: to the bit, since both read no more than that.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import numpy as np

from pyrnn.autograd import no_grad
from pyrnn.autograd.operands import as_array
from pyrnn.data.series import Series, Windows, read_times
from pyrnn.models.forecaster.histories import Histories
from pyrnn.models.forecaster.learnt import Learnt
from pyrnn.streaming import Windowed

BATCH = 256  # windows that are forecast at once


class Observations:
    """Rows (W,), float64, out of what is given for a step: K + P numbers, or with a calendar
    (time, numbers), or several of them as a `Series`.

    like: the training panel, for the form of times.
    """

    def __init__(self, learnt: Learnt) -> None:
        like, scales = learnt.like, learnt.scales
        self.like, self.timed = like, bool(learnt.calendar)
        self.targets = scales.targets
        self.size = self.targets + (0 if scales.past is None else scales.past.size)

    @property
    def width(self) -> int:
        """W: K + P, and the time."""
        return self.size + self.timed

    @property
    def _wanted(self) -> str:
        return "a number" if self.size == 1 else f"{self.size} numbers"

    def one(self, name: str, value: Any) -> np.ndarray:
        """A row (W,). TypeError, ValueError for anything else."""
        if not self.timed:
            return self._numbers(name, value)
        time, numbers = self._pair(name, value)
        row = np.empty(self.width)
        row[:-1], row[-1:] = self._numbers(name, numbers), self._times(name, [time])
        return row

    def block(self, name: str, value: Any, row: str = "step") -> np.ndarray:
        """Several (n, W). TypeError, ValueError for anything else. row: what errors call one."""
        if isinstance(value, Histories) and len(value) == 1:
            value = value[0]
        if isinstance(value, Series):
            return self._of_series(name, value)
        plain = isinstance(value, str | bytes | Mapping)
        if plain or not hasattr(value, "__len__") or not hasattr(value, "__getitem__"):
            self._refuse(name, "a list of observations, or a Series", value)
        rows = [self.one(f"{name}: {row} {k}", each) for k, each in enumerate(value)]
        return np.stack(rows) if rows else np.empty((0, self.width))

    def follow(self, name: str, before: np.ndarray, x: np.ndarray) -> None:
        """ValueError for a time that is not the next one behind another row's."""
        if not self.timed or np.isnan(before[-1]):
            return
        step, form = self.like.step, self.like.form
        assert step is not None
        assert form is not None
        (wanted,) = step.after(before[-1:].astype(np.int64), [1])
        got = int(x[-1])
        if got == wanted:
            return
        shown, again = form.clock.wall(np.array([wanted, got], np.int64))
        if shown == again:  # an hour that comes twice in autumn: this is the second one
            x[-1] = wanted
            return
        said, found = form.write([wanted, got])
        if said == found:
            found = f"{np.datetime64(int(again), 'us')}"
        raise ValueError(
            f"{name}: expected the observation of {said}, one step ({step}) behind the last; got "
            f"that of {found} (reset() begins anew behind a gap)"
        )

    def _pair(self, name: str, value: Any) -> tuple[Any, Any]:
        if isinstance(value, tuple | list) and len(value) == 2:
            return value[0], value[1]
        self._refuse(name, f"(time, numbers), since the model reads the {self.like.time}", value)

    def _numbers(self, name: str, value: Any) -> np.ndarray:
        try:
            array = as_array(value, np.float64, name)
        except TypeError:
            self._refuse(name, self._wanted, value)
        if self.size == 1 and array.ndim == 0:
            array = array[None]
        if array.shape != (self.size,):
            columns = ", ".join((*self.like.targets, *self.like.past))
            raise ValueError(
                f"{name}: expected {self._wanted}, {columns:.80}; got shape {array.shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: expected finite numbers; got {array.tolist()}")
        return array

    def _times(self, name: str, cells: Sequence[Any]) -> np.ndarray:
        def place(row: int) -> str:
            return name

        form = self.like.form
        zone = None if form is None else form.timezone
        times = read_times(cells, None, zone, like=form, place=place).values
        if np.abs(times).max() >= 2**53:
            raise ValueError(f"{name}: expected a time before 2255; got {cells[0]!r:.80}")
        return times.astype(np.float64)

    def _of_series(self, name: str, series: Series) -> np.ndarray:
        rows = len(series)
        parts = [series.y[:rows], series.past[:rows]]
        if self.timed:
            if series.times is None:
                raise ValueError(f"{name}: expected a Series with times; got one without")
            parts.append(series.times[:rows, None].astype(np.float64))
        found = np.concatenate(parts, axis=1)
        if found.shape[1] != self.width or not np.isfinite(found).all():
            raise ValueError(
                f"{name}: expected {self._wanted}, finite, in each row; got "
                f"{series.y.shape[1] + series.past.shape[1]}, some of which may be missing"
            )
        return found

    @staticmethod
    def _refuse(name: str, expected: str, value: Any) -> NoReturn:
        raise TypeError(f"{name}: expected {expected}; got {type(value).__name__} {value!r:.40}")


def check(model: Any) -> None:
    """Raise ValueError for a forecaster whose forecasts hang on more than its last rows."""
    learnt = model.learnt
    if learnt.scales.known is not None:
        raise ValueError(
            "known: expected a model without columns that are known ahead for a stream, which has "
            f"not seen them; got {', '.join(learnt.like.known):.80}"
        )
    if learnt.static is not None:
        raise ValueError(
            "static: expected a model without static features for a stream; got "
            f"{', '.join(learnt.static.names):.80}"
        )
    if learnt.scales.count > 1 and model.config.scale == "series":
        raise ValueError(
            "scale: expected 'all' or 'none' for a stream of a model of several series, since none "
            "says which of them it is; got 'series'"
        )


def windowed(model: Any) -> Windowed:
    """What a stream of a model runs, with its weights as they are. ValueError as `check`."""
    check(model)
    frozen = copy.copy(model)
    frozen._network = copy.deepcopy(model.network).eval()
    config, learnt = model.config, model.learnt
    front = Observations(learnt)
    context, horizon, targets = config.context, config.horizon, learnt.scales.targets

    def says(windows: np.ndarray) -> np.ndarray:
        """(n, c, W) -> (n, h, K), or (n, h, K, Q)."""
        n, flat = len(windows), windows.reshape(-1, front.width)
        times = flat[:, -1].astype(np.int64) if front.timed else None
        past = flat[:, targets : front.size]
        series = Series(flat[:, :targets], past=past, times=times)
        rows = learnt.rows(Histories(replace(learnt.like, series=(series,))))
        ends = (np.arange(n) + 1) * context
        origins = Windows(context, horizon, np.zeros(n, np.int64), ends, np.array([0, n * context]))
        found = []
        for batch in frozen._batches(rows, origins, BATCH, targets=False, shuffle=False):
            with no_grad():
                values, levels = frozen.forecast(batch, frozen.network(batch).numpy())
            found.append(values if levels is None else levels)
        return np.concatenate(found)

    quantiles = () if config.quantiles is None else (len(config.quantiles),)
    return Windowed(
        front,
        says,
        front.follow,
        context=context,
        width=front.width,
        shape=(horizon, targets, *quantiles),
        input_size=front.size,
    )
