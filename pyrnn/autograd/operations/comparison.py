"""Comparisons, elementwise and broadcasting: boolean tensors without a gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyrnn.autograd import tensor as tensors
from pyrnn.autograd.operands import common


def compare(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> tensors.Tensor:
    """operation(a, b), an operator of Python's such as ``operator.lt``, as a boolean tensor."""
    x, y = (v.data if isinstance(v, tensors.Tensor) else v for v in common(a, b))
    return tensors.Tensor(operation(x, y))
