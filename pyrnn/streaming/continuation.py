"""Sequences that layers go on with by themselves, by the likeliest token at each step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pyrnn.kernels import sessions
from pyrnn.streaming.chain import chain_of


class Continued(NamedTuple):
    """How B sequences went on.

    ids: int64 (U, B), zeros behind each. tokens: int64 (B,), how many each has, the end not among
    them. scores: float64 (B,), ln p of them and of the end, where it came. finished: bool (B,),
    whether it came.
    """

    ids: np.ndarray
    tokens: np.ndarray
    scores: np.ndarray
    finished: np.ndarray


class LastStates:
    """What layers know behind a sequence of ids, step by step.

    layers: as a `Stream` takes them, an Embedding first; the weights are those of now.
    A call on ids int64 (T,) gives the states: of each recurrent layer h (L, 1, P), and c (L, 1, H)
    where there is one. Raises IndexError for an id that is none.
    """

    def __init__(self, layers: Any) -> None:
        self._chain = chain_of(layers).handle

    def __call__(self, ids: np.ndarray) -> list[np.ndarray]:
        return sessions.last_states(self._chain, ids)


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

    def __call__(self, states: list[np.ndarray], most: int) -> Continued:
        """From the states of B sequences: of each recurrent layer h (L, B, P), and c (L, B, H)
        where there is one. most: of tokens, the end among them.

        Raises ValueError for logits that are no numbers.
        """
        found = Continued(
            *sessions.continuations(
                self._chain, states, self._first, self._end, most, self._barred, self._absent
            )
        )
        if not np.isfinite(found.scores).all():
            raise ValueError("logits: expected numbers; got NaN or infinity")
        return found
