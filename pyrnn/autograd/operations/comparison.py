"""Comparisons, elementwise and broadcasting: boolean tensors without a gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyrnn.autograd.operands import common
from pyrnn.autograd.variable import Variable, constant

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor


def compare(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> Tensor:
    """operation(a, b), an operator of Python's such as ``operator.lt``, as a boolean tensor."""
    x, y = (v.data if isinstance(v, Variable) else v for v in common(a, b))
    return constant(operation(x, y))
