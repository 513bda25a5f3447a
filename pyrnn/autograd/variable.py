"""What the tape knows of a tensor: an array, its gradient, and how it was computed.

``Tensor`` adds to it what users write. Here is what the modules below it need, so that none of them
imports it: functions make their results by ``constant``, whose class ``Tensor`` names itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pyrnn.autograd.row_gradient import RowGradient
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array

if TYPE_CHECKING:
    from pyrnn.autograd.function import Edge
    from pyrnn.autograd.tensor import Tensor


class ElementCount(int):
    """The number of elements. ``x.size()``, which gives a shape elsewhere, is told so."""

    def __call__(self, *axes: Any) -> Any:
        raise TypeError("size: expected no call, x.size is the number of elements; write x.shape")


class Variable:
    """An array and its place in the graph. A base of ``Tensor`` alone, see there."""

    __slots__ = ("__weakref__", "_data", "_edge", "_grad", "_owner", "_requires_grad")

    result_class: ClassVar[type[Tensor]]  # of what functions give; set where it is defined

    _data: Array
    _requires_grad: bool
    _grad: Array | RowGradient | None
    _edge: Edge | None  # the node and output that made it; None for a leaf
    # Whose memory the data is, or is a view of: a parameter, which counts its changes; an array
    # that the caller gave and may refill; None for what operations made.
    _owner: Variable | Array | None

    # --- the array --------------------------------------------------------------------------

    @property
    def data(self) -> Array:
        """The array itself, not a copy."""
        return self._data

    @property
    def version(self) -> int:
        """Changes with the data of a parameter, and of what is a view of one; 0 elsewhere."""
        return self._owner.version if isinstance(self._owner, Variable) else 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._data.shape

    @property
    def dtype(self) -> xp.dtype[Any]:
        """The type of the elements."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return ElementCount(size)

    # --- the gradient -----------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether a backward pass computes a gradient here. Only leaves may be set."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self._edge is not None:
            raise RuntimeError("requires_grad: expected a leaf to set it on; got a computed tensor")
        if value and self.dtype not in xp.FLOATS:
            raise TypeError(f"requires_grad: expected dtype float32 or float64; got {self.dtype}")
        self._requires_grad = bool(value)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded function made this tensor; backward passes fill leaves' ``grad``."""
        return self._edge is None

    @property
    def grad(self) -> Array | None:
        """The gradient that backward passes have added up, an array of this shape, or None.

        Set it to None (or to an array) before the next pass. A gradient that arrived as rows of a
        table becomes an array here; `row_grad` leaves it as rows.
        """
        if self._grad is not None and not isinstance(self._grad, xp.ndarray):
            self._grad = self._grad.dense()
        return self._grad

    @grad.setter
    def grad(self, value: Array | RowGradient | None) -> None:
        if value is not None:
            if not isinstance(value, xp.ndarray | RowGradient):
                raise TypeError(f"grad: expected an array or None; got {type(value).__name__}")
            if value.shape != self.shape or value.dtype != self.dtype:
                raise ValueError(
                    f"grad: expected shape {self.shape} and dtype {self.dtype}; "
                    f"got {value.shape} and {value.dtype}"
                )
        self._grad = value

    @property
    def row_grad(self) -> Array | RowGradient | None:
        """The same gradient, but as rows of a table where lookups alone gave it: each row once, in
        rising order. Changing its values in place changes the gradient."""
        if self._grad is not None and not isinstance(self._grad, xp.ndarray):
            self._grad = self._grad.coalesce()
        return self._grad

    def _add_gradient(self, gradient: Any) -> None:
        self._grad = gradient if self._grad is None else self._grad + gradient


_new = object.__new__


def constant(array: Any, owner: Variable | Array | None = None) -> Tensor:
    """The tensor of an array that nobody else changes, or whose ``owner`` is known: no gradient."""
    tensor: Tensor = _new(Variable.result_class)
    # NumPy gives scalars where an array has no axes left.
    tensor._data = array if type(array) is xp.ndarray else xp.asarray(array)
    tensor._owner = owner
    tensor._requires_grad = False
    tensor._grad = None
    tensor._edge = None
    return tensor
