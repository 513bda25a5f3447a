"""One step of one recurrent layer as one node: what a loop over a cell calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyrnn.autograd import Context, Function, Tensor, is_grad_enabled
from pyrnn.autograd.variable import constant
from pyrnn.kernels import native
from pyrnn.kernels.arrays import Array


class RecurrentStep(Function):
    """h', c' of one step, and back through it. x (B, I), h and c (B, H), or each without B.

    Weights stand behind h and c. Of a stack whose cells have no c, c and c' are None.
    """

    gives_views = False

    @staticmethod
    def forward(
        ctx: Context, x: Array, h: Array | None, c: Array | None, *weights: Array, packed: Any
    ) -> tuple[Array, Array | None]:
        if True not in ctx.needs_input_grad:
            return native.cell_step(packed, x, h, c)
        # The kernel holds on to these until backward.
        kept: list[Any] = [None if a is None else ctx.keep(_of_batch(a)) for a in (x, h, c)]
        result = native.forward(packed, *kept, save=True, needs_x=ctx.needs_input_grad[0])
        ctx.save(result.workspace, x.ndim, *kept)
        first = (0, 0) if x.ndim == 1 else 0
        return result.h_n[first], None if result.c_n is None else result.c_n[first]

    @staticmethod
    def backward(ctx: Context, dh: Array | None, dc: Array | None) -> tuple[Array | None, ...]:
        workspace, ndim, *_ = ctx.saved
        needs_x, needs_h, needs_c, *needs_weights = ctx.needs_input_grad
        gradients = native.backward(
            workspace,
            dh_n=None if dh is None else _of_batch(dh),
            dc_n=None if dc is None else _of_batch(dc),
            needs_x=needs_x,
            needs_state=needs_h or needs_c,
            needs_weights=True in needs_weights,
            retain=ctx.retain_graph,
        )
        first = (0, 0) if ndim == 1 else 0
        states = (
            None if d is None else d[first] for d in (gradients.x, gradients.h0, gradients.c0)
        )
        weights: Sequence[Array | None] = gradients.weights or [None] * len(needs_weights)
        return (*states, *weights)


def recurrent_step(
    packed: Any, x: Tensor, h: Tensor | None, c: Tensor | None, weights: Sequence[Tensor]
) -> tuple[Tensor, Tensor | None]:
    """h' and c' (None where the cell has none) of a stack of one layer in one direction.

    packed, weights: as for `recurrent`. x (B, I), h and c (B, H), None for zeros; or (I,) and (H,).
    Whoever calls has checked their dtypes and shapes; the extension refuses others, in fewer words.
    """
    if is_grad_enabled():
        return RecurrentStep.apply(x, h, c, *weights, packed=packed)
    arrays = [None if state is None else state._data for state in (h, c)]
    h_next, c_next = native.cell_step(packed, x._data, *arrays)
    return constant(h_next), None if c_next is None else constant(c_next)


def _of_batch(array: Array) -> Array:
    """(B, N) or (N,) as a sequence of one step or a state of one layer: (1, B, N)."""
    return native.plain(array[None] if array.ndim == 2 else array[None, None])
