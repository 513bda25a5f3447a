"""How large the gradient still is on its way back through time.

With s_t for everything that a layer passes from step t to the next (h, and c of an LSTM), the
gradient that reaches the past is a product of one Jacobian for each step,

    dL/ds_{t-1} = (ds_t / ds_{t-1})^T dL/ds_t

so its norm tends to fall, or to grow, exponentially with the number of steps: it vanishes or
explodes (Hochreiter 1991; Bengio, Simard and Frasconi 1994; Pascanu, Mikolov and Bengio 2013). A
fused kernel never shows these vectors, so here the layer runs step by step, each step a graph of
its own, and the product is formed by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from pyrnn.autograd import Tensor
from pyrnn.nn import Module

State = tuple[Tensor, ...]  # (h,) or (h, c), each (L, B, H)


def gradient_norms(
    layer: Module, x: npt.ArrayLike, loss: Callable[[Tensor], Tensor], state: Any = None
) -> npt.NDArray[np.float64]:
    """The norm of dL/ds_t for a loss at the last step alone, from the last step back to the first.

    layer: a recurrent layer of one direction, time-major: `nn.LSTM`, `nn.GRU` or `nn.RNN`. Call its
        `eval()` first where it has dropout.
    x: (T, B, I), T at least 1. state: the initial state, as the layer takes it; None for zeros.
    loss: from the output of the last step, y_{T-1} (B, H), to a scalar.

    Returns norms (T,): norms[k] is the norm, over all layers, sequences and units, of the gradient
    with respect to the state k steps before the last; norms[0] is that of the last state itself. No
    `.grad` changes, neither the layer's nor that of what the loss is made with. Raises ValueError
    for a bidirectional or batch-first layer or an x of another shape.
    """
    if getattr(layer, "bidirectional", False) or getattr(layer, "batch_first", False):
        raise ValueError(f"layer: expected one direction and batch_first=False; got {layer!r:.80}")
    inputs = np.asarray(x)
    if inputs.ndim != 3 or len(inputs) < 1:
        raise ValueError(f"x: expected (T, B, I) with T of at least 1; got shape {inputs.shape}")
    with _frozen(layer):
        steps = list(_unrolled(layer, inputs, state))
        y, _, last = steps[-1]
        # y is h of the last layer; its graph begins at s_{T-2}, so the last state's own gradient
        # comes from the loss as a function of y alone
        output = Tensor(y.data[0], requires_grad=True)
        result = loss(output)
        with _gradients_kept(_leaves(result), but=output):
            result.backward()
        gradients = [np.zeros_like(part.data) for part in last]
        gradients[0][-1] = output.grad
        norms = [_norm(gradients)]
        for _, before, after in reversed(steps[1:]):
            gradients = _step_back(before, after, gradients)
            norms.append(_norm(gradients))
    return np.array(norms)


def _unrolled(layer: Module, x: np.ndarray, state: Any) -> Iterator[tuple[Tensor, State, State]]:
    """(y, s_{t-1}, s_t) of each step; the graph of s_t begins at s_{t-1}."""
    before: State = () if state is None else _parts(state)
    for x_t in x:  # (B, I)
        before = tuple(Tensor(part.data, requires_grad=True) for part in before)
        y, after = layer(x_t[None], _as_state(before))
        yield y, before, _parts(after)
        before = _parts(after)


def _step_back(before: State, after: State, gradients: list[np.ndarray]) -> list[np.ndarray]:
    """dL/ds_{t-1} of dL/ds_t: the step's graph, run backward."""
    total = sum((s * g).sum() for s, g in zip(after, gradients, strict=True))
    assert isinstance(total, Tensor)
    total.backward()
    return [np.zeros_like(s.data) if s.grad is None else np.asarray(s.grad) for s in before]


def _parts(state: Any) -> State:
    parts = state if isinstance(state, tuple) else (state,)
    return tuple(part if isinstance(part, Tensor) else Tensor(part) for part in parts)


def _as_state(parts: State) -> Any:
    if not parts:
        return None
    return parts if len(parts) > 1 else parts[0]


def _norm(gradients: list[np.ndarray]) -> float:
    return float(np.sqrt(sum(np.square(g, dtype=np.float64).sum() for g in gradients)))


def _leaves(result: Tensor) -> list[Tensor]:
    """All tensors at which a backward pass from a result ends."""
    leaves: dict[int, Tensor] = {}
    seen: set[int] = set()
    edges: list[Any] = [result._edge or result]
    while edges:
        edge = edges.pop()
        if isinstance(edge, Tensor):
            leaves[id(edge)] = edge
        elif edge.node.order not in seen:
            seen.add(edge.node.order)
            edges += [further for further in edge.node.edges if further is not None]
    return list(leaves.values())


@contextmanager
def _gradients_kept(leaves: list[Tensor], *, but: Tensor) -> Iterator[None]:
    """Puts the leaves' gradients back to what they were, those of one leaf excepted."""
    kept = [(leaf, leaf.grad) for leaf in leaves if leaf is not but]
    try:
        yield
    finally:
        for leaf, gradient in kept:
            leaf.grad = gradient


@contextmanager
def _frozen(layer: Module) -> Iterator[None]:
    """Takes the parameters out of the graph: their gradients are not wanted and do not change."""
    parameters = [p for p in layer.parameters() if p.requires_grad]
    for parameter in parameters:
        parameter.requires_grad = False
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad = True
