"""The nouns: names and shapes of weights, and stacks that cannot be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pyrnn.kernels import stack
from pyrnn.kernels.cells import RECURRENCES
from pyrnn.kernels.stack import CELLS, Stack

from .problems import FORMS, stack_of


def test_every_cell_has_a_recurrence() -> None:
    assert set(RECURRENCES) == set(CELLS)


def test_gates_and_cell_states() -> None:
    kinds = {"rnn": 1, "lstm": 4, "lstm_coupled": 3, "gru": 3}
    for cell in CELLS:
        kind = max((kind for kind in kinds if cell.startswith(kind)), key=len)
        assert stack.gates(cell) == kinds[kind]
    lstms = [cell for cell in CELLS if cell.startswith("lstm")]
    assert [cell for cell in CELLS if stack.has_cell_state(cell)] == lstms
    projecting = [cell for cell in lstms if "norm" not in cell]
    assert [cell for cell in CELLS if stack.look_up(cell).projects] == projecting


@pytest.mark.parametrize("cell", CELLS)
def test_what_a_cell_declares_fits_together(cell: str) -> None:
    line = stack.look_up(cell)
    names = [weight.name for weight in line.weights]
    assert len(set(names)) == len(names)
    assert len(set(line.gates)) == len(line.gates)
    blocks = {weight.name: weight.blocks for weight in line.weights}
    assert blocks.pop("weight_peephole", 0) == len(line.peepholes)
    assert blocks.pop("weight_norm_c", 1) == blocks.pop("bias_norm_c", 1) == 1
    assert set(blocks.values()) == {len(line.gates)}
    assert set(line.peepholes) <= set(line.gates)


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


def test_weights_of_a_projected_layer_with_peepholes() -> None:
    stack = Stack("lstm_peephole", 5, 7, 2, bidirectional=True, bias=False, proj_size=3)
    assert dict(zip(stack.weight_names(), stack.weight_shapes(), strict=True)) == {
        f"{name}_l{layer}{suffix}": shape
        for layer, width in [(0, 5), (1, 6)]
        for suffix in ("", "_reverse")
        for name, shape in {
            "weight_ih": (28, width),
            "weight_hh": (28, 3),
            "weight_peephole": (21,),
            "weight_hr": (3, 7),
        }.items()
    }
    assert (stack.state_shape(2), stack.cell_state_shape(2)) == ((4, 2, 3), (4, 2, 7))
    assert (stack.output_shape(9, 2), stack.cells_shape(9, 2)) == ((9, 2, 6), (9, 2, 14))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("layers", "bidirectional"), [(1, False), (3, True)])
def test_sizes_are_those_of_the_list(
    form: str, bias: bool, layers: int, bidirectional: bool
) -> None:
    stack = stack_of(form, 5, 7, layers, bidirectional, bias)
    shapes = stack.weight_shapes()
    assert stack.weight_count == len(shapes) == len(stack.weight_names())
    assert stack.size == sum(math.prod(shape) for shape in shapes)


@pytest.mark.torch
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(
    ("cell", "module", "more"),
    [
        ("lstm", "LSTM", {}),
        ("lstm", "LSTM", {"proj_size": 4}),
        ("gru", "GRU", {}),
        ("rnn_tanh", "RNN", {}),
    ],
)
def test_weights_are_those_of_torch(
    cell: str, module: str, more: dict[str, Any], bidirectional: bool, bias: bool
) -> None:
    torch = pytest.importorskip("torch")
    peer = getattr(torch.nn, module)(5, 7, 3, bias=bias, bidirectional=bidirectional, **more)
    stack = Stack(cell, 5, 7, 3, bidirectional, bias, **more)
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
        ({"proj_size": 7}, ValueError, "^proj_size: expected 0 .* hidden_size = 7; got 7$"),
        ({"proj_size": -1}, ValueError, "^proj_size: .* got -1$"),
        ({"proj_size": 2.0}, TypeError, "^proj_size: expected an integer; got float 2.0$"),
        (
            {"cell": "gru", "proj_size": 3},
            ValueError,
            "^proj_size: expected 0, since a GRU has no projection; got 3$",
        ),
        (
            {"cell": "lstm_norm", "proj_size": 3},
            ValueError,
            "^proj_size: expected 0, since an LSTM with layer norm has no projection; got 3$",
        ),
        ({"dropout": 1.0}, ValueError, r"^dropout: expected a probability in \[0, 1\); got 1.0$"),
        ({"dropout": -0.1}, ValueError, r"^dropout: .* got -0.1$"),
        ({"dropout": float("nan")}, ValueError, r"^dropout: .* got nan$"),
        ({"zoneout": 0.5}, TypeError, "^zoneout: expected a pair, of h and of c; got 0.5$"),
        ({"zoneout": (0.5,)}, TypeError, r"^zoneout: expected a pair, .*; got \(0.5,\)$"),
        ({"zoneout": (0.5, 1.0)}, ValueError, r"^zoneout: .* probability in \[0, 1\); got 1.0$"),
        (
            {"cell": "gru", "zoneout": (0.5, 0.1)},
            ValueError,
            "^zoneout: expected 0 for c, since a GRU has no cell state; got 0.1$",
        ),
        ({"recurrent_dropout": -0.5}, ValueError, r"^recurrent_dropout: .* got -0.5$"),
    ],
)
def test_a_stack_that_cannot_be(
    wrong: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Stack(**{"cell": "lstm", "input_size": 5, "hidden_size": 7, **wrong})


def test_sizes_may_be_numpy_integers() -> None:
    assert Stack("lstm", np.int64(5), np.int32(7)) == Stack("lstm", 5, 7)
