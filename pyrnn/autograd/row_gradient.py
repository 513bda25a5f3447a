"""The gradient of a table of which only some rows were read."""

from __future__ import annotations

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array


class RowGradient:
    """A gradient of shape (V, E) that is zero but for the rows it lists.

        dense[ids[n]] += values[n]

    ids (N,) int64, each in [0, V), repeats allowed; values (N, E). An embedding's backward gives
    one of these, looked up or read by a recurrent layer, so that several lookups of one table add
    up as rows. A leaf's ``grad`` makes an array (V, E) of it; its ``row_grad``, which optimizers
    read, leaves it as it is.
    """

    __slots__ = ("_coalesced", "ids", "shape", "values")

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
        self._coalesced = False

    @property
    def dtype(self) -> xp.dtype[xp.generic]:
        """The dtype of the values."""
        return self.values.dtype

    def dense(self) -> Array:
        """The same gradient as an array (V, E); each row's terms add up in their order here."""
        rows = self.coalesce()
        table = xp.zeros(self.shape, self.dtype)
        table[rows.ids] = rows.values
        return table

    def coalesce(self, omitted: int | None = None) -> RowGradient:
        """The same gradient with every id once, in rising order, and without the one ``omitted``.

        Bit-identical when dense. Its arrays are its own, unless this gradient came from here
        itself.
        """
        if self._coalesced and omitted is None:
            return self
        rows = RowGradient(*xp.sum_rows(self.shape[0], self.ids, self.values, omitted), self.shape)
        rows._coalesced = True
        return rows

    def astype(self, dtype: xp.DTypeLike) -> RowGradient:
        """The same gradient with values of another dtype."""
        return RowGradient(self.ids, self.values.astype(dtype, copy=False), self.shape)

    def __add__(self, other: Array | RowGradient) -> Array | RowGradient:
        """Rows while both are rows and few; an array otherwise. Neither operand changes."""
        if not isinstance(other, RowGradient):
            rows = self.coalesce()
            total = xp.array(other, dtype=xp.result_type(other, self.values))  # a copy
            total[rows.ids] += rows.values
            return total
        ids = xp.concatenate([self.ids, other.ids])
        both = RowGradient(ids, xp.concatenate([self.values, other.values]), self.shape)
        return both if ids.size < self.shape[0] else both.dense()

    __radd__ = __add__  # addition of two terms commutes, bit for bit
    __array_ufunc__ = None  # array + rows comes here

    def __repr__(self) -> str:
        return f"RowGradient({self.ids.size} rows, shape={self.shape}, dtype={self.dtype})"
