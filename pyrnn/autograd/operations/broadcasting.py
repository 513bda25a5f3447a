"""The derivative of broadcasting: what was repeated is added up."""

from __future__ import annotations

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array


def unbroadcast(dy: Array, shape: tuple[int, ...]) -> Array:
    """dy summed over the axes along which an array of this shape was repeated to become dy's."""
    if dy.shape == shape:
        return dy
    added = dy.ndim - len(shape)
    repeated = tuple(
        added + axis
        for axis, length in enumerate(shape)
        if length == 1 and dy.shape[added + axis] != 1
    )
    return xp.sum(dy, axis=(*range(added), *repeated)).reshape(shape)
