"""The backward pass: gradients flow from results to leaves, one node at a time, no recursion."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pyrnn.autograd.function import Edge, Node
from pyrnn.autograd.operands import as_array
from pyrnn.autograd.row_gradient import RowGradient
from pyrnn.autograd.variable import Variable
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array, ArrayLike

if TYPE_CHECKING:
    from pyrnn.autograd.tensor import Tensor


def backward(
    tensors: Sequence[Tensor],
    gradients: Sequence[ArrayLike | Tensor | None] | None = None,
    retain_graph: bool = False,
) -> None:
    """Add to the ``grad`` of every leaf the gradient of  sum_k <gradients[k], tensors[k]>.

    gradients: for each tensor an array of its shape, or None, which stands for 1 and so needs a
    tensor of one element; None for the whole list stands for None throughout.
    What the calls on the way saved is freed, unless ``retain_graph``.

    RuntimeError: a tensor requires no gradient; or an earlier pass freed what this one needs; or a
    parameter changed since. ValueError: a gradient is missing or of the wrong shape. TypeError: not
    tensors, or not numbers. In every case no leaf's grad has changed.
    """
    if not isinstance(tensors, list | tuple):
        raise TypeError(f"tensors: expected a list of Tensors; got {type(tensors).__name__}")
    given = [None] * len(tensors) if gradients is None else list(gradients)
    if len(given) != len(tensors):
        raise ValueError(
            f"gradients: expected one for each of {len(tensors)} tensors; got {len(given)}"
        )
    sweep = _Sweep(retain_graph)
    for tensor, gradient in zip(tensors, given, strict=True):
        sweep.start(tensor, gradient)
    sweep.run()


class _Total:
    """The sum of the gradients that have arrived at one place so far."""

    __slots__ = ("private", "value")

    def __init__(self, value: Any) -> None:
        self.value: Any = value  # an array or a RowGradient
        self.private = False  # whether the array is ours, so that we may add to it in place

    def add(self, gradient: Any) -> None:
        if self.private and not isinstance(gradient, RowGradient):
            self.value += gradient
        else:
            total = self.value + gradient
            self.value = total if isinstance(total, RowGradient) else xp.asarray(total)
            self.private = not isinstance(self.value, RowGradient)


class _Sweep:
    """One backward pass."""

    def __init__(self, retain_graph: bool) -> None:
        self.retain_graph = retain_graph
        self.queue: list[int] = []  # the numbers of the nodes to visit, negated: largest first
        self.nodes: dict[int, Node] = {}
        self.arrived: dict[int, list[_Total | None]] = {}  # node number -> one for each output
        self.leaves: dict[int, tuple[Variable, _Total]] = {}  # id -> leaf and its gradient
        self.foreign: list[Any] = []  # arrays that belong to the caller

    def start(self, tensor: Tensor, gradient: ArrayLike | Tensor | None) -> None:
        """Let the caller's gradient arrive at a result."""
        if not isinstance(tensor, Variable):
            raise TypeError(f"tensors: expected Tensors; got {type(tensor).__name__}")
        if not tensor.requires_grad:
            raise RuntimeError(
                "backward: the tensor does not require a gradient; expected one that was computed "
                "from a tensor with requires_grad=True, outside no_grad()"
            )
        if gradient is None:
            if tensor.size != 1:
                raise ValueError(
                    f"gradient: expected an array of shape {tensor.shape}, since only a tensor of "
                    "one element has a default; got None"
                )
            array = xp.ones(tensor.shape, tensor.dtype)
        else:
            array = as_array(gradient, tensor.dtype, "gradient")
            if array.shape != tensor.shape:
                raise ValueError(f"gradient: expected shape {tensor.shape}; got {array.shape}")
            self.foreign.append(array)
        self.deliver(tensor._edge or tensor, array)

    def run(self) -> None:
        """Visit every node on the way, then hand the leaves their gradients."""
        while self.queue:
            order = -heapq.heappop(self.queue)
            self.visit(self.nodes.pop(order), self.arrived.pop(order))
        self.hand_over()

    def visit(self, node: Node, totals: list[_Total | None]) -> None:
        """Turn the gradients of a node's outputs into those of its inputs."""
        ctx = node.context
        assert ctx is not None  # deliver() lets nothing arrive at a freed node
        for parameter, version in node.versions:
            if parameter.version != version:
                raise RuntimeError(
                    f"backward: {node.function.__name__} saved a parameter of shape "
                    f"{parameter.shape} that has changed since (version {version}, now "
                    f"{parameter.version}); expected backward before the optimizer's step, assign "
                    "or load_state_dict"
                )
        for index, kept in node.retained.items():
            tensor, total = kept(), totals[index]
            if tensor is not None and total is not None:
                tensor._add_gradient(_dense(total.value).copy())
        ctx.retain_graph = self.retain_graph
        received = [None if total is None else _dense(total.value) for total in totals]
        result = node.function.backward(ctx, *received)
        gradients = result if isinstance(result, tuple) else (result,)
        if len(gradients) != len(node.edges):
            raise RuntimeError(
                f"{node.function.__name__}.backward: expected {len(node.edges)} gradients, one for "
                f"each input; got {len(gradients)}"
            )
        for k, (edge, gradient) in enumerate(zip(node.edges, gradients, strict=True)):
            if edge is not None and gradient is not None:
                for thing in ctx.saved:
                    if gradient is thing:
                        gradient = gradient.copy()  # the saved array may be somebody's data
                self.deliver(edge, _conform(gradient, edge, node, k))
        if not self.retain_graph:
            node.release()

    def deliver(self, edge: Edge | Variable, gradient: Any) -> None:
        """Let a gradient arrive at a leaf or at an output of a node."""
        if isinstance(edge, Variable):
            if (leaf := self.leaves.get(id(edge))) is not None:
                leaf[1].add(gradient)
            else:
                self.leaves[id(edge)] = (edge, _Total(gradient))
            return
        node = edge.node
        if node.order not in self.arrived:
            if node.context is None:
                raise RuntimeError(
                    f"backward: an earlier backward pass went through this {node.function.__name__}"
                    " and freed what it saved; pass retain_graph=True to the earlier pass, or, for "
                    "a state carried from an earlier step, detach() it first"
                )
            heapq.heappush(self.queue, -node.order)
            self.nodes[node.order] = node
            self.arrived[node.order] = [None] * node.outputs
        totals = self.arrived[node.order]
        total = totals[edge.output]
        if total is None:
            totals[edge.output] = _Total(gradient)
        else:
            total.add(gradient)

    def hand_over(self) -> None:
        """Add to the leaves' grad, each its own array: callers scale and clip them in place."""
        taken = {id(array) for array in self.foreign}
        for tensor, total in self.leaves.values():
            gradient = total.value
            if isinstance(gradient, RowGradient):
                gradient = gradient.coalesce()  # new arrays: its ids and values may be shared too
            elif not total.private:
                if id(gradient) in taken or isinstance(gradient.base, xp.ndarray):
                    gradient = gradient.copy()
                taken.add(id(gradient))
            tensor._add_gradient(gradient)


def _dense(gradient: Array | RowGradient) -> Array:
    return gradient.dense() if isinstance(gradient, RowGradient) else gradient


def _conform(gradient: Any, edge: Edge | Variable, node: Node, k: int) -> Any:
    """A function's gradient, checked against the input it belongs to and in its dtype."""
    if type(gradient) is not xp.ndarray and not isinstance(gradient, RowGradient):
        gradient = xp.asarray(gradient)
    if gradient.shape != edge.shape:
        raise RuntimeError(
            f"{node.function.__name__}.backward: expected shape {edge.shape} for the gradient of "
            f"input {k}; got {gradient.shape}"
        )
    return gradient if gradient.dtype == edge.dtype else gradient.astype(edge.dtype)
