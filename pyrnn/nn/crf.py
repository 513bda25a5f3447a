"""A linear-chain conditional random field over the labels of a sequence."""

from __future__ import annotations

from functools import partial
from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.autograd.operands import as_array
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.arrays import Array
from pyrnn.kernels.scalars import integer
from pyrnn.nn import checks, initializers
from pyrnn.nn.module import Module
from pyrnn.nn.parameter import Parameter
from pyrnn.nn.skeleton import new_parameter

_BOUND = 0.1


class CRF(Module):
    """Scores of transitions between labels, over emissions that a network gives.

    ::

        score(y) = start[y_0] + sum over t of e_t[y_t] + sum over t > 0 of A[y_{t-1}, y_t]
                   + end[y_{N-1}]
        p(y)     = exp score(y) / sum over all paths of exp score

    Lafferty, McCallum and Pereira 2001 (ICML); above a recurrent network: Huang, Xu and Yu 2015,
    Lample et al. 2016 (NAACL). Letters: T time, B batch, C labels, K paths.

    Args:
        num_labels: C.
        allowed: what a tagging scheme allows: (transitions (C, C), from a row to a column, start
            (C,), end (C,)), all bool; None allows everything. What is not allowed counts as minus
            infinity, whatever its parameter says: it has probability and gradient exactly 0.
        dtype: float32 or float64.
        rng: generator or integer seed for the initial values; None takes fresh entropy.

    Parameters:
        transitions: A (C, C); start: (C,); end: (C,). All uniform on ±0.1, as those of the
        pytorch-crf package: small beside emissions, and no two paths tie.

    Call: ``log_likelihood = crf(emissions, labels, lengths=None)``
        emissions: (T, B, C), what a linear layer returns. labels: integers (T, B), each in [0, C).
        lengths: (B,) integers from 0 to T; None takes all T steps. Anything may stand past a
        length.

    Returns ln p(y) (B,), in nats, 0 for a sequence of length 0; the loss is the negative of its
    sum. ``crf.decode`` gives the likeliest labels, ``crf.marginals`` how likely each label is.

    >>> from pyrnn import nn
    >>> crf = nn.CRF(2, rng=0)
    >>> crf.load_state_dict({"transitions": [[0.5, -1], [0, 1]], "start": [0, 0.5], "end": [0, -1]})
    Loaded(missing=[], unexpected=[])
    >>> emissions = [[[1.0, 0.0]], [[0.0, 2.0]]]  # T = 2, B = 1
    >>> crf(emissions, [[0], [1]]).numpy().round(4)
    array([-2.046], dtype=float32)
    >>> labels, scores = crf.decode(emissions)
    >>> labels[:, 0].tolist(), scores.tolist()
    ([1, 1], [2.5])
    """

    def __init__(
        self,
        num_labels: int,
        *,
        allowed: tuple[Any, Any, Any] | None = None,
        dtype: Any = xp.float32,
        rng: initializers.Rng = None,
    ) -> None:
        self.num_labels = C = integer("num_labels", num_labels, least=1)
        checks.room("num_labels", C, C)
        self._forbidden = None if allowed is None else _Forbidden(allowed, C)
        dtype, generator = checks.float_dtype(dtype), initializers.generator(rng)

        def uniform(*shape: int) -> Parameter:
            draw = partial(initializers.uniform, shape, _BOUND, generator, dtype)
            return new_parameter(shape, dtype, draw)

        self.transitions = uniform(C, C)
        self.start = uniform(C)
        self.end = uniform(C)

    def forward(self, emissions: Any, labels: Any, lengths: Any = None) -> Tensor:
        """See the class. TypeError, ValueError: the message names the argument."""
        return functional.crf_log_likelihood(
            self._checked(emissions), labels, *self._scores(), lengths
        )

    def decode(
        self, emissions: Any, lengths: Any = None, best: int | None = None
    ) -> tuple[Array, Array]:
        """The likeliest labels int64 (T, B) and their scores (B,), or those of ``best=K`` paths:
        see `functional.crf_decode`."""
        return functional.crf_decode(self._checked(emissions), *self._scores(), lengths, best)

    def marginals(self, emissions: Any, lengths: Any = None) -> Array:
        """How likely each label is at each step, (T, B, C): see `functional.crf_marginals`."""
        return functional.crf_marginals(self._checked(emissions), *self._scores(), lengths)

    def _checked(self, emissions: Any) -> Tensor:
        e = checks.floats("emissions", emissions, self.transitions.dtype)
        if e.ndim != 3 or e.shape[2] != self.num_labels:
            raise ValueError(
                f"emissions: expected shape (T, B, C) with C = {self.num_labels}; got {e.shape}"
            )
        return e

    def _scores(self) -> tuple[Tensor, Tensor, Tensor]:
        """Transitions, start and end, minus infinity where they are forbidden."""
        scores = self.transitions, self.start, self.end
        if self._forbidden is None:
            return scores
        transitions, start, end = (
            functional.masked_fill(score, forbidden, -xp.inf)
            for score, forbidden in zip(scores, self._forbidden.masks, strict=True)
        )
        return transitions, start, end

    def extra_repr(self) -> str:
        settings = [str(self.num_labels)]
        settings += ["allowed=..."] * (self._forbidden is not None)
        return ", ".join(settings)

    def shape_repr(self) -> str:
        return f"emissions (T, B, {self.num_labels}), labels (T, B) -> ln p (B,)"


class _Forbidden:
    """Where a tagging scheme allows nothing: of transitions (C, C), start (C,) and end (C,)."""

    def __init__(self, allowed: tuple[Any, Any, Any], C: int) -> None:
        if not isinstance(allowed, tuple | list) or len(allowed) != 3:
            raise TypeError(
                "allowed: expected three arrays of bools, of transitions, start and end; got "
                f"{type(allowed).__name__}"
            )
        names = "transitions", "start", "end"
        shapes = ("(C, C)", (C, C)), ("(C,)", (C,)), ("(C,)", (C,))
        masks = []
        for name, array, (letters, shape) in zip(names, allowed, shapes, strict=True):
            mask = as_array(array, name=f"allowed {name}", wanted="bools")
            if mask.dtype != xp.bool_:
                raise TypeError(f"allowed {name}: expected bools; got {mask.dtype}")
            if mask.shape != shape:
                raise ValueError(
                    f"allowed {name}: expected shape {letters} = {shape}; got {mask.shape}"
                )
            masks.append(~mask)
        self.masks = tuple(masks)
