"""A file that PyTorch wrote loads and computes what PyTorch computed; no PyTorch is needed here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from pyrnn import nn

DATA = Path(__file__).parent / "data"  # see the README there


def test_a_torch_lstm_loads_from_its_file_and_gives_its_outputs():
    call = load_file(DATA / "torch_lstm_call.safetensors")
    lstm = nn.LSTM(3, 4, num_layers=2, bidirectional=True, rng=0)
    lstm.load_state_dict(load_file(DATA / "torch_lstm.safetensors"))
    y, (h_n, c_n) = lstm(call["x"], (call["h0"], call["c0"]))
    for name, found in {"y": y, "h_n": h_n, "c_n": c_n}.items():
        # float32: sums of some 12 terms of order 1, through 5 steps and 2 layers
        np.testing.assert_allclose(found.numpy(), call[name], rtol=2e-5, atol=2e-6, err_msg=name)


def test_its_state_dict_has_the_files_names_and_values():
    saved = load_file(DATA / "torch_lstm.safetensors")
    lstm = nn.LSTM(3, 4, num_layers=2, bidirectional=True, rng=0)
    lstm.load_state_dict(saved)
    state = lstm.state_dict()
    assert set(state) == set(saved)
    for name, array in saved.items():
        np.testing.assert_array_equal(state[name], array)
