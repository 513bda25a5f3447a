"""Gradients against finite differences."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pyrnn.autograd.gradient_mode import no_grad
from pyrnn.autograd.operands import as_array
from pyrnn.autograd.sweep import backward
from pyrnn.autograd.tensor import Tensor
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array


class GradcheckError(AssertionError):
    """Finite differences contradict a gradient; the message tells which element and by how much."""


def gradcheck(
    function: Callable[..., Any],
    inputs: Sequence[Any],
    parameters: Sequence[Tensor] = (),
    *,
    eps: float = 1e-6,
    atol: float = 1e-6,
    rtol: float = 1e-4,
    seed: int = 0,
) -> bool:
    """Compare the gradients of a function with central differences, in float64.

    The outputs y_k meet random r_k, and for each element x of each input
        d/dx sum_k <r_k, y_k>   is held against   sum_k <r_k, y_k(x + eps) - y_k(x - eps)> / (2 eps)
    once with all outputs and once with every part of them alone (past four outputs: each alone),
    the rest having no upstream gradient; then with each input alone requiring one. Also checked:
    the function gives the same outputs twice and leaves its inputs alone, and a second backward
    pass through a retained graph gives the same gradients.

    function: takes the inputs as tensors, gives tensors: one, or a tuple with None and tuples in
    it. inputs: arrays or tensors; floating ones become float64 and are checked. parameters:
    float64 leaves that the function reads by itself; those that require a gradient are checked too.
    Keep inputs away from kinks such as relu's at 0: they have no derivative to agree with.

    Returns True. Raises GradcheckError if |analytic - numeric| > atol + rtol |numeric| anywhere,
    ValueError for inputs that cannot be checked.
    """
    check = _Check(function, inputs, parameters)
    check.repeatable()
    check.draw_cotangents(seed)
    numeric = check.numeric_gradients(eps)
    every_output = tuple(range(len(check.cotangents)))
    every_leaf = tuple(range(len(check.leaves)))
    parts = [(part, every_leaf) for part in _parts(len(every_output))]
    if len(every_leaf) > 1:
        parts += [(every_output, (leaf,)) for leaf in every_leaf]
    for present, wanted in parts:
        found = check.gradients(present, wanted)
        for leaf in wanted:
            expected = sum(numeric[k][leaf] for k in present)
            check.compare(leaf, found[leaf], expected, (atol, rtol), present)
    return True


class _Check:
    """A function, its leaves and a cotangent r_k for each of its outputs."""

    def __init__(
        self, function: Callable[..., Any], inputs: Sequence[Any], parameters: Sequence[Tensor]
    ) -> None:
        self.function = function
        self.inputs = [_as_input(x) for x in inputs]
        self.cotangents: list[Array] = []
        named = {f"input {k}": x for k, x in enumerate(self.inputs)}
        named.update({f"parameter {k}": x for k, x in enumerate(parameters)})
        leaves = {k: x for k, x in named.items() if isinstance(x, Tensor) and x.requires_grad}
        self.names, self.leaves = list(leaves), list(leaves.values())
        for name, leaf in leaves.items():
            if leaf.dtype != xp.float64 or not leaf.is_leaf:
                raise ValueError(f"{name}: expected a leaf of dtype float64; got {leaf!r}")
        if not leaves:
            raise ValueError("inputs: expected at least one array of a floating dtype; got none")

    def call(self) -> list[Tensor]:
        """The outputs of floating dtype, in order, nested tuples opened."""
        return [y for y in _flatten(self.function(*self.inputs)) if y.dtype.kind == "f"]

    def repeatable(self) -> None:
        """Raise unless the function gives the same outputs twice and leaves its inputs alone."""
        values = [leaf.data.copy() for leaf in self.leaves]
        outputs = self.call()
        if not any(y.requires_grad for y in outputs):
            raise GradcheckError("outputs: expected one that requires a gradient; got none")
        for k, (once, again) in enumerate(zip(outputs, self.call(), strict=True)):
            if not xp.array_equal(once.data, again.data, equal_nan=True):
                raise GradcheckError(f"output {k}: expected the same bits in every call")
        for name, leaf, value in zip(self.names, self.leaves, values, strict=True):
            if not xp.array_equal(leaf.data, value):
                raise GradcheckError(f"{name}: changed by the function")

    def draw_cotangents(self, seed: int) -> None:
        """Draw r_k for each output."""
        rng = xp.random.default_rng(seed)
        with no_grad():
            self.cotangents = [xp.asarray(rng.standard_normal(y.shape)) for y in self.call()]

    def projections(self) -> list[float]:
        """<r_k, y_k> for each output."""
        with no_grad():
            outputs = self.call()
        pairs = zip(self.cotangents, outputs, strict=True)
        return [float(xp.sum(r * y.data)) for r, y in pairs]

    def numeric_gradients(self, eps: float) -> list[list[Array]]:
        """d <r_k, y_k> / d leaf by central differences, indexed [k][leaf]."""
        gradients = [[xp.zeros(x.shape) for x in self.leaves] for _ in self.cotangents]
        for which, leaf in enumerate(self.leaves):
            value = leaf.data.copy()
            for flat in range(value.size):
                sides = []
                for step in (eps, -eps):
                    moved = value.copy()
                    moved.reshape(-1)[flat] += step
                    _assign(leaf, moved)
                    sides.append(self.projections())
                for k, (above, below) in enumerate(zip(*sides, strict=True)):
                    gradients[k][which].reshape(-1)[flat] = (above - below) / (2 * eps)
            _assign(leaf, value)
        return gradients

    def gradients(self, present: tuple[int, ...], wanted: tuple[int, ...]) -> list[Array]:
        """The gradients by backward passes from some outputs, with some leaves requiring them."""
        for which, leaf in enumerate(self.leaves):
            leaf.requires_grad = which in wanted
        outputs = self.call()
        starts = [k for k in present if outputs[k].requires_grad]
        upstream = [self.cotangents[k] for k in starts]
        results = []
        for retain_graph in (True, False):
            for leaf in self.leaves:
                leaf.grad = None
            backward([outputs[k] for k in starts], upstream, retain_graph)
            results.append([xp.zeros(x.shape) if x.grad is None else x.grad for x in self.leaves])
        for leaf in self.leaves:
            leaf.requires_grad, leaf.grad = True, None
        for name, once, again in zip(self.names, *results, strict=True):
            if not xp.array_equal(once, again, equal_nan=True):
                raise GradcheckError(f"{name}: a second backward pass gave another gradient")
        return results[0]

    def compare(
        self,
        leaf: int,
        analytic: Array,
        numeric: Any,
        tolerances: tuple[float, float],
        present: tuple[int, ...],
    ) -> None:
        """Raise for the element that is furthest off, if it is too far off."""
        atol, rtol = tolerances
        excess = xp.abs(analytic - numeric) - (atol + rtol * xp.abs(numeric))
        excess = xp.where(xp.isnan(excess), xp.inf, excess)
        if excess.size == 0 or excess.max() <= 0:
            return
        place = tuple(int(i) for i in xp.argwhere(excess == excess.max())[0])
        some = "" if len(present) == len(self.cotangents) else f", from outputs {present} alone"
        raise GradcheckError(
            f"{self.names[leaf]} at {place}{some}: analytic {analytic[place]:.9g}, "
            f"numeric {numeric[place]:.9g} (atol {atol:g}, rtol {rtol:g})"
        )


def _as_input(value: Any) -> Any:
    """A floating input as a new float64 leaf, anything else as it is."""
    if value is None:
        return None
    array = as_array(value, name="inputs")
    if array.dtype.kind != "f":
        return value
    return Tensor(array.astype(xp.float64), requires_grad=True)


def _assign(leaf: Tensor, value: Array) -> None:
    """Give a leaf new values, through its own ``assign`` where it counts its versions."""
    if hasattr(leaf, "assign"):
        leaf.assign(value)
    else:
        leaf.data[...] = value


def _flatten(outputs: Any) -> Iterator[Tensor]:
    if isinstance(outputs, Tensor):
        yield outputs
    elif outputs is not None:
        for output in outputs:
            yield from _flatten(output)


def _parts(count: int) -> Iterator[tuple[int, ...]]:
    """Which outputs have an upstream gradient: all of them first, then every part, or each one."""
    everything = range(count)
    yield tuple(everything)
    for size in range(1, count if count <= 4 else 2):
        yield from itertools.combinations(everything, size)
