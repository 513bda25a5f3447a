"""What stands here for names that torch.nn.functional has."""

from __future__ import annotations

PACKAGE = {
    "nll_loss": "cross_entropy takes the logits themselves",
    "binary_cross_entropy": "binary_cross_entropy_with_logits takes the logits themselves",
    "one_hot": "numpy.eye(classes)[ids] does it",
    "pad": "pyrnn.data.pad fills sequences up to one length",
    "conv1d": "conv1d_max is one with its maximum over time; no other is here",
    "adaptive_max_pool1d": "pool(y, lengths, 'max') pools over the steps within the lengths",
    "adaptive_avg_pool1d": "pool(y, lengths, 'mean') pools over the steps within the lengths",
    "cat": "it is concatenate",
    "unsqueeze": "it is expand_dims",
    "view": "it is reshape",
    "permute": "it is transpose",
    "abs": "it is absolute",
    "clamp": "it is clip",
    "bmm": "matmul multiplies stacks of matrices too, and x @ y is the same",
    "mm": "it is matmul, or x @ y",
    "amax": "it is max",
    "amin": "it is min",
}
