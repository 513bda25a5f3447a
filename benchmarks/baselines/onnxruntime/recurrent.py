"""Layers as an ONNX graph of one node each, run by ONNX Runtime: forward alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime

from benchmarks.kernels.contestants import Contestant
from benchmarks.kernels.problem import Data, Problem

# cell -> (node, its gate blocks in terms of ours, attributes)
#   ours: LSTM i f g o, GRU r z n;  ONNX: LSTM i o f c, GRU z r h
NODES: dict[str, tuple[str, list[int], dict[str, Any]]] = {
    "rnn_tanh": ("RNN", [0], {"activations": ["Tanh"]}),
    "rnn_relu": ("RNN", [0], {"activations": ["Relu"]}),
    "rnn_sigmoid": ("RNN", [0], {"activations": ["Sigmoid"]}),
    "lstm": ("LSTM", [0, 3, 1, 2], {}),
    "gru": ("GRU", [1, 0, 2], {"linear_before_reset": 1}),
    "gru_reset_before": ("GRU", [1, 0, 2], {"linear_before_reset": 0}),
}


class OnnxLayer(Contestant):
    """Weights stand in the graph, as in an exported model, so that the session may pack them."""

    cells = tuple(NODES)
    tasks = ("forward",)

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.feeds: dict[str, np.ndarray] = {"X": data.x}
        if data.lengths is not None:
            self.feeds["sequence_lens"] = data.lengths.astype(np.int32)
        layers = range(problem.shape.L)
        for letter, states in (("h", data.h0), ("c", data.c0)):
            if states is not None:
                parts = np.split(states, problem.shape.L)  # (D, B, H) each
                self.feeds |= {f"initial_{letter}{n}": parts[n] for n in layers}
        letters = "h" if data.c0 is None else "hc"
        self.states = [f"Y_{letter}{n}" for letter in letters for n in layers]
        self.session = onnxruntime.InferenceSession(
            self._graph().SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def _graph(self) -> Any:
        """The model: a node for each layer, the weights as initializers."""
        nodes, constants, below = [], {}, "X"
        for layer in range(self.problem.shape.L):
            mine = self._constants(layer)
            constants |= mine
            nodes += self._layer(layer, below, list(mine))
            below = f"Y{layer}"
        infos = [
            onnx.helper.make_tensor_value_info(
                name, onnx.helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
            for name, value in self.feeds.items()
        ]
        results = [
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
            for name in (below, *self.states)
        ]
        constants["rows"] = np.array([0, 0, -1])
        values = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
        graph = onnx.helper.make_graph(nodes, "layers", infos, results, values)
        opset = onnx.helper.make_opsetid("", 14)
        return onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)

    def _layer(self, layer: int, below: str, weights: list[str]) -> list[Any]:
        """The nodes of a layer: its output (T, D, B, H) goes on as (T, B, D H)."""
        kind, _, attributes = NODES[self.problem.cell]
        D = self.problem.shape.D
        if D == 2:
            both = {n: v * 2 if n == "activations" else v for n, v in attributes.items()}
            attributes = {**both, "direction": "bidirectional"}
        names = ["sequence_lens", f"initial_h{layer}", f"initial_c{layer}"]
        inputs = [below, *weights, *(name if name in self.feeds else "" for name in names)]
        states = [f"Y_{letter}{layer}" for letter in "hc" if f"Y_{letter}{layer}" in self.states]
        made = onnx.helper.make_node(
            kind,
            inputs if kind == "LSTM" else inputs[:-1],
            [f"all{layer}", *states],
            hidden_size=self.problem.shape.H,
            **attributes,
        )
        order = {"perm": [0, 2, 1, 3]}
        turned = onnx.helper.make_node("Transpose", [f"all{layer}"], [f"turned{layer}"], **order)
        flat = onnx.helper.make_node("Reshape", [f"turned{layer}", "rows"], [f"Y{layer}"])
        return [made, turned, flat]

    def _constants(self, layer: int) -> dict[str, np.ndarray]:
        """W (D, G H, I), R (D, G H, H), B (D, 2 G H), their gates in ONNX's order."""
        order = NODES[self.problem.cell][1]
        found: dict[str, list[np.ndarray]] = {"W": [], "R": [], "B": []}
        for suffix in ("", "_reverse")[: self.problem.shape.D]:
            W, R, b_ih, b_hh = (
                np.concatenate([np.split(self.data.weights[name], len(order))[k] for k in order])
                for name in (
                    f"{kind}_l{layer}{suffix}"
                    for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                )
            )
            for name, value in zip("WRB", (W, R, np.concatenate([b_ih, b_hh])), strict=True):
                found[name].append(value)
        return {f"{name}{layer}": np.stack(values) for name, values in found.items()}

    def forward(self) -> Any:
        return self.session.run(None, self.feeds)

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        y, *states = self.forward()
        L = self.problem.shape.L
        found = {"y": y, "h_n": np.concatenate(states[:L])}
        return found | ({"c_n": np.concatenate(states[L:])} if states[L:] else {})
