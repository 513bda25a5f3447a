"""What a model's frames must be: numbers, also once they are scaled."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.autograd.operands import as_array
from pyrnn.kernels import native
from pyrnn.streaming.scaling import Scaling


class Frames:
    """The frames that a model's first link, a Scaling, reads.

    A single NaN or infinity would stay in a session's states for good, so frames are looked at
    before a step. What is a number, and one when it is scaled, is told at a glance (0.7 us):

        |x_i| < r,   r = min_j (M deviation_j - |mean_j|) / 2, at most M

    M is the largest number of dtype; NaN and infinity fail it. What fails it is scaled.
    """

    def __init__(self, scaling: Scaling, dtype: Any) -> None:
        self.mean, self.deviation = (np.asarray(a, np.float64) for a in scaling[:2])  # (I,) each
        self.dtype = np.dtype(dtype)
        most = float(np.finfo(dtype).max)
        with np.errstate(over="ignore"):
            reach = float((most * self.deviation - np.abs(self.mean)).min()) / 2
        self._safe = min(max(reach, 0.0), most)

    def one(self, name: str, value: Any) -> np.ndarray:
        """A frame (I,), rounded to the stream's dtype, whatever `predict` would take for one.

        TypeError, ValueError for anything else; numbers of another shape the kernels refuse.
        """
        x = value
        if type(x) is not np.ndarray or x.dtype is not self.dtype:
            with np.errstate(over="ignore"):  # what is infinite then is refused
                x = as_array(value, self.dtype, name)
        self.check(name, x)
        return x

    def block(self, name: str, value: Any, row: str = "step") -> np.ndarray:
        """Several frames (n, I), contiguous; see `one`. row: see `check`."""
        if isinstance(value, list | tuple) and not value:
            return np.zeros((0, len(self.mean)), self.dtype)
        with np.errstate(over="ignore"):
            x = native.plain(as_array(value, self.dtype, name))
        self.check(name, x, row)
        return x

    def check(self, name: str, x: np.ndarray, row: str = "row") -> None:
        """ValueError for a number of x, (I,) or (n, I), that is none; the message names its place.

        row: what the message calls an entry of the first of two axes.
        """
        if np.count_nonzero(abs(x) < self._safe) == x.size:
            return
        if x.shape[-1:] != self.mean.shape:
            return  # the kernels say so
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = ((x.astype(np.float64) - self.mean) / self.deviation).astype(self.dtype)
        wrong = np.argwhere(~np.isfinite(scaled))
        if not len(wrong):
            return
        place = tuple(wrong[0])
        words = f"feature {place[-1]}" if x.ndim == 1 else f"{row} {place[0]}, feature {place[-1]}"
        once = ", once it is scaled" if np.isfinite(x[place]) else ""
        raise ValueError(
            f"{name}: {words}: expected a finite number of {self.dtype}{once}; got {x[place]}"
        )
