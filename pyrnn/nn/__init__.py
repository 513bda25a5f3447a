"""Layers and losses: modules that hold parameters, with PyTorch's names and layouts."""

from __future__ import annotations

from pyrnn.nn.adaptive_softmax import AdaptiveSoftmax
from pyrnn.nn.cell import RecurrentCell
from pyrnn.nn.container import ModuleList, Sequential
from pyrnn.nn.dropout import Dropout
from pyrnn.nn.embedding import Embedding
from pyrnn.nn.gru import GRU, GRUCell
from pyrnn.nn.linear import Linear
from pyrnn.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, L1Loss, MSELoss
from pyrnn.nn.lstm import LSTM, LSTMCell
from pyrnn.nn.module import Module
from pyrnn.nn.parameter import Parameter
from pyrnn.nn.recurrent_layer import Recurrent
from pyrnn.nn.rnn import RNN, RNNCell
from pyrnn.nn.skeleton import skeleton

__all__ = [
    "skeleton",
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
    "AdaptiveSoftmax",
    "Dropout",
    "ModuleList",
    "Sequential",
    "CrossEntropyLoss",
    "BCEWithLogitsLoss",
    "MSELoss",
    "L1Loss",
]
