"""Gradient clipping: Pascanu, Mikolov and Bengio 2013 (arXiv 1211.5063) by norm, and by value.

What a threshold means depends on the loss: a loss summed over 20 steps has 20 times the gradient of
its mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import real
from pyrnn.optim.groups import entries
from pyrnn.optim.optimizer import Gradient, Trainable, finite, gradient_of


def _gradients(parameters: Iterable[Trainable]) -> list[Gradient]:
    """The gradients that are there, each once: a tied parameter's must not be scaled twice."""
    found = {}
    for position, parameter in enumerate(entries(parameters)):
        try:
            found[id(parameter)] = gradient_of(parameter)
        except AttributeError:
            raise TypeError(
                f"parameters: expected Parameter objects; got {type(parameter).__name__} at "
                f"position {position}"
            ) from None
    return [gradient for gradient in found.values() if gradient is not None]


def _norm(gradients: Iterable[Gradient]) -> float:
    with xp.errstate(over="ignore", invalid="ignore"):  # the caller learns of it from the norm
        squares = [float(xp.square_norm(g.values, g.ids)) for g in gradients]
    return math.sqrt(sum(squares))


def grad_norm(parameters: Iterable[Trainable]) -> float:
    """Euclidean norm of all gradients as one vector, summed in float64; 0 without gradients."""
    return _norm(_gradients(parameters))


def clip_grad_norm(
    parameters: Iterable[Trainable], max_norm: float, *, error_if_nonfinite: bool = True
) -> float:
    """Scale all gradients, in place, by min(1, max_norm / (norm + 1e-6)); norm as in `grad_norm`.

    Args:
        parameters: parameters; those without a gradient are passed over.
        max_norm: > 0; ``math.inf`` measures without clipping.
        error_if_nonfinite: raise when the norm is not finite. Otherwise the norm is returned and
            the gradients stay as they are.

    Returns:
        The norm before clipping.

    Raises:
        FloatingPointError: a gradient holds nan or infinity; it is named by position and shape.
        ValueError: max_norm is not a positive number.
    """
    if max_norm != math.inf:
        max_norm = real("max_norm", max_norm, above=0)
    parameters = list(entries(parameters))
    live = _gradients(parameters)
    norm = _norm(live)
    if not math.isfinite(norm):
        if error_if_nonfinite:
            raise FloatingPointError(_culprit(parameters))
        return norm
    scale = max_norm / (norm + 1e-6)
    if scale < 1.0:
        for gradient in live:
            values = gradient.values
            values *= scale  # in place: each gradient is an array of its own
    return norm


def clip_grad_value(parameters: Iterable[Trainable], clip_value: float) -> None:
    """Limit every element of every gradient, in place, to [-clip_value, clip_value], > 0."""
    limit = real("clip_value", clip_value, above=0)
    for gradient in _gradients(parameters):
        xp.clip(gradient.values, -limit, limit, out=gradient.values)


def _culprit(parameters: list[Trainable]) -> str:
    for index, parameter in enumerate(parameters):
        gradient = gradient_of(parameter)
        if gradient is not None and not finite(gradient.values):
            return (
                f"gradient of parameter {index}: expected finite numbers; got nan or infinity in "
                f"an array of shape {gradient.shape}; no gradient has been changed"
            )
    return "the gradient norm is not finite: the gradients are too large to square in float64"
