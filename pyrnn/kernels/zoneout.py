"""Zoneout around the recurrence of any cell (Krueger et al. 2017, arXiv 1606.01305).

    h~, c~ = the cell's step from h, c
    in training    h' = h where z_h, else h~          c' = c where z_c, else c~
    otherwise      h' = h~ + p_h (h - h~)             c' = c~ + p_c (c - c~)

z: which units keep their value, with probability p; the second line is the expectation of the
first. h~ is that of c~, not of c'. Behind a projection h (B, P) is the projected one.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from pyrnn.kernels.cells import Backward, Recurrence, StepGradients, Weights
from pyrnn.kernels.stack import Array

# z, bool of a state's shape, or p; None where the state always takes its new value
Zone: TypeAlias = Array | float | None


def zoned_out(recurrence: Recurrence, zone_h: Zone, zone_c: Zone) -> Recurrence:
    """The recurrence with zoneout."""

    def step(
        w: Weights, x: Array, h: Array, c: Array | None
    ) -> tuple[Array, Array | None, Backward]:
        h_new, c_new, cell_backward = recurrence(w, x, h, c)

        def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
            dh_old, dh_new = _shares(zone_h, dh_next)
            dc_old, dc_new = (None, None) if dc_next is None else _shares(zone_c, dc_next)
            step = cell_backward(dh_new, dc_new)
            dc = None if step.c is None or dc_old is None else step.c + dc_old
            return step._replace(h=step.h + dh_old, c=dc)

        h_next = _between(zone_h, h, h_new)
        if c is None or c_new is None:
            return h_next, None, backward
        return h_next, _between(zone_c, c, c_new), backward

    return step


def _between(zone: Zone, old: Array, new: Array) -> Array:
    if zone is None:
        return new
    if isinstance(zone, float):
        return new + zone * (old - new)
    return np.where(zone, old, new)


def _shares(zone: Zone, d: Array) -> tuple[Array, Array]:
    """What the old and what the new value have in the gradient of the state that follows."""
    if zone is None:
        return np.zeros_like(d), d
    if isinstance(zone, float):
        return zone * d, (1 - zone) * d
    return np.where(zone, d, 0), np.where(zone, 0, d)
