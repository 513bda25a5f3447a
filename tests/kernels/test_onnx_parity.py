"""Forward equals ONNX Runtime's RNN, LSTM and GRU nodes: an oracle that shares no code with us."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyrnn.kernels import native
from pyrnn.kernels.stack import CELLS, Stack

from .problems import Data, Problem, Results, draw, reference_solution, run_forward, tolerances

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

# cell -> (node, its gate blocks in terms of ours, attributes of one direction)
#   ours: LSTM i f g o, GRU r z n;  ONNX: LSTM i o f c, GRU z r h
NODES: dict[str, tuple[str, list[int], dict[str, Any]]] = {
    "rnn_tanh": ("RNN", [0], {"activations": ["Tanh"]}),
    "rnn_relu": ("RNN", [0], {"activations": ["Relu"]}),
    "rnn_sigmoid": ("RNN", [0], {"activations": ["Sigmoid"]}),
    "lstm": ("LSTM", [0, 3, 1, 2], {}),
    "gru": ("GRU", [1, 0, 2], {"linear_before_reset": 1}),
    "gru_reset_before": ("GRU", [1, 0, 2], {"linear_before_reset": 0}),
}


def test_every_cell_has_a_node() -> None:
    assert NODES.keys() == set(CELLS)


def solve_with_onnx(problem: Problem, data: Data) -> Results:
    """What ONNX Runtime makes of one layer: y, h_n and, for an LSTM, c_n."""
    stack, D, H = problem.stack, problem.stack.directions, problem.stack.hidden_size
    operator, order, attributes = NODES[stack.cell]

    def reordered(weight: np.ndarray) -> np.ndarray:
        return np.concatenate([np.split(weight, stack.gates)[gate] for gate in order])

    each = len(data.weights) // D
    sides = [data.weights[d * each : (d + 1) * each] for d in range(D)]
    W, R = (np.stack([reordered(side[n]) for side in sides]) for n in (0, 1))
    feeds = {"X": data.x, "W": W, "R": R}
    if stack.bias:
        biases = [np.concatenate([reordered(side[2]), reordered(side[3])]) for side in sides]
        feeds["B"] = np.stack(biases)
    if data.lengths is not None:
        feeds["sequence_lens"] = data.lengths.astype(np.int32)
    feeds |= {k: v for k, v in (("initial_h", data.h0), ("initial_c", data.c0)) if v is not None}

    inputs = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c"]
    outputs = ["Y", "Y_h", "Y_c"][: 3 if stack.has_cell_state else 2]
    if "activations" in attributes:
        attributes = {"activations": attributes["activations"] * D}
    node = onnx.helper.make_node(
        operator,
        [name if name in feeds else "" for name in inputs[: 7 if operator == "LSTM" else 6]],
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
