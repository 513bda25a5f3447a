"""A small define-by-run tape: tensors that remember how they were computed.

    variable.py            an array, its gradient and its place in the graph
    tensor.py              Tensor: a variable with operators and methods
    function.py            Function: forward and backward of one operation; the nodes of its calls
    sweep.py               the backward pass through those nodes
    row_gradient.py        the gradient of a table of which only some rows were read
    gradient_mode.py       no_grad and enable_grad
    finite_differences.py  gradcheck: gradients against finite differences; loads when first used
    operands.py            what operations accept, and in which dtype operands meet
    keywords.py            NumPy's keywords at functions over axes, and PyTorch's
    foreign_names.py       what to write here for PyTorch's names
    operators.py           the operators and methods of a tensor
    operations/            the operations behind them

First derivatives only: a backward pass is not itself recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyrnn.autograd.function import Context, Function
from pyrnn.autograd.gradient_mode import enable_grad, is_grad_enabled, no_grad
from pyrnn.autograd.row_gradient import RowGradient
from pyrnn.autograd.sweep import backward
from pyrnn.autograd.tensor import Tensor

if TYPE_CHECKING:
    from pyrnn.autograd.finite_differences import GradcheckError, gradcheck

__all__ = [
    "Tensor",
    "Function",
    "Context",
    "backward",
    "no_grad",
    "enable_grad",
    "is_grad_enabled",
    "RowGradient",
    "gradcheck",
    "GradcheckError",
]


def __getattr__(name: str) -> Any:
    if name in ("gradcheck", "GradcheckError"):
        from pyrnn.autograd import finite_differences

        return getattr(finite_differences, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
