"""What stands here for names that torch.optim has, and torch.nn.utils beside it."""

from __future__ import annotations

PACKAGE = {
    "clip_grad_norm_": "it is clip_grad_norm",
    "clip_grad_value_": "it is clip_grad_value",
    "lr_scheduler": "schedules stand in pyrnn.optim itself: StepLR, CosineLR, WarmUp ...",
    "CosineAnnealingLR": "it is CosineLR",
    "ReduceLROnPlateau": "it is ReduceOnPlateau",
    "LinearLR": "it is WarmUp",
    "LambdaLR": "write a Schedule with a rate(count)",
}
