"""Losses as modules. ``reduction`` has no default: a mean and a sum differ in the learning rate
and in the clipping threshold that belong to them, and papers differ in which they use.
"""

from __future__ import annotations

from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.functional.ctc import Impossible, check_impossible
from pyrnn.functional.losses import Reduction, check_label_smoothing, check_reduction
from pyrnn.kernels.scalars import integer
from pyrnn.nn.module import Module


class Loss(Module):
    """Base of the losses.

    Args:
        reduction: "mean", "sum" or "none" (one loss per element).
    """

    def __init__(self, *, reduction: Reduction) -> None:
        check_reduction(reduction)
        self.reduction = reduction

    def extra_repr(self) -> str:
        return f"reduction={self.reduction!r}"


class CrossEntropyLoss(Loss):
    """Softmax and cross-entropy in one: see `functional.cross_entropy`.

    Args:
        weight: weight of each class, or None for 1; "mean" divides by the sum of the weights of
            the targets.
        ignore_index: a target that counts for nothing: padding.
        label_smoothing: from 0 to 1, the share of a target that all classes have in equal parts.
        reduction: "mean", "sum" or "none".
    """

    def __init__(
        self,
        weight: Any = None,
        ignore_index: int = -100,
        *,
        label_smoothing: float = 0.0,
        reduction: Reduction,
    ) -> None:
        super().__init__(reduction=reduction)
        self.weight = weight
        self.ignore_index = ignore_index
        self.label_smoothing = check_label_smoothing(label_smoothing)

    def forward(self, logits: Any, targets: Any) -> Tensor:
        """logits (..., V), targets (...) of class ids -> the loss, in nats."""
        return functional.cross_entropy(
            logits,
            targets,
            weight=self.weight,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            reduction=self.reduction,
        )

    def extra_repr(self) -> str:
        smoothing = f", label_smoothing={self.label_smoothing}" if self.label_smoothing else ""
        return f"{super().extra_repr()}{smoothing}"


class BCEWithLogitsLoss(Loss):
    """Sigmoid and cross-entropy in one: see `functional.binary_cross_entropy_with_logits`.

    Args:
        weight: factor of each loss, or None.
        pos_weight: factor of what the positive class contributes, or None; both broadcast.
        reduction: "mean", "sum" or "none".
    """

    def __init__(self, weight: Any = None, pos_weight: Any = None, *, reduction: Reduction) -> None:
        super().__init__(reduction=reduction)
        self.weight = weight
        self.pos_weight = pos_weight

    def forward(self, logits: Any, targets: Any) -> Tensor:
        """logits and targets (in [0, 1]) of one shape -> the loss, in nats."""
        return functional.binary_cross_entropy_with_logits(
            logits, targets, self.weight, self.pos_weight, reduction=self.reduction
        )


class CTCLoss(Loss):
    """Connectionist temporal classification: see `functional.ctc_loss`.

    Args:
        blank: which class is the blank.
        reduction: "mean" (over sequences), "sum" or "none".
        impossible: "error", "infinite" or "zero": what becomes of a target that its frames cannot
            hold.
    """

    def __init__(
        self, blank: int = 0, reduction: Reduction = "mean", impossible: Impossible = "error"
    ) -> None:
        super().__init__(reduction=reduction)
        self.blank = integer("blank", blank, least=0)
        self.impossible = check_impossible(impossible)

    def forward(
        self, logits: Any, targets: Any, lengths: Any = None, target_lengths: Any = None
    ) -> Tensor:
        """logits (T, B, C), targets (B, L) or a list of B sequences -> the loss, in nats."""
        return functional.ctc_loss(
            logits,
            targets,
            lengths,
            target_lengths,
            blank=self.blank,
            reduction=self.reduction,
            impossible=self.impossible,
        )

    def extra_repr(self) -> str:
        return f"blank={self.blank}, {super().extra_repr()}, impossible={self.impossible!r}"


class MSELoss(Loss):
    """Squared error: see `functional.mse_loss`."""

    def forward(self, predictions: Any, targets: Any) -> Tensor:
        """predictions and targets of one shape -> the loss."""
        return functional.mse_loss(predictions, targets, reduction=self.reduction)


class L1Loss(Loss):
    """Absolute error: see `functional.l1_loss`."""

    def forward(self, predictions: Any, targets: Any) -> Tensor:
        """predictions and targets of one shape -> the loss."""
        return functional.l1_loss(predictions, targets, reduction=self.reduction)
