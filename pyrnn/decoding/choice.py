"""How the next token is chosen."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pyrnn.kernels import scalars


class Choice(Protocol):
    """logits (B, V) -> ids, int64 (B,)."""

    def __call__(self, logits: np.ndarray) -> np.ndarray: ...


class Greedy:
    """The most probable token; of several, the one with the lowest id."""

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        return np.argmax(checked_logits(logits), axis=-1)


class Sampling:
    """A token drawn from the distribution of `probabilities`.

    rng: where the draws come from: one uniform number a row and call.
    temperature, top_k, top_p: see `probabilities`.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
    ) -> None:
        if not hasattr(rng, "random"):
            raise TypeError(
                f"rng: expected a numpy.random.Generator; got {type(rng).__name__} {rng!r}"
            )
        self.rng = rng
        self.temperature, self.top_k, self.top_p = _checked_settings(temperature, top_k, top_p)

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        p = probabilities(logits, self.temperature, self.top_k, self.top_p)  # (B, V)
        edges = np.cumsum(p, axis=-1)  # (B, V): token v owns [edges[v - 1], edges[v])
        # u < 1 times the last edge stays below it but for rounding: the last possible token is the
        # one where the edges end
        draws = self.rng.random(p.shape[:-1])[..., None] * edges[..., -1:]  # (B, 1)
        ids = np.count_nonzero(edges <= draws, axis=-1)
        last = p.shape[-1] - 1 - np.argmax(p[..., ::-1] > 0, axis=-1)
        return np.minimum(ids, last)


def probabilities(
    logits: np.ndarray,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> np.ndarray:
    """The distribution that is sampled from, float64 (B, V), from logits (B, V).

        p_v = exp((l_v - max l) / temperature) / sum over w of exp((l_w - max l) / temperature)

    temperature: at least 0; below 1 sharper, above 1 flatter. At 0 the token that `Greedy` takes
        has all of it.
    top_k: only the k most probable tokens. top_p: of those, only the fewest most probable ones
        whose share of their probability reaches p (Holtzman et al. 2020, arXiv 1904.09751).
    Of equally probable tokens those with the lower id come first, so exactly k are kept.
    Raises ValueError for settings outside their range and for logits that are nan, TypeError for
    settings and logits that are no real numbers at all.
    """
    temperature, top_k, top_p = _checked_settings(temperature, top_k, top_p)
    p = _softmax(checked_logits(logits).astype(np.float64), temperature)
    if top_k is None and top_p is None:
        return p
    order = np.argsort(-p, axis=-1, kind="stable")  # (B, V) ids by falling probability
    falling = np.take_along_axis(p, order, axis=-1)
    if top_k is not None:
        falling[..., top_k:] = 0.0
        falling = _normalised(falling)
    if top_p is not None and top_p < 1:
        before = np.zeros_like(falling)  # (B, V) the share of all more probable ones
        np.cumsum(falling[..., :-1], axis=-1, out=before[..., 1:])
        falling[before >= top_p] = 0.0
        falling = _normalised(falling)
    kept = np.zeros_like(p)
    np.put_along_axis(kept, order, falling, axis=-1)
    return kept


def _softmax(logits: np.ndarray, temperature: float) -> np.ndarray:
    """The distribution at a temperature, (B, V), from float64 logits (B, V)."""
    if temperature == 0:
        return np.equal(np.arange(logits.shape[-1]), Greedy()(logits)[:, None]).astype(np.float64)
    # The largest is taken off before the division, which may take the others to minus infinity
    with np.errstate(over="ignore"):
        below = (logits - logits.max(axis=-1, keepdims=True)) / temperature
    return _normalised(np.exp(below))


def _normalised(p: np.ndarray) -> np.ndarray:
    return p / p.sum(axis=-1, keepdims=True)


def checked_logits(logits: np.ndarray) -> np.ndarray:
    """Logits of which each row has a largest number; minus infinity forbids a token."""
    logits = checked_rows(logits)
    if not np.isfinite(logits.max(axis=-1)).all():
        raise ValueError(
            "logits: expected a finite largest number in each row; got nan or infinity"
        )
    return logits


def checked_rows(logits: np.ndarray, rows: int | None = None) -> np.ndarray:
    """Logits (B, V) of any values, as float32 or float64. rows: B; default any number.

    Raises TypeError for what are no numbers, ValueError for another shape.
    """
    logits = np.asarray(logits)
    if logits.dtype.kind not in "fiu":
        raise TypeError(f"logits: expected an array of real numbers; got dtype {logits.dtype}")
    if logits.ndim != 2 or logits.shape[-1] == 0:
        raise ValueError(f"logits: expected shape (B, V) with V > 0; got {logits.shape}")
    if rows not in (None, len(logits)):
        raise ValueError(f"logits: expected {rows} rows; got {len(logits)}")
    return logits if logits.dtype in (np.float32, np.float64) else logits.astype(np.float64)


def _checked_settings(
    temperature: float, top_k: int | None, top_p: float | None
) -> tuple[float, int | None, float | None]:
    return (
        scalars.real("temperature", temperature, least=0),
        None if top_k is None else scalars.integer("top_k", top_k, least=1),
        None if top_p is None else scalars.real("top_p", top_p, above=0, most=1),
    )
