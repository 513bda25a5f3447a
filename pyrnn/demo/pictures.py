"""The demo's two pictures: losses over time, and the gradient on its way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.diagnostics import gradient_norms
from pyrnn.models import LanguageModel, RunResult
from pyrnn.plots import Curve, plot_gradient_flow, plot_learning_curves
from pyrnn.training import StepRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOSSES, GRADIENTS = "losses.png", "gradient-flow.png"
STEPS_BACK = 100
TEXTS = 64  # places of the validation text at which the gradient starts


def draw(
    folder: Path, result: RunResult, baselines: dict[str, float], model: LanguageModel, text: str
) -> list[Path]:
    """Draw both pictures into a folder; returns their paths.

    Raises MissingMatplotlibError where matplotlib is absent.
    """
    untrained = LanguageModel(model.config, model.tokenizer)
    flows = {
        "before training": state_gradient_norms(untrained, text).tolist(),
        "after training": state_gradient_norms(model, text).tolist(),
    }
    drawn: dict[str, Any] = {
        LOSSES: losses(result, baselines),
        GRADIENTS: plot_gradient_flow(
            flows, title="A prediction's gradient, back through the steps before it"
        ),
    }
    for name, axes in drawn.items():
        axes.figure.savefig(folder / name)
    return [folder / name for name in drawn]


def losses(result: RunResult, baselines: dict[str, float]) -> Axes:
    """Training and validation loss over time, beside the baselines."""
    steps = [record for record in result.records if isinstance(record, StepRecord)]
    validations = result.validations
    curves = {
        "training": Curve([r.seconds for r in steps], [r.loss for r in steps]),
        "validation": Curve([r.seconds for r in validations], [r.loss for r in validations]),
    }
    return plot_learning_curves(
        curves, levels=baselines, x_label="seconds of training", y_label="nats a character"
    )


def state_gradient_norms(model: LanguageModel, text: str) -> np.ndarray:
    """How much of the gradient of one prediction reaches the states before it; float64 (T,).

    The loss is that of the last of T tokens, at several places of the text side by side; norms[k]
    is the gradient's norm k steps back. T is STEPS_BACK, or less in a short text.
    """
    ids = model.tokenizer.encode(text)
    steps = min(STEPS_BACK, len(ids) - 1)
    starts = np.linspace(0, len(ids) - steps - 1, TEXTS).astype(int)
    inputs = np.stack([ids[start : start + steps] for start in starts], axis=1)  # (T, B)
    targets = ids[starts + steps]  # (B,)

    def loss(y: Tensor) -> Tensor:  # y (B, H)
        logits = model.network.output(y)  # (B, V)
        return functional.cross_entropy(logits, targets, reduction="mean")

    model.network.eval()
    table = model.network.embedding.weight.numpy()  # (V, E)
    return gradient_norms(model.network.recurrent, table[inputs], loss)
