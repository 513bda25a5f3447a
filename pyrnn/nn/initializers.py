"""Initial values of weights. Every initializer returns a new array and draws from the generator
that it is given.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.stack import Stack, StackWeight, look_up, spoken

Rng = Any  # numpy.random.Generator, an int seed, or None
Shape = tuple[int, ...]


def generator(rng: Rng) -> Any:
    """The generator behind an ``rng=`` argument.

    Args:
        rng: a `numpy.random.Generator`, which is used as it is (several layers may share one and
            draw in turn); an integer seed; or None for fresh entropy from the system.

    Raises:
        TypeError, ValueError: anything else.
    """
    if isinstance(rng, xp.random.Generator):
        return rng
    if rng is None:
        return xp.random.default_rng()
    try:
        seed = None if isinstance(rng, bool) else rng.__index__()
    except (AttributeError, TypeError):
        seed = None
    if seed is None:
        raise TypeError(
            f"rng: expected a numpy.random.Generator, an integer seed or None; "
            f"got {type(rng).__name__} {rng!r:.80}"
        )
    if seed < 0:
        raise ValueError(f"rng: expected a seed of at least 0; got {rng!r:.80}")
    return xp.random.default_rng(seed)


def uniform(shape: Shape, bound: float, rng: Any, dtype: Any) -> Any:
    """Uniform on [-bound, bound)."""
    return rng.uniform(-bound, bound, shape).astype(dtype)


def normal(shape: Shape, deviation: float, rng: Any, dtype: Any) -> Any:
    """Normal with mean 0 and the given standard deviation."""
    return (deviation * rng.standard_normal(shape)).astype(dtype)


def glorot_uniform(shape: Shape, rng: Any, dtype: Any) -> Any:
    """Uniform with variance 2 / (rows + columns): Glorot and Bengio 2010. shape (rows, columns)."""
    rows, columns = shape
    return uniform(shape, math.sqrt(6.0 / (rows + columns)), rng, dtype)


def orthogonal(shape: Shape, rng: Any, dtype: Any) -> Any:
    """Orthonormal rows or columns, whichever are fewer: Saxe, McClelland and Ganguli 2014.

    The factor Q of a normal matrix, signed so that R has a positive diagonal, as Gram and Schmidt
    leave it: with other signs the distribution would not be uniform (Mezzadri 2007).
    shape (rows, columns).
    """
    rows, columns = shape
    q = rng.standard_normal((max(rows, columns), min(rows, columns))).T.copy()
    orthonormalize(q)
    return xp.ascontiguousarray(q.T if rows >= columns else q, dtype=dtype)


BLOCK = 32  # rows that are made orthogonal to all before them in one product


def orthonormalize(q: Any) -> None:
    """Gram-Schmidt on the rows of q (m, n), m <= n, in place, in blocks.

    Each projection is taken twice, after which rows are orthogonal to rounding (Giraud, Langou and
    Rozloznik 2005). LAPACK would do it too, with other last bits on other processors: the same seed
    would then begin another training run. The kernels' products have the same bits everywhere.
    """
    for first in range(0, len(q), BLOCK):
        block = q[first : first + BLOCK]
        for _ in range(2):
            _remove(block, q[:first])
            for i in range(len(block)):
                row = block[i : i + 1]
                _remove(row, block[:i])
                _remove(row, block[:i])
                row /= math.sqrt(xp.matmul(row, row.T).item())


def _remove(rows: Any, basis: Any) -> None:
    """Subtract from rows their components along an orthonormal basis."""
    if len(basis):
        rows -= xp.matmul(xp.matmul(rows, basis.T), basis)


def recurrent(stack: Stack, init: str, rng: Any, dtype: Any) -> Callable[[StackWeight], Any]:
    """What draws the initial values of each of a stack's weights.

    ``init``:

    - "orthogonal": in each gate an orthogonal R and a Glorot-uniform W; biases 0, but 1 for the
      forget gate of an LSTM that has one, in bias_ih (Jozefowicz et al. 2015). A projection is
      orthogonal; peepholes are normal with deviation 0.1, as in Lasagne.
    - "torch": weights and biases uniform on ±1/sqrt(H), as PyTorch does.
    - "identity": R = 1, W normal with deviation 0.001, biases 0, for RNNs with ReLU: Le, Jaitly
      and Hinton 2015 (arXiv 1504.00941).

    The gains of a layer norm begin at 1 and its shift at 0 in any case.
    """
    if init not in RECURRENT:
        raise ValueError(f"init: expected one of {', '.join(RECURRENT)}; got {init!r:.80}")
    if init == "identity" and stack.gates != 1:
        raise ValueError(
            f"init: 'identity' is for RNN, whose state has no gates; got {spoken(stack.cell)}"
        )
    return partial(_initial, RECURRENT[init], stack, rng, dtype)


def _initial(draw: Any, stack: Stack, rng: Any, dtype: Any, weight: StackWeight) -> Any:
    if weight.kind.name.startswith(("weight_norm", "bias_norm")):
        return xp.full(weight.shape, 0 if weight.kind.is_bias else 1, dtype)
    return draw(stack, rng, dtype, weight)


PEEPHOLE_DEVIATION = 0.1


def _orthogonal_gates(stack: Stack, rng: Any, dtype: Any, weight: StackWeight) -> Any:
    kind, shape = weight.kind, weight.shape
    if kind.is_bias:
        bias = xp.zeros(shape, dtype)
        forget = look_up(stack.cell).gates.find("f")
        if kind.name == "bias_ih" and forget >= 0:
            bias.reshape(kind.blocks, -1)[forget] = 1.0
        return bias
    if kind.columns == "one":
        return normal(shape, PEEPHOLE_DEVIATION, rng, dtype)
    one_block = glorot_uniform if kind.columns == "input" else orthogonal
    block = (shape[0] // kind.blocks, shape[1])
    return xp.concatenate([one_block(block, rng, dtype) for _ in range(kind.blocks)])


def _torch(stack: Stack, rng: Any, dtype: Any, weight: StackWeight) -> Any:
    return uniform(weight.shape, 1.0 / math.sqrt(stack.hidden_size), rng, dtype)


def _identity(stack: Stack, rng: Any, dtype: Any, weight: StackWeight) -> Any:
    if weight.kind.is_bias:
        return xp.zeros(weight.shape, dtype)
    if weight.kind.columns == "output":
        return xp.eye(stack.hidden_size, dtype=dtype)
    return normal(weight.shape, 1e-3, rng, dtype)


RECURRENT = {"orthogonal": _orthogonal_gates, "torch": _torch, "identity": _identity}
