"""One step of each optimizer on one array.

Each function changes its arrays in place, except the gradient g, and keeps their dtype. They are
reached through ``pyrnn.kernels.arrays``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def sgd_update(
    p: Array,
    g: Array,
    momentum_buffer: Array | None,
    lr: float,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
    ids: Array | None = None,
) -> None:
    """One step of stochastic gradient descent.

    g' = g + weight_decay p
    b  = momentum b + g'                        b starts at zero
    p -= lr (g' + momentum b  if nesterov, else b)

    momentum_buffer is None where momentum is 0; then p -= lr g'.
    ids: g (N, E) are these rows, distinct and rising, of a gradient that is zero elsewhere; without
    momentum and decay no other row of p is touched.
    """
    if ids is not None and momentum_buffer is None and not weight_decay:
        p[ids] -= lr * g
        return
    g = _whole(p, g, ids)
    if weight_decay:
        g = g + weight_decay * p
    if momentum_buffer is None:
        p -= lr * g
        return
    momentum_buffer *= momentum
    momentum_buffer += g
    p -= lr * (g + momentum * momentum_buffer if nesterov else momentum_buffer)


def rmsprop_update(
    p: Array,
    g: Array,
    square: Array,
    momentum_buffer: Array | None,
    grad_mean: Array | None,
    lr: float,
    alpha: float,
    eps: float,
    momentum: float,
    centered: bool,
    weight_decay: float,
    ids: Array | None = None,
) -> None:
    """One step of RMSprop (Tieleman and Hinton 2012; the centred form: Graves 2013).

    g' = g + weight_decay p
    s  = alpha s + (1 - alpha) g'^2
    a  = alpha a + (1 - alpha) g'               centred only: v = s - a^2; otherwise v = s
    u  = g' / (sqrt(v) + eps)
    b  = momentum b + u ;  p -= lr b            p -= lr u where momentum_buffer is None

    s, a and b start at zero; ids as in `sgd_update`. ValueError if centred without grad_mean.
    """
    g = _whole(p, g, ids)
    if weight_decay:
        g = g + weight_decay * p
    square *= alpha
    square += (1 - alpha) * (g * g)
    variance = square
    if centered:
        if grad_mean is None:
            raise ValueError("grad_mean: expected an array, as centered is True; got None")
        grad_mean *= alpha
        grad_mean += (1 - alpha) * g
        # Rounding may push s - a^2 below 0 where the gradient hardly varies.
        variance = np.maximum(square - grad_mean * grad_mean, 0)
    update = g / (np.sqrt(variance) + eps)
    if momentum_buffer is None:
        p -= lr * update
        return
    momentum_buffer *= momentum
    momentum_buffer += update
    p -= lr * momentum_buffer


def adam_update(
    p: Array,
    g: Array,
    m: Array,
    v: Array,
    vmax: Array | None,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
    step: int,
    ids: Array | None = None,
) -> None:
    """One step of Adam (Kingma and Ba 2015); of AMSGrad (Reddi et al. 2018) where vmax is given;
    of AdamW (Loshchilov and Hutter 2019) where ``decoupled``.

    g' = g + weight_decay p                     decoupled: p -= lr weight_decay p, and g' = g
    m  = beta1 m + (1 - beta1) g'
    v  = beta2 v + (1 - beta2) g'^2             vmax = max(vmax, v) replaces v below if given
    p -= lr / (1 - beta1^step)  m / (sqrt(v / (1 - beta2^step)) + eps)

    m, v and vmax start at zero, step at 1; ids as in `sgd_update`: the other rows move too, by
    their moments.
    """
    g = _whole(p, g, ids)
    if weight_decay:
        if decoupled:
            p *= 1 - lr * weight_decay
        else:
            g = g + weight_decay * p
    m *= beta1
    m += (1 - beta1) * g
    v *= beta2
    v += (1 - beta2) * (g * g)
    if vmax is not None:
        np.maximum(vmax, v, out=vmax)
    denominator = np.sqrt(v if vmax is None else vmax)
    denominator /= (1 - beta2**step) ** 0.5
    denominator += eps
    p -= (lr / (1 - beta1**step)) * (m / denominator)


def _whole(p: Array, g: Array, ids: Array | None) -> Array:
    """The gradient of all of p, of which g may be some rows."""
    if ids is None:
        return g
    whole = np.zeros_like(p)
    whole[ids] = g
    return whole


def square_norm(x: Array) -> float:
    """The sum of the squares of all elements, added in float64."""
    return float(np.square(x, dtype=np.float64).sum())
