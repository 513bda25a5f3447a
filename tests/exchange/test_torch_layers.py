"""What does not fit a layer is refused with the entry's name, its shape, and what was expected."""

from __future__ import annotations

import numpy as np
import pytest

import pyrnn
from pyrnn import nn

I, H = 3, 5


def under(prefix, state):
    return {f"{prefix}.{name}": array for name, array in state.items()}


def some(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype("float32")


def changed(name, value, kind=nn.GRU, **options):
    state = under("rnn", kind(I, H, **options, rng=0).state_dict())
    return {**state, f"rnn.{name}": value} if value is not None else without(state, f"rnn.{name}")


def without(state, *names):
    return {name: array for name, array in state.items() if name not in names}


WRONG = {
    "nothing": ({}, "state: expected entries of layers; got nothing"),
    "a gate too few": (
        changed("weight_hh_l0", some(10, 5)),
        r"rnn.weight_hh_l0: expected shape \(G H, H\), .* got \(10, 5\)",
    ),
    "a vector": (changed("weight_hh_l0", some(15)), r"weight_hh_l0: expected shape .* got \(15,\)"),
    "no units": (changed("weight_hh_l0", some(0, 0)), r"weight_hh_l0: expected .* got \(0, 0\)"),
    "another cell's input": (
        changed("weight_ih_l0", some(20, 3)),
        r"rnn.weight_ih_l0: expected shape \(G H, I\) = \(15, I\) .* got \(20, 3\)",
    ),
    "no input": (changed("weight_ih_l0", some(15, 0)), r"= \(15, I\) .* got \(15, 0\)"),
    "bias": (changed("bias_hh_l0", some(5)), r"rnn.bias_hh_l0: expected shape \(15,\), .* \(5,\)"),
    "one bias": (
        changed("bias_hh_l0", None),
        r"rnn: expected the 4 entries of an GRU .* missing: bias_hh_l0 \(15,\)",
    ),
    "a layer": (
        without(changed("x", None, num_layers=3), *[f"rnn.{kind}_l1" for kind in
                ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]),
        r"expected the 12 entries .* missing: weight_ih_l1 \(15, 5\), .*bias_hh_l1 \(15,\)",
    ),
    "the first layer": (
        without(changed("x", None, num_layers=2), "rnn.weight_hh_l0"),
        "rnn: missing weight_hh_l0 .*beside rnn.weight_ih_l0, ",
    ),
    "half a direction": (
        changed("weight_ih_l0_reverse", some(15, 3)), "missing: weight_hh_l0_reverse"
    ),
    "the second layer's input": (
        changed("weight_ih_l1", some(15, 4), num_layers=2),
        r"rnn.weight_ih_l1: expected shape \(15, 5\), of an GRU .I = 3, H = 5, L = 2, D = 1.; got",
    ),
    "a layer far away": (
        changed("weight_ih_l999999999", some(15, 5)), "layers without gaps .* of layer 999999999"
    ),
    "a number with a zero": (changed("weight_ih_l00", some(15, 3)), "l00: expected no such"),
    "layer and cell": (changed("weight_ih", some(15, 3)), "a cell .*; got both: rnn.weight_ih_l0"),
    "a projection without its weights": (
        changed("weight_hr_l0", some(2, 5), nn.LSTM),
        r"rnn.weight_hr_l0: expected the projection of an LSTM, .*; got \(2, 5\) beside \(20, 5\)",
    ),
    "a projection as wide as the layer": (
        changed("weight_hr_l0", some(5, 5), nn.LSTM), "rnn.weight_hr_l0: expected .* P below H; got"
    ),
    "a projection of a GRU": (
        changed("weight_hr_l0", some(2, 5)), "rnn.weight_hr_l0: expected the projection of an LSTM"
    ),
    "a projection of a cell": (
        under("rnn", {**nn.LSTMCell(I, H, rng=0).state_dict(), "weight_hr": some(2, 5)}),
        r"rnn.weight_hr: expected no projection in a cell, .* \(2, 5\)",
    ),
    "a layer without a projection": (
        changed("weight_hr_l1", None, nn.LSTM, num_layers=2, proj_size=2),
        r"the 10 entries of an LSTM .* P = 2, L = 2, .* missing: weight_hr_l1 \(2, 5\)",
    ),
    "a linear's bias": (
        {"head.weight": some(2, 5), "head.bias": some(5)},
        r"head.bias: expected shape \(2,\) beside head.weight \(2, 5\); got \(5,\)",
    ),
    "no rows": ({"head.weight": some(0, 5), "head.bias": some(0)}, "head.weight: expected at l"),
    "a lone matrix": (
        {"decoder.weight": some(9, 5)},
        r"decoder.weight: expected to be told .* \(9, 5\) .* kinds=.'decoder': 'Embedding'.",
    ),
    "a foreign entry": (changed("weight_g", some(4)), r"alone; got rnn.weight_g \(4,\) .strict=F"),
    "a bias alone": ({"head.bias": some(5)}, r"alone; got head.bias \(5,\)"),
    "list in the dict": ({"rnn.weight_ih_l0": [1.0]}, "rnn: missing weight_hh_l0"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_named(case):
    state, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        pyrnn.from_torch(state)


@pytest.mark.parametrize("dtype", ["int64", "bool", "complex64"])
def test_entries_that_hold_no_floats(dtype):
    state = changed("bias_hh_l0", np.zeros(15, dtype))
    with pytest.raises(TypeError, match=rf"rnn.bias_hh_l0: expected floats .* {dtype} of shape"):
        pyrnn.from_torch(state)
