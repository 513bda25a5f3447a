"""Attention over a sequence: Bahdanau et al. 2015, Luong et al. 2015."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.functional.lengths import all_lengths, within
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import integer
from pyrnn.nn import checks, initializers
from pyrnn.nn.linear import Linear
from pyrnn.nn.module import Module
from pyrnn.nn.parameter import Parameter
from pyrnn.nn.skeleton import new_parameter

KINDS = ("additive", "dot", "general")
NAMES = ("kind", "query_size", "memory_size", "size")


def width_of(
    kind: Any, query_size: int, memory_size: int, size: Any, names: tuple[str, ...] = NAMES
) -> int:
    """A, the width of the keys, out of a constructor's arguments; ValueError or TypeError for what
    does not fit. names: what messages call the arguments."""
    kind_name, query_name, memory_name, name = names
    if kind not in KINDS:
        raise ValueError(f"{kind_name}: expected one of {', '.join(KINDS)}; got {kind!r:.80}")
    if kind == "additive":
        return integer(name, query_size if size is None else size, least=1)
    if kind == "dot" and memory_size != query_size:
        raise ValueError(
            f"{memory_name}: expected {query_name} = {query_size} for {kind_name}='dot'; "
            f"got {memory_size}"
        )
    if size is not None and integer(name, size) != memory_size:
        raise ValueError(
            f"{name}: expected None for {kind_name}={kind!r}, whose keys are the memory; got {size}"
        )
    return memory_size


class Attention(Module):
    """Weighted means of the steps of a memory, by how well each fits a query.

    ::

        additive    u_s = v . tanh(W_q h + W_k m_s + b)
        dot         u_s = h . m_s
        general     u_s = (W_q h) . m_s
        a = softmax of u over the steps s within the length,   c = sum over s of a_s m_s

    Additive attention is that of Bahdanau et al. 2015 (arXiv 1409.0473), the others are those of
    Luong et al. 2015 (arXiv 1508.04025).

    Letters: T queries, S steps of the memory, B batch, H width of a query h, E width of a step m of
    the memory, A width of the attention.

    Args:
        query_size, memory_size: H and E; "dot" needs H = E.
        kind: "additive" (default), "dot" or "general".
        size: A of additive attention, None for H. The others have none.
        dtype: float32 or float64.
        rng: generator or integer seed for the initial values; None takes fresh entropy.

    Parameters:
        query_projection.weight: W_q (A, H), in general attention (E, H); in dot none.
        key_projection.weight, key_projection.bias: W_k (A, E) and b (A,), of additive attention.
        weight: v (A,), of additive attention, uniform on ±1/sqrt(A).

    Call: ``context, weights = attention(query, memory, lengths=None, keys=None)``
        query: (T, B, H). memory: (S, B, E), what an encoder returns.
        lengths: (B,) integers from 0 to S, None for S: what stands past them changes nothing.
        keys: what ``attention.keys(memory)`` gives, where it is there already: W_k m + b, or the
            memory itself. It is the same for all queries.

    Returns the context (T, B, E) and the weights (T, B, S), exactly 0 past a length; both are 0 for
    a length of 0.

    >>> import numpy
    >>> from pyrnn import nn
    >>> attention = nn.Attention(4, 6, rng=0)
    >>> context, weights = attention(numpy.ones((2, 1, 4), "f"), numpy.ones((3, 1, 6), "f"), [2])
    >>> context.shape, weights.numpy()[0]
    ((2, 1, 6), array([[0.5, 0.5, 0. ]], dtype=float32))
    """

    query_projection: Linear | None
    key_projection: Linear | None
    weight: Parameter | None

    def __init__(
        self,
        query_size: int,
        memory_size: int,
        kind: str = "additive",
        size: int | None = None,
        *,
        dtype: Any = xp.float32,
        rng: initializers.Rng = None,
    ) -> None:
        self.query_size = integer("query_size", query_size, least=1)
        self.memory_size = integer("memory_size", memory_size, least=1)
        self.size = width_of(kind, self.query_size, self.memory_size, size)
        self.kind = kind
        self.dtype = checks.float_dtype(dtype)
        generator = initializers.generator(rng)
        self.query_projection = self.key_projection = self.weight = None
        if kind != "dot":
            self.query_projection = Linear(
                self.query_size, self.size, bias=False, dtype=self.dtype, rng=generator
            )
        if kind == "additive":
            self.key_projection = Linear(
                self.memory_size, self.size, dtype=self.dtype, rng=generator
            )
            shape, bound = (self.size,), 1.0 / math.sqrt(self.size)
            draw = partial(initializers.uniform, shape, bound, generator, self.dtype)
            self.weight = new_parameter(shape, self.dtype, draw)

    def keys(self, memory: Any, lengths: Any = None) -> Tensor:
        """The keys (S, B, A) of a memory (S, B, E): once for all queries.

        lengths: (B,), where what stands past them may be anything; else it must be finite.
        """
        memory = self.values(memory)
        if self.key_projection is None:
            return memory
        if lengths is not None:  # NaN times a gradient of 0 would be one of the projection
            known = all_lengths(lengths, memory.shape[0], memory.shape[1], "S")
            memory = functional.where(within(known, len(memory))[:, :, None], memory, 0.0)
        return self.key_projection(memory)

    def values(self, memory: Any) -> Tensor:
        """A memory, checked: (S, B, E)."""
        return self._sequence("memory", memory, "S", self.memory_size, "E")

    def given_keys(self, keys: Any, values: Tensor) -> Tensor:
        """Keys from outside, checked: (S, B, A), S and B those of the values."""
        k = self._sequence("keys", keys, "S", self.size, "A")
        if k.shape[:2] != values.shape[:2]:
            raise ValueError(
                f"keys: expected S, B = {values.shape[0]}, {values.shape[1]}, as in memory; "
                f"got shape {k.shape}"
            )
        return k

    def forward(
        self, query: Any, memory: Any, lengths: Any = None, keys: Any = None
    ) -> tuple[Tensor, Tensor]:
        """See the class. TypeError, ValueError: the message names the argument."""
        h = self._sequence("query", query, "T", self.query_size, "H")
        q = h if self.query_projection is None else self.query_projection(h)
        values = self.values(memory)
        if values.shape[1] != h.shape[1]:
            raise ValueError(
                f"memory: expected shape (S, B, E) with B = {h.shape[1]}, as in query; got "
                f"{values.shape}"
            )
        k = self.keys(values, lengths) if keys is None else self.given_keys(keys, values)
        return functional.attention(q, k, values, lengths, weight=self.weight)

    def _sequence(self, name: str, value: Any, steps: str, width: int, letter: str) -> Tensor:
        tensor = checks.floats(name, value, self.dtype)
        if tensor.ndim != 3 or tensor.shape[2] != width:
            raise ValueError(
                f"{name}: expected shape ({steps}, B, {letter}) with {letter} = {width}; "
                f"got {tensor.shape}"
            )
        return tensor

    def extra_repr(self) -> str:
        settings = [str(self.query_size), str(self.memory_size)]
        settings += [f"kind={self.kind!r}"] * (self.kind != "additive")
        settings += [f"size={self.size}"] * (
            self.kind == "additive" and self.size != self.query_size
        )
        settings += [f"dtype={self.dtype}"] * (self.dtype != xp.float32)
        return ", ".join(settings)

    def shape_repr(self) -> str:
        return (
            f"query (T, B, {self.query_size}), memory (S, B, {self.memory_size}) -> "
            f"context (T, B, {self.memory_size}), weights (T, B, S)"
        )
