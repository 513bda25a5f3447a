"""A small define-by-run tape: tensors that remember how they were computed.

    tensor.py         Tensor: an array and its gradient
    function.py       Function: forward and backward of one operation; the nodes that calls leave
    sweep.py          the backward pass through those nodes
    row_gradient.py   the gradient of a table of which only some rows were read
    gradient_mode.py  no_grad and enable_grad
    gradcheck.py      gradients against finite differences
    operands.py       what operations accept, and in which dtype operands meet
    operators.py      the operators and methods of a tensor
    operations/       the operations behind them

First derivatives only: a backward pass is not itself recorded.
"""

from __future__ import annotations

from pyrnn.autograd.tensor import Tensor  # first: the other modules refer back to it

# isort: split
from pyrnn.autograd.function import Context, Function
from pyrnn.autograd.gradcheck import GradcheckError, gradcheck
from pyrnn.autograd.gradient_mode import enable_grad, is_grad_enabled, no_grad
from pyrnn.autograd.row_gradient import RowGradient
from pyrnn.autograd.sweep import backward

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
