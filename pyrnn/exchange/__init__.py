"""Weights to and from other libraries. None of them needs to be installed.

torch_state.py      from_torch: modules out of a state dict or a .safetensors file
torch_entries.py    the names of a state dict, sorted by layer
torch_layers.py     one layer's entries as a module
torch_file.py       export: a module's weights as a file that PyTorch loads
keras_model.py      from_keras: modules out of a .keras file, an HDF5 file, a model or its arrays
keras_layers.py     one layer's arrays as a module, and back: to_keras
keras_settings.py   which of Keras' settings have their like here
keras_file.py       the layers in a file of Keras'
hdf5.py             arrays out of an HDF5 file, no link followed
dense.py            Dense: a linear layer with an activation
tensor_file.py      safetensors, read and written
floats.py           anything's floating numbers as an array
"""

from __future__ import annotations

from pyrnn.exchange.dense import Dense
from pyrnn.exchange.keras_layers import to_keras
from pyrnn.exchange.keras_model import from_keras
from pyrnn.exchange.torch_file import export
from pyrnn.exchange.torch_state import from_torch

__all__ = ["export", "from_torch", "from_keras", "to_keras", "Dense"]
