"""The operators and methods of a tensor: each one line, the operation itself stands elsewhere."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyrnn.autograd.keywords import numpys_keywords
from pyrnn.autograd.operands import Axis, Operand
from pyrnn.autograd.operations import (
    arithmetic,
    elementwise,
    indexing,
    linear_algebra,
    reductions,
    shapes,
)
from pyrnn.autograd.operations.comparison import compare
from pyrnn.autograd.variable import Variable
from pyrnn.kernels.arrays import DTypeLike

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor


class Operators(Variable):
    """What can be done with a tensor. A base of ``Tensor`` alone."""

    __slots__ = ()

    # --- arithmetic, broadcasting ------------------------------------------------------------

    def __add__(self, other: Operand) -> Tensor:
        return arithmetic.add(self, other)

    def __radd__(self, other: Operand) -> Tensor:
        return arithmetic.add(other, self)

    def __sub__(self, other: Operand) -> Tensor:
        return arithmetic.subtract(self, other)

    def __rsub__(self, other: Operand) -> Tensor:
        return arithmetic.subtract(other, self)

    def __mul__(self, other: Operand) -> Tensor:
        return arithmetic.multiply(self, other)

    def __rmul__(self, other: Operand) -> Tensor:
        return arithmetic.multiply(other, self)

    def __truediv__(self, other: Operand) -> Tensor:
        return arithmetic.divide(self, other)

    def __rtruediv__(self, other: Operand) -> Tensor:
        return arithmetic.divide(other, self)

    def __pow__(self, other: Operand) -> Tensor:
        return arithmetic.power(self, other)

    def __rpow__(self, other: Operand) -> Tensor:
        return arithmetic.power(other, self)

    def __matmul__(self, other: Operand) -> Tensor:
        return linear_algebra.matmul(self, other)

    def __rmatmul__(self, other: Operand) -> Tensor:
        return linear_algebra.matmul(other, self)

    def __neg__(self) -> Tensor:
        return arithmetic.negative(self)

    def __pos__(self) -> Tensor:
        return self  # type: ignore[return-value]  # tensors do not change

    def __abs__(self) -> Tensor:
        return elementwise.absolute(self)

    # --- comparison: boolean tensors, no gradient ---------------------------------------------

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return NotImplemented if other is None else compare(operator.eq, self, other)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return NotImplemented if other is None else compare(operator.ne, self, other)

    def __lt__(self, other: Operand) -> Tensor:
        return compare(operator.lt, self, other)

    def __le__(self, other: Operand) -> Tensor:
        return compare(operator.le, self, other)

    def __gt__(self, other: Operand) -> Tensor:
        return compare(operator.gt, self, other)

    def __ge__(self, other: Operand) -> Tensor:
        return compare(operator.ge, self, other)

    __hash__ = object.__hash__  # by identity: == gives a tensor

    # --- elementwise -------------------------------------------------------------------------

    def exp(self) -> Tensor:
        """e^x."""
        return elementwise.exp(self)

    def log(self) -> Tensor:
        """The natural logarithm."""
        return elementwise.log(self)

    def sqrt(self) -> Tensor:
        """The square root."""
        return elementwise.sqrt(self)

    def tanh(self) -> Tensor:
        """The hyperbolic tangent."""
        return elementwise.tanh(self)

    def sigmoid(self) -> Tensor:
        """1 / (1 + e^-x)."""
        return elementwise.sigmoid(self)

    def relu(self) -> Tensor:
        """max(x, 0), with slope 0 at 0."""
        return elementwise.relu(self)

    def abs(self) -> Tensor:
        """|x|, with slope 0 at 0."""
        return elementwise.absolute(self)

    @numpys_keywords
    def clip(self, low: float | None = None, high: float | None = None) -> Tensor:
        """x limited to [low, high]; None is no limit. Slope 0 outside, 1 inside and at a limit."""
        return elementwise.clip(self, low, high)

    def masked_fill(self, mask: Operand, value: Operand) -> Tensor:
        """The number ``value`` where a boolean mask holds, x elsewhere."""
        return elementwise.masked_fill(self, mask, value)

    def astype(self, dtype: DTypeLike) -> Tensor:
        """x in another dtype."""
        return elementwise.astype(self, dtype)

    # --- reductions: axis None (all axes), a number or a tuple -------------------------------

    @numpys_keywords
    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The sum over axes."""
        return reductions.sum(self, axis, keepdims)

    @numpys_keywords
    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The mean over axes."""
        return reductions.mean(self, axis, keepdims)

    @numpys_keywords
    def var(self, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
        """The variance over axes, by n - ddof: 0 as in NumPy, 1 gives the unbiased estimate."""
        return reductions.var(self, axis, ddof, keepdims)

    @numpys_keywords
    def std(self, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
        """The standard deviation over axes, the root of ``var``; with slope 0 where it is 0."""
        return reductions.std(self, axis, ddof, keepdims)

    @numpys_keywords
    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The largest element over axes; equal ones share the gradient equally."""
        return reductions.max(self, axis, keepdims)

    @numpys_keywords
    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The smallest element over axes; equal ones share the gradient equally."""
        return reductions.min(self, axis, keepdims)

    @numpys_keywords
    def argmax(self, axis: int | None = None) -> Tensor:
        """The place of the first largest element, int64, along an axis or in the flat tensor."""
        return reductions.argmax(self, axis)

    @numpys_keywords
    def argmin(self, axis: int | None = None) -> Tensor:
        """The place of the first smallest element, int64, along an axis or in the flat tensor."""
        return reductions.argmin(self, axis)

    # --- shape -------------------------------------------------------------------------------

    @numpys_keywords
    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape, numbers or one tuple; one length may be -1."""
        return shapes.reshape(self, shape[0] if _is_one_tuple(shape) else shape)

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order, numbers or one tuple; reversed if none is given.

        ValueError unless each axis is there once, and for two numbers that would leave two axes as
        they are: whoever writes x.transpose(0, 1) wants ``swapaxes``.
        """
        if self.ndim == 2 and axes in ((0, 1), (0, -1), (-2, 1), (-2, -1)):
            raise ValueError(
                f"axes: expected another order than the present one; got {axes}; to exchange two "
                "axes write x.T or x.swapaxes(0, 1)"
            )
        order = axes[0] if _is_one_tuple(axes) or axes == (None,) else axes or None
        return shapes.transpose(self, order)

    def swapaxes(self, first: int, second: int) -> Tensor:
        """Two axes exchanged."""
        return shapes.swapaxes(self, first, second)

    @property
    def T(self) -> Tensor:
        """The axes in reverse order."""
        return shapes.transpose(self)

    @numpys_keywords
    def flatten(self, start_axis: int = 0, end_axis: int = -1) -> Tensor:
        """With the axes from one to another, both included, as one."""
        return shapes.flatten(self, start_axis, end_axis)

    @numpys_keywords
    def flip(self, axis: Axis = None) -> Tensor:
        """Backwards along axes."""
        return shapes.flip(self, axis)

    @numpys_keywords
    def squeeze(self, axis: Axis = None) -> Tensor:
        """Without the axes of length 1, or without the given ones."""
        return shapes.squeeze(self, axis)

    @numpys_keywords
    def expand_dims(self, axis: int | tuple[int, ...]) -> Tensor:
        """With new axes of length 1 at these places of the result."""
        return shapes.expand_dims(self, axis)

    def broadcast_to(self, shape: tuple[int, ...]) -> Tensor:
        """Repeated along axes of length 1, and along new leading axes, to a shape."""
        return shapes.broadcast_to(self, shape)

    # --- elements ----------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        return indexing.getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "item assignment: expected none, tensors are not changed in place; write "
            "functional.where(condition, value, x), or for a parameter parameter.assign(array) or "
            "`with parameter.writing() as array:`"
        )

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len: expected a tensor with an axis; got one of shape ()")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        """Along the first axis. All steps share one node, so a loop over time costs one."""
        return iter(indexing.unstack(self))


def _is_one_tuple(arguments: tuple[Any, ...]) -> bool:
    return len(arguments) == 1 and isinstance(arguments[0], (tuple, list))
