"""One layer as an ONNX graph of a single node, run by ONNX Runtime: forward alone."""

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
        self.outputs_of_node = ["Y", "Y_h", "Y_c"][: 2 if data.c0 is None else 3]
        self.feeds: dict[str, np.ndarray] = {"X": data.x}
        if data.lengths is not None:
            self.feeds["sequence_lens"] = data.lengths.astype(np.int32)
        states = {"initial_h": data.h0, "initial_c": data.c0}
        self.feeds |= {name: value for name, value in states.items() if value is not None}
        self.session = onnxruntime.InferenceSession(
            self._graph().SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def _graph(self) -> Any:
        """The model: one node, the weights as initializers."""
        node, order, attributes = NODES[self.problem.cell]
        constants = self._constants(order)
        present = self.feeds.keys() | constants.keys()
        names = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c"]
        inputs = [name if name in present else "" for name in names]
        made = onnx.helper.make_node(
            node,
            inputs if node == "LSTM" else inputs[:-1],
            self.outputs_of_node,
            hidden_size=self.problem.shape.H,
            **attributes,
        )
        infos = [
            onnx.helper.make_tensor_value_info(
                name, onnx.helper.np_dtype_to_tensor_dtype(value.dtype), value.shape
            )
            for name, value in self.feeds.items()
        ]
        results = [
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
            for name in self.outputs_of_node
        ]
        values = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
        graph = onnx.helper.make_graph([made], "layer", infos, results, values)
        opset = onnx.helper.make_opsetid("", 14)
        return onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)

    def _constants(self, order: list[int]) -> dict[str, np.ndarray]:
        """W (1, G H, I), R (1, G H, H), B (1, 2 G H), their gates in ONNX's order."""
        W, R, b_ih, b_hh = (
            np.concatenate([np.split(value, len(order))[gate] for gate in order])
            for value in self.data.weights.values()
        )
        return {"W": W[None], "R": R[None], "B": np.concatenate([b_ih, b_hh])[None]}

    def forward(self) -> Any:
        return self.session.run(self.outputs_of_node, self.feeds)

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        y, *states = self.forward()  # y (T, 1, B, H)
        return dict(zip(("y", "h_n", "c_n"), (y[:, 0], *states), strict=False))
