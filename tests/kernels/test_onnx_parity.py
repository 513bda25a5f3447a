"""Forward equals ONNX Runtime's RNN, LSTM and GRU nodes: an oracle that shares no code with us."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyrnn.kernels import native
from pyrnn.kernels.stack import CELLS, Stack, look_up

from .problems import Data, Problem, Results, draw, reference_solution, run_forward, tolerances

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

# cell -> (node, its gate blocks in our letters, attributes of one direction). No node projects.
NODES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "rnn_tanh": ("RNN", "h", {"activations": ["Tanh"]}),
    "rnn_relu": ("RNN", "h", {"activations": ["Relu"]}),
    "rnn_sigmoid": ("RNN", "h", {"activations": ["Sigmoid"]}),
    "lstm": ("LSTM", "iofg", {}),
    "lstm_peephole": ("LSTM", "iofg", {}),
    "lstm_coupled": ("LSTM", "iofg", {"input_forget": 1}),
    "lstm_coupled_peephole": ("LSTM", "iofg", {"input_forget": 1}),
    "gru": ("GRU", "zrn", {"linear_before_reset": 1}),
    "gru_reset_before": ("GRU", "zrn", {"linear_before_reset": 0}),
}
PEEPHOLES = "iof"  # the order of ONNX's
UNREAD = 0.75  # what the blocks of a forget gate hold in a node that couples it: anything


def test_every_cell_has_a_node() -> None:
    assert NODES.keys() == {cell for cell in CELLS if "norm" not in cell}  # which ONNX has not


def reordered(weight: np.ndarray, ours: str, theirs: str) -> np.ndarray:
    """The blocks of a weight's rows in ONNX's order, filled up where we have none."""
    blocks = dict(zip(ours, np.split(weight, len(ours)), strict=True))
    unread = np.full_like(next(iter(blocks.values())), UNREAD)
    return np.concatenate([blocks.get(gate, unread) for gate in theirs])


def inputs_of(problem: Problem, data: Data) -> dict[str, np.ndarray]:
    """The inputs of the node for a stack of one layer."""
    stack, cell = problem.stack, look_up(problem.stack.cell)
    order = NODES[stack.cell][1]
    sides: list[dict[str, np.ndarray]] = [{} for _ in range(stack.directions)]
    for n, (weight, array) in enumerate(zip(stack.weights(), data.weights, strict=True)):
        side = sides[n // len(stack.kinds)]
        if weight.kind.name == "weight_peephole":
            side["P"] = reordered(array, cell.peepholes, PEEPHOLES)
        else:
            side[weight.kind.name] = reordered(array, cell.gates, order)
    for side in sides:
        side["W"], side["R"] = side.pop("weight_ih"), side.pop("weight_hh")
        if stack.bias:
            side["B"] = np.concatenate([side.pop("bias_ih"), side.pop("bias_hh")])
    feeds = {"X": data.x} | {name: np.stack([side[name] for side in sides]) for name in sides[0]}
    if data.lengths is not None:
        feeds["sequence_lens"] = data.lengths.astype(np.int32)
    return feeds | {
        k: v for k, v in (("initial_h", data.h0), ("initial_c", data.c0)) if v is not None
    }


def solve_with_onnx(problem: Problem, data: Data) -> Results:
    """What ONNX Runtime makes of one layer: y, h_n and, for an LSTM, c_n."""
    stack, D, H = problem.stack, problem.stack.directions, problem.stack.hidden_size
    operator, _, attributes = NODES[stack.cell]
    feeds = inputs_of(problem, data)

    inputs = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"]
    outputs = ["Y", "Y_h", "Y_c"][: 3 if stack.has_cell_state else 2]
    if "activations" in attributes:
        attributes = {"activations": attributes["activations"] * D}
    node = onnx.helper.make_node(
        operator,
        [name if name in feeds else "" for name in inputs[: 8 if operator == "LSTM" else 6]],
        outputs,
        hidden_size=H,
        direction="bidirectional" if stack.bidirectional else "forward",
        **attributes,
    )
    values = run_node(node, feeds, outputs)
    y = values[0].transpose(0, 2, 1, 3).reshape(stack.output_shape(problem.T, problem.B))
    return dict(zip(("y", "h_n", "c_n"), (y, *values[1:]), strict=False))


def run_node(node: Any, feeds: dict[str, np.ndarray], outputs: list[str]) -> list[np.ndarray]:
    """Run a graph of one node."""
    info = [
        onnx.helper.make_tensor_value_info(
            name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
        )
        for name, array in feeds.items()
    ]
    results = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in outputs
    ]
    graph = onnx.helper.make_graph([node], "cell", info, results)
    opset = onnx.helper.make_opsetid("", 14)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(outputs, feeds)


@pytest.mark.parametrize("cell", NODES)
@pytest.mark.parametrize("H", [7, 33])
@pytest.mark.parametrize(
    ("bidirectional", "lengths", "bias", "states"),
    [
        (False, None, True, False),
        (False, (4, 12, 1, 12, 7), True, True),
        (True, None, False, True),
        (True, (4, 12, 1, 12, 7), True, True),
    ],
)
def test_equals_onnx_runtime(
    cell: str,
    H: int,
    bidirectional: bool,
    lengths: tuple[int, ...] | None,
    bias: bool,
    states: bool,
    isa: str,
) -> None:
    stack = Stack(cell, 5, H, bidirectional=bidirectional, bias=bias)
    problem = Problem(stack, 12, 5, lengths, states)
    data = draw(problem, "float32")
    ours = run_forward(native, problem, data)._asdict()
    bounds = tolerances(problem, "float32")
    for name, theirs in solve_with_onnx(problem, data).items():
        assert theirs.shape == ours[name].shape
        # ONNX Runtime approximates sigmoid and tanh by rational functions, good to some 1e-7 a
        # step rather than to the last bits: a floor of 1e-6 beside twice our own bound.
        error = np.max(np.abs(ours[name] - theirs))
        assert error <= 2 * bounds[name] + 1e-6, f"{name}: {error:.3g}"
        assert np.max(np.abs(reference_solution(problem, "float64")[name])) > 0.1
