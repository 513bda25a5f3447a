"""What an operation accepts beside tensors, and the dtype in which operands meet.

- A plain number or array beside a floating tensor takes that tensor's dtype: float32 stays float32
  whether it meets 2.0, numpy.float64(2.0) or an array of integers.
- Of two floating tensors, or of plain arrays among themselves, the wider floating dtype wins;
  integers and booleans take it.
- Where nothing is floating but the result must be (division, exp, mean ...), it is float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from pyrnn.autograd.variable import Variable
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array, ArrayLike, DTypeLike

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor

Operand: TypeAlias = Variable | ArrayLike
Axis: TypeAlias = int | tuple[int, ...] | None


def as_array(
    value: Any,
    dtype: DTypeLike | None = None,
    name: str = "array",
    wanted: str = "real numbers",
) -> Array:
    """The array of a tensor, array, number or nested list; shared, not copied, where it can be.

    Python's own floats, which have no dtype, become float32. TypeError for anything but real
    numbers, for a masked array and for an impossible dtype; ValueError for lists of unequal
    lengths. The message calls the value ``name``, and what it was to be ``wanted``.
    """
    if isinstance(value, Variable):
        value = value._data
    array = value if type(value) is xp.ndarray else read(value, name)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected {wanted}; got {type(value).__name__} ({array.dtype})")
    if dtype is None and array.dtype == xp.float64 and not hasattr(value, "dtype"):
        dtype = xp.float32
    return array if dtype is None else array.astype(dtype, copy=False)


def read(value: Any, name: str) -> Array:
    """The array that NumPy makes of a value, of whatever dtype.

    TypeError where a mask hides elements, which must not come to light unnoticed; ValueError for
    lists of unequal lengths.
    """
    if isinstance(value, xp.ndarray) and bool(xp.any(getattr(value, "mask", False))):
        raise TypeError(
            f"{name}: expected an array without a mask; got {type(value).__name__} with masked "
            f"elements (fill them with {name}.filled(value); the ends of short sequences are cut "
            "off by lengths=)"
        )
    try:
        return xp.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name}: expected numbers, in nested lists of equal lengths; "
            f"got a {type(value).__name__} that NumPy cannot read ({error})"
        ) from None


def real_dtype(dtype: DTypeLike, name: str = "dtype") -> xp.dtype[Any]:
    """A ``dtype=`` argument as NumPy's; TypeError unless it is one of real numbers."""
    try:
        result = xp.dtype(dtype)
    except TypeError:
        raise TypeError(f"{name}: expected a dtype; got {dtype!r}") from None
    if result.kind not in "fiub":
        raise TypeError(f"{name}: expected a dtype of real numbers; got {result}")
    return result


def as_integers(value: Any, name: str, error: type[Exception] = ValueError) -> Array:
    """An int64 array of integers; shared, not copied, where it can be.

    TypeError for other numbers, but for an empty list, which has no dtype of its own; ``error``
    for an integer that int64 cannot hold.
    """
    try:
        array = as_array(value, name=name, wanted="integers")
        if array.dtype.kind not in "iu" and array.size > 0:
            raise TypeError(f"{name}: expected integers; got dtype {array.dtype}")
    except TypeError:
        if (beyond := _beyond_int64(value)) is None:
            raise
        raise error(f"{name}: expected integers of int64; got {beyond}") from None
    if array.dtype.kind == "u" and array.size > 0 and int(array.max()) >= 1 << 63:
        raise error(f"{name}: expected integers below 2**63; got {int(array.max())}")
    return array.astype(xp.int64, copy=False)


def _beyond_int64(value: Any) -> int | None:
    """The first integer in a list that int64 cannot hold: NumPy makes floats or objects of it."""
    for entry in value if isinstance(value, list | tuple) else ():
        if type(entry) is int and not -(1 << 63) <= entry < 1 << 63:
            return entry
    return None


def as_tensor(value: Any, name: str = "array") -> Tensor:
    """A tensor as it is, anything else as a constant."""
    if isinstance(value, Variable):
        return value  # type: ignore[return-value]  # every variable is a Tensor
    return Variable.result_class(as_array(value, name=name))


def floating(x: Any) -> Tensor | Array:
    """x ready for an operation on real numbers: integers and booleans become float32."""
    if not isinstance(x, Variable):
        x = as_array(x)
    return x if x.dtype.kind == "f" else as_array(x, xp.float32)


def common(*operands: Any) -> Sequence[Tensor | Array]:
    """The operands in one dtype, by the rules above; tensors stay tensors."""
    first = operands[0]
    if isinstance(first, Variable):
        dtype = first._data.dtype
        for x in operands:
            if not isinstance(x, Variable) or x._data.dtype != dtype:
                break
        else:  # what is most frequent
            return operands
    dtype = _common_dtype(operands)
    return [_cast(x, dtype) if isinstance(x, Variable) else _operand(x, dtype) for x in operands]


def _operand(x: Any, dtype: xp.dtype[Any]) -> Array:
    array = as_array(x, dtype, "operand")
    if type(x) is float or type(x) is int:  # nobody will refill this array: so it says
        array.flags.writeable = False
    return array


def _common_dtype(operands: tuple[Any, ...]) -> xp.dtype[Any]:
    dtypes = {x.dtype for x in operands if isinstance(x, Variable) and x.dtype.kind == "f"}
    if not dtypes:  # no tensor decides: all operands do
        dtypes = {as_array(x, name="operand").dtype for x in operands if type(x) is not int}
        dtypes = {dtype for dtype in dtypes if dtype.kind == "f"} or dtypes
        if all(dtype.kind == "b" for dtype in dtypes) and any(type(x) is int for x in operands):
            dtypes = {xp.dtype(xp.int64)}  # Python's integers count only where no others do
    return xp.result_type(*dtypes)


def _cast(x: Any, dtype: xp.dtype[Any]) -> Tensor:
    return x if x.dtype == dtype else x.astype(dtype)
