"""The optimizers as their papers and docstrings write them, in float64 and one line for each
equation: what the library is held against where PyTorch is not at hand.

Each yields the parameter after every step; defaults are those that the optimizers promise.
"""

from __future__ import annotations

import numpy as np


def sgd(p, gradients, lr=1e-3, momentum=0.0, weight_decay=0.0, nesterov=False):
    b = 0.0
    for gradient in gradients:
        g = gradient + weight_decay * p
        b = momentum * b + g
        p = p - lr * (g + momentum * b if nesterov else b)
        yield p


def rmsprop(
    p, gradients, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False
):
    s = a = b = 0.0
    for gradient in gradients:
        g = gradient + weight_decay * p
        s = alpha * s + (1 - alpha) * g**2
        a = alpha * a + (1 - alpha) * g
        d = g / (np.sqrt(s - a**2 if centered else s) + eps)
        b = momentum * b + d
        p = p - lr * b
        yield p


def adam(
    p,
    gradients,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.0,
    amsgrad=False,
    decoupled=False,
):
    m = v = largest = 0.0
    for t, gradient in enumerate(gradients, start=1):
        g = gradient if decoupled else gradient + weight_decay * p
        p = p - lr * weight_decay * p if decoupled else p
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        largest = np.maximum(largest, v)
        m_unbiased = m / (1 - betas[0] ** t)
        v_unbiased = (largest if amsgrad else v) / (1 - betas[1] ** t)
        p = p - lr * m_unbiased / (np.sqrt(v_unbiased) + eps)
        yield p


def adamw(p, gradients, weight_decay=1e-2, **options):
    return adam(p, gradients, weight_decay=weight_decay, decoupled=True, **options)


FORMULAS = {"SGD": sgd, "RMSprop": rmsprop, "Adam": adam, "AdamW": adamw}
