"""A layer as an ONNX graph of one node, run by ONNX Runtime step by step: states go in and out."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime

from benchmarks.baselines.onnxruntime.recurrent import NODES
from benchmarks.streams.contestants import Contestant
from benchmarks.streams.problem import Data, Problem


def session(problem: Problem, data: Data, threads: int) -> Any:
    """A session of the graph: X (1, B, H), initial_h (1, B, H) ... -> Y_h (1, B, H) ..."""
    kind, order, attributes = NODES[problem.cell]
    W, R, *biases = (
        np.concatenate([np.split(data.weights[f"{name}_l0"], len(order))[k] for k in order])
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    constants = {"W": W[None], "R": R[None], "B": np.concatenate(biases)[None]}
    states = ["h", "c"] if kind == "LSTM" else ["h"]
    names = ["X", *(f"initial_{letter}" for letter in states)]
    node = onnx.helper.make_node(
        kind,
        ["X", *constants, "", *names[1:]],
        ["", *(f"Y_{letter}" for letter in states)],
        hidden_size=problem.H,
        **attributes,
    )
    shape = (1, problem.sessions, problem.H)

    def info(name: str) -> Any:
        return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)

    graph = onnx.helper.make_graph(
        [node],
        "step",
        [info(name) for name in names],
        [info(f"Y_{letter}") for letter in states],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = onnx.helper.make_opsetid("", 14)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


class OnnxStep(Contestant):
    """One session: what the last run returned goes into the next."""

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        self.session = session(problem, data, threads)
        self.names = [given.name for given in self.session.get_inputs()]
        self.begin()

    def given(self) -> list[Any]:
        return list(self.data.x[:, None])

    def begin(self) -> None:
        zeros = np.zeros((1, self.problem.sessions, self.problem.H), np.float32)
        self.states = [zeros] * (len(self.names) - 1)

    def step(self, x: Any) -> Any:
        feeds = dict(zip(self.names, (x, *self.states), strict=True))
        self.states = self.session.run(None, feeds)
        return self.states[0]


class BoundOnnxStep(OnnxStep):
    """The same through `run_with_iobinding`: the states stay where the session has left them."""

    def begin(self) -> None:
        shape = (1, self.problem.sessions, self.problem.H)
        make = onnxruntime.OrtValue.ortvalue_from_numpy
        self.x = np.zeros(shape, np.float32)
        self.y = [
            [make(np.zeros(shape, np.float32)) for _ in self.names[1:]] for _ in range(2)
        ]  # a step reads one of the two and writes the other
        self.bindings = [self._bound(k) for k in range(2)]
        self.turn = 0

    def _bound(self, turn: int) -> Any:
        binding = self.session.io_binding()
        binding.bind_cpu_input("X", self.x)
        for name, before in zip(self.names[1:], self.y[turn], strict=True):
            binding.bind_ortvalue_input(name, before)
        for after, to in zip(self.session.get_outputs(), self.y[1 - turn], strict=True):
            binding.bind_ortvalue_output(after.name, to)
        return binding

    def step(self, x: Any) -> Any:
        self.x[...] = x
        self.session.run_with_iobinding(self.bindings[self.turn])
        self.turn = 1 - self.turn
        return self.y[self.turn][0].numpy()


class OnnxPool(OnnxStep):
    """Many sessions: the states of those that make a step are gathered, and put back."""

    def begin(self) -> None:
        zeros = np.zeros((self.problem.sessions, self.problem.H), np.float32)
        self.states = [zeros.copy() for _ in self.names[1:]]

    def step(self, x: Any) -> Any:
        order = self.data.order
        gathered = (state[order][None] for state in self.states)
        feeds = dict(zip(self.names, (x, *gathered), strict=True))
        found = self.session.run(None, feeds)
        for state, after in zip(self.states, found, strict=True):
            state[order] = after[0]
        return found[0]
