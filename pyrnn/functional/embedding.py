"""Rows of a table, looked up as late as possible.

An embedding is most often read by a recurrent layer, and a kernel that knows (ids, table) can
project each distinct row once instead of each token. So ``embedding`` gives a tensor that is not
computed yet; ``recurrent`` takes its ids and table, anything else makes it look the rows up.
"""

from __future__ import annotations

from typing import Any

from pyrnn.autograd import Context, Function, RowGradient, Tensor, is_grad_enabled
from pyrnn.autograd.function import Edge, Node
from pyrnn.autograd.operands import Operand, as_integers, as_tensor
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array


class Embedding(Function):
    """y = table[ids];  dtable[ids] += dy, kept as rows; nothing flows to row padding_idx."""

    @staticmethod
    def forward(ctx: Context, table: Array, ids: Array, padding_idx: int | None) -> Array:
        ctx.save(ids, table.shape, padding_idx)
        return xp.gather_rows(table, ids)

    @staticmethod
    def backward(ctx: Context, dy: Array) -> RowGradient:
        ids, shape, padding_idx = ctx.saved
        return RowGradient(ids, dy, shape).coalesce(omitted=padding_idx)


class LookupTensor(Tensor):
    """The tensor table[ids], looked up when ``data`` is first read.

    Reading its shape or dtype does not look it up, nor do indexing, reshaping and reordering axes
    as long as they leave the last axis alone: they act on the ids and give a LookupTensor.
    The table must not change before the lookup: RuntimeError if its version has.

    constant: no gradient flows to the table, whether it requires one or not; as under ``no_grad``.
    """

    __slots__ = ("_rows", "_shape", "_table_version", "ids", "padding_idx", "table")

    ids: Array  # int64, any shape S
    table: Tensor  # (V, E)
    padding_idx: int | None

    def __init__(
        self, ids: Array, table: Tensor, padding_idx: int | None = None, constant: bool = False
    ) -> None:
        self.ids = ids
        self.table = table
        self.padding_idx = padding_idx
        self._shape = (*ids.shape, *table.shape[1:])
        self._rows: Array | None = None  # (S, E) once looked up
        self._table_version = table.version
        self._grad = None
        self._edge = None
        self._owner = None
        self._requires_grad = table._requires_grad and is_grad_enabled() and not constant
        if self._requires_grad:  # the node stands from the start; it needs no rows
            ctx = Context((True,))
            ctx.save(ids, table.shape, padding_idx)
            self._edge = Edge(Node(Embedding, ctx, (table,)), 0, self._shape, table.dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    @property
    def dtype(self) -> xp.dtype[Any]:
        return self.table.dtype

    @property
    def data(self) -> Array:
        """The rows, looked up at the first reading. IndexError if an id is outside the table."""
        if self._rows is None:
            if self._outdated:
                raise RuntimeError(
                    f"table: changed between embedding (version {self._table_version}) and the "
                    f"first use of its result (now {self.table.version}); expected the optimizer's "
                    "step after"
                )
            try:
                self._rows = xp.gather_rows(self.table._data, self.ids)
            except IndexError:
                check_ids(self.ids, self.table.shape[0])
                raise
        return self._rows

    _data = data

    @property
    def _outdated(self) -> bool:
        return self.table.version != self._table_version

    @property
    def is_lookup(self) -> bool:
        """Whether ids and table may be read in its place: they still give these rows, and no
        gradient is wanted here."""
        if self._outdated:
            return False
        return not self._requires_grad if self._edge is None else not self._edge.node.retained

    def detach(self) -> LookupTensor:
        """The same lookup, as a constant."""
        constant = LookupTensor(self.ids, self.table, self.padding_idx, constant=True)
        constant._rows, constant._table_version = self._rows, self._table_version
        return constant

    # --- what acts on the ids alone -----------------------------------------------------------

    def _lookup(self, ids: Array) -> LookupTensor:
        return LookupTensor(ids, self.table, self.padding_idx, constant=not self._requires_grad)

    def reshape(self, *shape: Any) -> Tensor:
        lengths = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        kept = len(lengths) > 0 and lengths[-1] == self.shape[-1] and self.shape[-1] > 0
        if kept and self.is_lookup:
            return self._lookup(self.ids.reshape(tuple(lengths[:-1])))
        return super().reshape(*shape)

    def transpose(self, *axes: Any) -> Tensor:
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], (tuple, list)) else axes
        last = self.ndim - 1
        positive = [axis + self.ndim if axis < 0 else axis for axis in order]
        everything = list(range(self.ndim))
        kept = sorted(positive) == everything != positive and positive[-1] == last
        if kept and self.is_lookup:
            return self._lookup(xp.transpose(self.ids, positive[:-1]))
        return super().transpose(*axes)

    def swapaxes(self, first: int, second: int) -> Tensor:
        places = [axis + self.ndim if axis < 0 else axis for axis in (first, second)]
        if all(0 <= axis < self.ndim - 1 for axis in places) and self.is_lookup:
            return self._lookup(xp.swapaxes(self.ids, *places))
        return super().swapaxes(first, second)

    def expand_dims(self, axis: int | tuple[int, ...]) -> Tensor:
        places = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
        if all(0 <= place <= self.ids.ndim for place in places) and self.is_lookup:
            return self._lookup(xp.expand_dims(self.ids, axis))
        return super().expand_dims(axis)

    def __getitem__(self, index: Any) -> Tensor:
        plain = index if isinstance(index, tuple) else (index,)
        simple = all(type(part) in (int, slice) for part in plain)
        if simple and len(plain) <= self.ids.ndim and self.is_lookup:
            return self._lookup(xp.asarray(self.ids[index]))
        return super().__getitem__(index)


def embedding(ids: Operand, table: Operand, padding_idx: int | None = None) -> LookupTensor:
    """The rows of a table with the given ids, looked up when something first reads them.

    ids: integers of any shape S, each in [0, V) where it is read: a recurrent layer reads none past
    a length; copied. table (V, E): one that is no parameter, and so does not count its changes,
    must stay as it is until then. padding_idx: an id whose row gets no gradient.
    Gives a tensor (S, E). Its gradient for the table is kept as rows until ``table.grad`` is read,
    also where a recurrent layer reads ids and table; ``table.row_grad`` shows the rows.
    TypeError: ids are not integers. ValueError: the table has not two axes, or padding_idx is not
    one of its rows. IndexError: an id is 2**63 or more, or, when looked up, outside the table.
    """
    rows = as_tensor(table, "table")
    shape = rows.shape
    if len(shape) != 2 or rows.dtype.kind != "f":
        raise ValueError(
            f"table: expected a floating array (V, E); got {rows.dtype} of shape {shape}"
        )
    if padding_idx is not None and not 0 <= padding_idx < shape[0]:
        raise ValueError(
            f"padding_idx: expected a row from 0 to V - 1 = {shape[0] - 1}; got {padding_idx}"
        )
    numbers = xp.array(as_integers(ids, "ids", IndexError))  # the caller's may be refilled
    return LookupTensor(numbers, rows, padding_idx)


def check_ids(ids: Array, rows: int) -> None:
    """Raise IndexError unless every id is a row of a table of V = rows rows."""
    wrong = (ids < 0) | (ids >= rows)
    if wrong.any():
        place = tuple(int(i) for i in xp.argwhere(wrong)[0])
        raise IndexError(
            f"ids: expected values from 0 to V - 1 = {rows - 1}; got {int(ids[place])} at {place}"
        )
