"""Optimizers, learning-rate schedules and gradient clipping, with PyTorch's names and formulas."""

from __future__ import annotations

from typing import Any

from pyrnn.kernels.missing_names import missing
from pyrnn.optim.adam import Adam, AdamW
from pyrnn.optim.clipping import clip_grad_norm, clip_grad_value, grad_norm
from pyrnn.optim.foreign_names import PACKAGE
from pyrnn.optim.optimizer import Optimizer
from pyrnn.optim.plateau import ReduceOnPlateau
from pyrnn.optim.rmsprop import RMSprop
from pyrnn.optim.schedules import CosineLR, ExponentialLR, Schedule, StepLR
from pyrnn.optim.sgd import SGD
from pyrnn.optim.warmup import WarmUp

__all__ = [
    "SGD",
    "RMSprop",
    "Adam",
    "AdamW",
    "Optimizer",
    "StepLR",
    "ExponentialLR",
    "CosineLR",
    "WarmUp",
    "ReduceOnPlateau",
    "Schedule",
    "clip_grad_norm",
    "clip_grad_value",
    "grad_norm",
]


def __getattr__(name: str) -> Any:
    raise missing(__name__, name, PACKAGE)
