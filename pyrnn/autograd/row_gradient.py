"""The gradient of a table of which only some rows were read."""

from __future__ import annotations

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array


class RowGradient:
    """A gradient of shape (V, E) that is zero but for the rows it lists.

        dense[ids[n]] += values[n]

    ids (N,) int64, each in [0, V), repeats allowed; values (N, E). An embedding's backward gives
    one of these, so that several lookups of one table add up as rows. Whoever reads a leaf's
    ``grad``, an optimizer for instance, gets an array (V, E); and a recurrent layer that reads ids
    and table gives an array at once.
    """

    __slots__ = ("ids", "shape", "values")

    def __init__(self, ids: Array, values: Array, shape: tuple[int, ...]) -> None:
        """ids int64 of any shape S, values (S, E), shape (V, E). ValueError where they disagree."""
        expected = (*ids.shape, *shape[1:])
        if values.shape != expected:
            raise ValueError(
                f"values: expected shape ids.shape + (E,) = {expected}; got {values.shape}"
            )
        self.ids = ids.reshape(-1)
        self.values = values.reshape((self.ids.size, *shape[1:]))
        self.shape = tuple(shape)

    @property
    def dtype(self) -> xp.dtype[xp.generic]:
        """The dtype of the values."""
        return self.values.dtype

    def dense(self) -> Array:
        """The same gradient as an array (V, E); each row's terms add up in their order here."""
        return xp.scatter_add_rows(self.shape, self.ids, self.values)

    def coalesce(self) -> RowGradient:
        """The same gradient with every id once, in rising order; bit-identical when dense."""
        ids, places = xp.unique(self.ids, return_inverse=True)
        rows = (ids.size, *self.shape[1:])
        return RowGradient(
            ids, xp.scatter_add_rows(rows, places.reshape(-1), self.values), self.shape
        )

    def astype(self, dtype: xp.DTypeLike) -> RowGradient:
        """The same gradient with values of another dtype."""
        return RowGradient(self.ids, self.values.astype(dtype, copy=False), self.shape)

    def __add__(self, other: Array | RowGradient) -> Array | RowGradient:
        """Rows while both are rows and few; an array otherwise. Neither operand changes."""
        if not isinstance(other, RowGradient):
            return self.dense() + other
        ids = xp.concatenate([self.ids, other.ids])
        total = RowGradient(ids, xp.concatenate([self.values, other.values]), self.shape)
        return total if ids.size < self.shape[0] else total.dense()

    __radd__ = __add__  # addition of two terms commutes, bit for bit
    __array_ufunc__ = None  # array + rows comes here

    def __repr__(self) -> str:
        return f"RowGradient({self.ids.size} rows, shape={self.shape}, dtype={self.dtype})"
