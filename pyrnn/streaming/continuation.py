"""Sequences that layers read, and go on with by the likeliest token at each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.kernels import native, sessions
from pyrnn.streaming.chain import chain_of

# How a sequence went on: its ids, without the end; ln p of them and of the end, where it came;
# whether it came
Continued = tuple[tuple[int, ...], float, bool]


class LastStates:
    """What layers know behind a sequence of ids, step by step.

    layers: as a `Stream` takes them, an Embedding first; the weights are those of now.
    A call on ids int64 (T, B) and lengths int64 (B,) gives the states behind B sequences: of each
    recurrent layer h (L, B, P), and c (L, B, H) where there is one. Sequences share the threads,
    each is read by itself, and a single one stays on its thread.
    Raises IndexError for an id that is none.
    """

    def __init__(self, layers: Any) -> None:
        self._chain = chain_of(layers).handle

    def __call__(self, ids: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
        return sessions.last_states(self._chain, native.plain(ids), native.plain(lengths))


class Continuation:
    """Layers that read an id and say which one comes next, and read that in turn.

        z_u = layers(y_{u-1}),   y_u = the first v with the largest z_uv that may come
        ln p = sum over u of z_u,y_u - ln sum over v of exp(z_uv)

    layers: as a `Stream` takes them, an Embedding first; as many outputs as there are ids. The
        weights are those of now.
    first: the id that is read before the first token. end: the one that ends a sequence.
    barred: bool (V,), the ids that may not come. absent: bool (V,), those that are impossible:
        their z is minus infinity.
    It does what `pyrnn.decoding.continuations` does with `Greedy()`, to the bit: sequences share
    the threads, each goes its way in one call of the kernels, and a single one stays on its thread.
    Raises TypeError, ValueError as `Stream`, and for other ids than 0 to V - 1.
    """

    def __init__(
        self, layers: Any, *, first: int, end: int, barred: np.ndarray, absent: np.ndarray
    ) -> None:
        chain = chain_of(layers)
        self.dtype = chain.dtype
        self._chain = chain.handle
        self._first, self._end, self._barred, self._absent = first, end, barred, absent
        if chain.vocabulary_size != chain.output_size:
            raise ValueError(
                f"layers: expected as many outputs as ids; got {chain.output_size} for "
                f"{chain.vocabulary_size}"
            )

    def __call__(self, states: list[np.ndarray], most: int) -> list[Continued]:
        """From the states of B sequences: of each recurrent layer h (L, B, P), and c (L, B, H)
        where there is one. most: of tokens, the end among them.

        Raises ValueError for logits that are no numbers.
        """
        return sessions.continuations(
            self._chain, states, self._first, self._end, most, self._barred, self._absent
        )
