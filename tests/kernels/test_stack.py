"""The nouns: names and shapes of weights, and stacks that cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyrnn.kernels import stack
from pyrnn.kernels.cells import RECURRENCES
from pyrnn.kernels.stack import CELLS, Stack


def test_every_cell_has_a_recurrence() -> None:
    assert set(RECURRENCES) == set(CELLS)


def test_gates_and_cell_states() -> None:
    assert [stack.gates(cell) for cell in CELLS] == [1, 1, 1, 4, 3, 3]
    assert [cell for cell in CELLS if stack.has_cell_state(cell)] == ["lstm"]


def test_weights_of_one_layer() -> None:
    stack = Stack("gru", 5, 7)
    assert stack.weight_names() == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    assert stack.weight_shapes() == [(21, 5), (21, 7), (21,), (21,)]


def test_weights_of_two_layers_in_two_directions_without_biases() -> None:
    stack = Stack("lstm", 5, 7, 2, bidirectional=True, bias=False)
    assert dict(zip(stack.weight_names(), stack.weight_shapes(), strict=True)) == {
        "weight_ih_l0": (28, 5),
        "weight_hh_l0": (28, 7),
        "weight_ih_l0_reverse": (28, 5),
        "weight_hh_l0_reverse": (28, 7),
        "weight_ih_l1": (28, 14),
        "weight_hh_l1": (28, 7),
        "weight_ih_l1_reverse": (28, 14),
        "weight_hh_l1_reverse": (28, 7),
    }


@pytest.mark.torch
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(
    ("cell", "module"), [("lstm", "LSTM"), ("gru", "GRU"), ("rnn_tanh", "RNN")]
)
def test_weights_are_those_of_torch(
    cell: str, module: str, bidirectional: bool, bias: bool
) -> None:
    torch = pytest.importorskip("torch")
    peer = getattr(torch.nn, module)(5, 7, 3, bias=bias, bidirectional=bidirectional)
    stack = Stack(cell, 5, 7, 3, bidirectional, bias)
    assert [(n, tuple(p.shape)) for n, p in peer.named_parameters()] == list(
        zip(stack.weight_names(), stack.weight_shapes(), strict=True)
    )


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"cell": "LSTM"}, ValueError, r"^cell: expected one of rnn_tanh, .*; got 'LSTM'$"),
        ({"input_size": 0}, ValueError, "^input_size: expected at least 1; got 0$"),
        ({"hidden_size": -3}, ValueError, "^hidden_size: expected at least 1; got -3$"),
        ({"num_layers": 0}, ValueError, "^num_layers: expected at least 1; got 0$"),
        ({"hidden_size": 2.0}, TypeError, "^hidden_size: expected an integer; got float 2.0$"),
        ({"num_layers": True}, TypeError, "^num_layers: expected an integer; got bool True$"),
        ({"dropout": 1.0}, ValueError, r"^dropout: expected a probability in \[0, 1\); got 1.0$"),
        ({"dropout": -0.1}, ValueError, r"^dropout: .* got -0.1$"),
        ({"dropout": float("nan")}, ValueError, r"^dropout: .* got nan$"),
    ],
)
def test_a_stack_that_cannot_be(
    wrong: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Stack(**{"cell": "lstm", "input_size": 5, "hidden_size": 7, **wrong})


def test_sizes_may_be_numpy_integers() -> None:
    assert Stack("lstm", np.int64(5), np.int32(7)) == Stack("lstm", 5, 7)
