"""Parameter: a tensor that a module owns, an optimizer changes and kernels pack."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Self

from pyrnn.autograd import Tensor, is_grad_enabled
from pyrnn.autograd.operands import as_array, read
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.counter import counter

_versions = counter(1)


class Parameter(Tensor):
    """The one master copy of a weight, in PyTorch's layout, C-contiguous.

    ``data``, ``numpy()`` and ``numpy.asarray(parameter)`` are read-only views: they show later
    values too. New values come through ``assign``, ``writing`` or, under ``no_grad``, the operators
    ``+= -= *= /= **= @=``. Each changes ``version``, by which copies packed for the kernels know
    that they are stale, and a backward pass that a weight it needs has changed.

    Args:
        array: initial values, copied; float32 or float64 (nested lists of floats become float32).
        requires_grad: False freezes the parameter: no gradient is computed, so optimizers pass it
            over. It can be set later too.

    Raises:
        TypeError: any other dtype, that of integers included.

    >>> import pyrnn
    >>> from pyrnn import nn
    >>> p = nn.Parameter([1.0, 2.0])
    >>> p.assign([3.0, 4.0])
    >>> p.numpy()
    array([3., 4.], dtype=float32)
    >>> with p.writing() as array:
    ...     array[0] = 5
    >>> with pyrnn.no_grad():
    ...     p -= 1
    >>> p.numpy()
    array([4., 3.], dtype=float32)
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
        view = xp.array(data, order="C").view()  # of an array that is writeable, so it can be too
        view.flags.writeable = False
        super().__init__(view, requires_grad=requires_grad)
        self._owner = None  # it is one itself
        self.version = _versions()

    @property
    def data(self) -> xp.Array:
        """The array itself, not a copy: read-only, but inside ``with parameter.writing():``."""
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        raise AttributeError(
            "data: expected no assignment to a parameter's array; write parameter.assign(array)"
        )

    def writing(self) -> Writing:
        """A block that may change the values in place.

        ``with parameter.writing() as array:`` gives the array; ``parameter.data`` is the same one
        meanwhile. ``version`` changes at the end, after an error too, and the array is read-only
        again.
        """
        return Writing(self)

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
        with self.writing() as data:
            xp.copyto(data, values)

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

    # --- in place, where no gradient is recorded. mypy wants them to be like __add__ ... -------

    def __iadd__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._change("+=", operator.add, other)

    def __isub__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._change("-=", operator.sub, other)

    def __imul__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._change("*=", operator.mul, other)

    def __itruediv__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._change("/=", operator.truediv, other)

    def __ipow__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._change("**=", operator.pow, other)

    def __imatmul__(self, other: Any) -> Self:  # type: ignore[misc]
        return self._change("@=", operator.matmul, other)

    def _change(self, sign: str, operation: Callable[[Any, Any], Any], other: Any) -> Self:
        if is_grad_enabled():
            raise RuntimeError(
                f"{sign}: expected a parameter to change under `with no_grad():`, or by "
                f"parameter.assign(array); for a new tensor write {sign[:-1]}"
            )
        self.assign(operation(self, other), f"parameter {sign} operand")
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies and unpickled parameters are new ones: versions must not be met twice, and the
        # counter starts again in every process. The gradient stays behind.
        return type(self), (self.data, self.requires_grad)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return self.__reduce__()


class Writing:
    """The block of ``Parameter.writing``. A class, not a generator, which would take longer:
    optimizers enter one for each parameter in every step."""

    __slots__ = ("_before", "_parameter")

    def __init__(self, parameter: Parameter) -> None:
        self._parameter = parameter

    def __enter__(self) -> xp.Array:
        # At the end too; here so that a Ctrl-C which keeps __exit__ from running leaves no packed
        # copy with the version of a parameter that has changed.
        self._parameter.version = _versions()
        data = self._parameter._data
        self._before = data.flags.writeable  # blocks nest
        data.flags.writeable = True
        return data

    def __exit__(self, *error: object) -> None:
        parameter = self._parameter
        parameter.version = _versions()
        parameter._data.flags.writeable = self._before
