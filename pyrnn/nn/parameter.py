"""Parameter: a tensor that a module owns, an optimizer changes and kernels pack."""

from __future__ import annotations

from typing import Any

from pyrnn.autograd import Tensor
from pyrnn.autograd.operands import as_array, read
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.counter import counter

_versions = counter(1)


class Parameter(Tensor):
    """The one master copy of a weight, in PyTorch's layout, C-contiguous.

    ``numpy()`` and ``numpy.asarray(parameter)`` are read-only views: they show later values too.
    New values come through ``assign``; an optimizer writes into ``data`` and calls ``bump``. Both
    change ``version``, by which copies packed for the kernels know that they are stale, and a
    backward pass that a weight it needs has changed.

    Args:
        array: initial values, copied; float32 or float64 (nested lists of floats become float32).
        requires_grad: False freezes the parameter: no gradient is computed, so optimizers pass it
            over. It can be set later too.

    Raises:
        TypeError: any other dtype, that of integers included.

    >>> from pyrnn import nn
    >>> p = nn.Parameter([1.0, 2.0])
    >>> p.assign([3.0, 4.0])
    >>> p.numpy()
    array([3., 4.], dtype=float32)
    """

    __slots__ = ("version",)

    version: int
    """Changes with every change of the values. No two parameters ever share a version, so one
    number names both the parameter and its values."""

    def __init__(self, array: Any, requires_grad: bool = True) -> None:
        data = as_array(array)
        if data.dtype not in xp.FLOATS:
            raise TypeError(
                f"array: expected float32 or float64, or a list of floats; got {data.dtype} (give "
                "floats, or convert with numpy.asarray(array, 'float32'))"
            )
        super().__init__(xp.array(data, order="C"), requires_grad=requires_grad)
        self.version = _versions()

    def bump(self) -> None:
        """Say that the values in ``data`` have been changed in place."""
        self.version = _versions()

    def assign(self, array: Any, name: str = "array") -> None:
        """Take new values.

        Args:
            array: an array, or anything that converts to one, of the parameter's shape and of its
                dtype or a narrower one (nested lists and Python numbers take its dtype).
            name: what error messages call the array.

        Raises:
            ValueError: another shape. TypeError: no numbers, or a dtype that would lose precision.
        """
        values = self.check(array, name)
        try:
            xp.copyto(self.data, values)
        finally:  # after Ctrl-C too: packed copies are stale
            self.bump()

    def check(self, array: Any, name: str = "array") -> Any:
        """``array`` as ``assign`` would take it, or the error that it would raise."""
        data = array.data if isinstance(array, Tensor) else read(array, name)
        if data.shape != self.shape:
            raise ValueError(f"{name}: expected shape {self.shape}; got {data.shape}")
        if not hasattr(array, "dtype") and data.dtype.kind in "fiu":
            return data.astype(self.dtype)
        if data.dtype.kind != "f" or xp.promote_types(data.dtype, self.dtype) != self.dtype:
            raise TypeError(
                f"{name}: expected dtype {self.dtype}; got {data.dtype} "
                f"(to round or convert, pass array.astype('{self.dtype}'))"
            )
        return data.astype(self.dtype, copy=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies and unpickled parameters are new ones: versions must not be met twice, and the
        # counter starts again in every process. The gradient stays behind.
        return type(self), (self.data, self.requires_grad)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return self.__reduce__()
