"""What layers accept: every refusal names the argument, what was expected and what was got.

TypeError: no array, or the wrong dtype. ValueError: wrong shape or value. MemoryError: sizes that
no memory can hold.
"""

from __future__ import annotations

import math
from typing import Any

from pyrnn.autograd import Tensor
from pyrnn.autograd.operands import as_array
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import real
from pyrnn.nn.skeleton import in_skeleton


def float_dtype(dtype: Any) -> Any:
    """A ``dtype=`` argument as a NumPy dtype: float32 or float64."""
    if dtype is not None:  # None stands for float64 in NumPy
        try:
            result = xp.dtype(dtype)
        except TypeError:
            pass
        else:
            if result in xp.FLOATS:
                return result
    raise TypeError(f"dtype: expected float32 or float64; got {dtype!r:.80}")


def room(names: str, *lengths: int) -> None:
    """MemoryError, at once, for an array of more elements than any memory can hold (a skeleton's
    parameters have a limit of their own)."""
    if math.prod(lengths) >= 1 << 59 and not in_skeleton():
        raise MemoryError(
            f"{names}: expected sizes that memory can hold; got {', '.join(map(str, lengths))}"
        )


def switch(name: str, value: Any) -> bool:
    """A setting that is on or off: a bool, Python's or NumPy's, or 0 or 1; no text such as "no"."""
    if isinstance(value, (bool, xp.bool_)) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise TypeError(f"{name}: expected True or False; got {type(value).__name__} {value!r:.80}")


def probability(name: str, value: Any, *, certain: bool = False) -> float:
    """A probability in [0, 1), or in [0, 1] where certainty is allowed."""
    return real(name, value, least=0, most=1) if certain else real(name, value, least=0, below=1)


def zoneout(value: Any) -> tuple[float, float]:
    """The probabilities of h and of c, in [0, 1), out of both or of that of h alone."""
    if not isinstance(value, tuple | list):
        return probability("zoneout", value), 0.0
    if len(value) != 2:
        raise ValueError(
            f"zoneout: expected one number, of h, or a pair, of h and c; got {len(value)} of them"
        )
    h, c = value
    return probability("zoneout", h), probability("zoneout", c)


def floats(name: str, value: Any, dtype: Any) -> Tensor:
    """A tensor of the layer's dtype. Nested lists take that dtype; arrays must have it."""
    if isinstance(value, Tensor):
        tensor = value
    else:
        refuse_tuple(name, value)
        tensor = Tensor(as_array(value, None if hasattr(value, "dtype") else dtype, name))
    if tensor.dtype != dtype:
        other = f", or give the layer dtype='{tensor.dtype}'" if tensor.dtype in xp.FLOATS else ""
        raise TypeError(
            f"{name}: expected dtype {dtype}, that of the layer; got {tensor.dtype} "
            f"(convert with {name.split()[0]}.astype('{dtype}'){other})"
        )
    return tensor


def refuse_tuple(name: str, value: Any) -> None:
    """Raise for what a recurrent layer returns, passed on whole."""
    if isinstance(value, tuple):
        raise TypeError(
            f"{name}: expected an array or Tensor; got a tuple of {len(value)} "
            f"(a recurrent layer returns (y, state): pass y on)"
        )


def last_axis(name: str, tensor: Tensor, width: int, letters: str) -> Tensor:
    """The same tensor if its last axis has the width that a layer reads."""
    shape = tensor.shape
    if not shape or shape[-1] != width:
        raise ValueError(f"{name}: expected shape {letters} = (..., {width}); got {shape}")
    return tensor
