"""Differentiable operations on tensors, without state.

    activations.py       softmax, log_softmax, logsumexp, softplus
    linear.py            linear
    layer_norm.py        layer_norm
    lengths.py           mask, masked_softmax: ragged batches
    attention.py         attention: weighted means of a sequence, by queries
    attention_decoder.py attention_decoder: a layer that attends at each step
    convolution.py       conv1d_max: filters over sequences, the largest activation of each
    crf.py               crf_log_likelihood, crf_marginals, crf_decode: labels in sequence
    ctc.py               ctc_loss, ctc_required: targets without alignment
    pooling.py           pool, weighted_sum: one vector for a sequence
    losses.py            cross_entropy, binary_cross_entropy_with_logits, mse_loss, l1_loss
    adaptive_softmax.py  linear_cross_entropy, adaptive_cross_entropy, adaptive_log_softmax
    dropout.py           dropout
    embedding.py         embedding: rows of a table, looked up as late as possible
    recurrent.py         recurrent: a whole stack of layers as one node
    parts.py             the parts of its input, which stand side by side

and, from ``pyrnn.autograd.operations``, what tensors' own operators and methods stand on. Arguments
are tensors, arrays or numbers; results are tensors.
"""

from __future__ import annotations

from typing import Any

from pyrnn.autograd.keywords import numpys_keywords
from pyrnn.autograd.operations import elementwise, reductions, shapes
from pyrnn.autograd.operations.arithmetic import add, divide, multiply, negative, power, subtract
from pyrnn.autograd.operations.elementwise import (
    absolute,
    astype,
    exp,
    log,
    masked_fill,
    maximum,
    minimum,
    relu,
    sigmoid,
    sqrt,
    tanh,
    where,
)
from pyrnn.autograd.operations.indexing import concatenate, getitem, stack, unstack
from pyrnn.autograd.operations.linear_algebra import matmul
from pyrnn.autograd.operations.shapes import broadcast_to, swapaxes, transpose
from pyrnn.functional.activations import log_softmax, logsumexp, softmax, softplus
from pyrnn.functional.adaptive_softmax import (
    adaptive_cross_entropy,
    adaptive_log_softmax,
    linear_cross_entropy,
)
from pyrnn.functional.attention import attention
from pyrnn.functional.attention_decoder import attention_decoder
from pyrnn.functional.convolution import conv1d_max
from pyrnn.functional.crf import crf_decode, crf_log_likelihood, crf_marginals
from pyrnn.functional.ctc import ctc_loss, ctc_required
from pyrnn.functional.dropout import dropout
from pyrnn.functional.embedding import LookupTensor, embedding
from pyrnn.functional.foreign_names import PACKAGE
from pyrnn.functional.layer_norm import layer_norm
from pyrnn.functional.lengths import mask, masked_softmax
from pyrnn.functional.linear import linear
from pyrnn.functional.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    l1_loss,
    mse_loss,
)
from pyrnn.functional.pooling import pool, weighted_sum
from pyrnn.functional.recurrent import recurrent
from pyrnn.kernels.missing_names import missing

# What tensors have as methods of the same names, which know those keywords themselves.
sum = numpys_keywords(reductions.sum)  # noqa: A001
mean = numpys_keywords(reductions.mean)
var = numpys_keywords(reductions.var)
std = numpys_keywords(reductions.std)
max = numpys_keywords(reductions.max)  # noqa: A001
min = numpys_keywords(reductions.min)  # noqa: A001
argmax = numpys_keywords(reductions.argmax)
argmin = numpys_keywords(reductions.argmin)
clip = numpys_keywords(elementwise.clip)
reshape = numpys_keywords(shapes.reshape)
squeeze = numpys_keywords(shapes.squeeze)
expand_dims = numpys_keywords(shapes.expand_dims)
flatten = numpys_keywords(shapes.flatten)
flip = numpys_keywords(shapes.flip)

__all__ = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "power",
    "negative",
    "absolute",
    "exp",
    "log",
    "sqrt",
    "tanh",
    "sigmoid",
    "relu",
    "clip",
    "maximum",
    "minimum",
    "where",
    "masked_fill",
    "astype",
    "matmul",
    "linear",
    "linear_cross_entropy",
    "adaptive_cross_entropy",
    "adaptive_log_softmax",
    "sum",
    "mean",
    "var",
    "std",
    "max",
    "min",
    "argmax",
    "argmin",
    "reshape",
    "transpose",
    "swapaxes",
    "squeeze",
    "expand_dims",
    "flatten",
    "flip",
    "broadcast_to",
    "getitem",
    "concatenate",
    "stack",
    "unstack",
    "softmax",
    "log_softmax",
    "logsumexp",
    "softplus",
    "layer_norm",
    "mask",
    "masked_softmax",
    "attention",
    "attention_decoder",
    "conv1d_max",
    "crf_log_likelihood",
    "crf_marginals",
    "crf_decode",
    "ctc_loss",
    "ctc_required",
    "pool",
    "weighted_sum",
    "cross_entropy",
    "binary_cross_entropy_with_logits",
    "mse_loss",
    "l1_loss",
    "dropout",
    "embedding",
    "LookupTensor",
    "recurrent",
]


def __getattr__(name: str) -> Any:
    raise missing(__name__, name, PACKAGE)
