"""Layers and losses: modules that hold parameters, with PyTorch's names and layouts."""

from __future__ import annotations

from typing import Any

from pyrnn.kernels.missing_names import missing
from pyrnn.nn.activations import ReLU, Sigmoid, Tanh
from pyrnn.nn.adaptive_softmax import AdaptiveSoftmax
from pyrnn.nn.attention import Attention
from pyrnn.nn.attention_decoder import AttentionDecoder
from pyrnn.nn.attention_pool import AttentionPool
from pyrnn.nn.cell import RecurrentCell
from pyrnn.nn.container import ModuleList, Sequential
from pyrnn.nn.convolution import Conv1dMax
from pyrnn.nn.crf import CRF
from pyrnn.nn.dropout import Dropout
from pyrnn.nn.embedding import Embedding
from pyrnn.nn.foreign_names import PACKAGE
from pyrnn.nn.gru import GRU, GRUCell
from pyrnn.nn.layer_norm import LayerNorm
from pyrnn.nn.linear import Linear
from pyrnn.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, CTCLoss, L1Loss, MSELoss
from pyrnn.nn.lstm import LSTM, LSTMCell
from pyrnn.nn.module import Module
from pyrnn.nn.parameter import Parameter
from pyrnn.nn.recurrent_layer import Recurrent
from pyrnn.nn.rnn import RNN, RNNCell
from pyrnn.nn.saved_state import Loaded
from pyrnn.nn.skeleton import in_skeleton, new_parameter, skeleton

__all__ = [
    "Module",
    "Parameter",
    "RNN",
    "LSTM",
    "GRU",
    "Recurrent",
    "RNNCell",
    "LSTMCell",
    "GRUCell",
    "RecurrentCell",
    "Embedding",
    "Linear",
    "ReLU",
    "Tanh",
    "Sigmoid",
    "LayerNorm",
    "Attention",
    "AttentionDecoder",
    "AttentionPool",
    "Conv1dMax",
    "CRF",
    "AdaptiveSoftmax",
    "Dropout",
    "ModuleList",
    "Sequential",
    "CrossEntropyLoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "MSELoss",
    "L1Loss",
    "Loaded",
    "skeleton",
    "in_skeleton",
    "new_parameter",
]


def __getattr__(name: str) -> Any:
    raise missing(__name__, name, PACKAGE)
