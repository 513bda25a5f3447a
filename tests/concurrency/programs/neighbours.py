"""One process, several libraries with threads of their own, called in turn and at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from workload import main, train

import pyrnn

ROUNDS = 3
Work = Callable[[int], Any]


def beside(*neighbours: Work) -> None:
    """Each neighbour's work and ours, alone at first, then in turn, then all at once."""
    pyrnn.set_num_threads(3)
    works: list[Work] = [train, *neighbours]
    alone = [[work(seed) for work in works] for seed in range(2)]

    def again(job: tuple[int, int]) -> bool:
        seed, which = job
        got, want = works[which](seed), alone[seed][which]
        if which == 0:
            return got == want  # ours: to the bit
        return np.allclose(got, want, rtol=1e-3, atol=1e-3 * np.abs(want).max())

    jobs = [(n % 2, which) for n in range(ROUNDS) for which in range(len(works))]
    assert all(map(again, jobs)), "in turn"
    with ThreadPoolExecutor(2 * len(works)) as pool:
        assert all(pool.map(again, jobs)), "at once"
    assert all(map(again, jobs)), "in turn again"


def openblas(seed: int) -> np.ndarray:
    """NumPy's matrix product, large enough for all of its threads."""
    a = np.random.default_rng(seed).normal(size=(700, 700)).astype("float32")
    return a @ a


def torch_lstm() -> Work:
    import torch

    torch.set_num_threads(3)

    def work(seed: int) -> np.ndarray:
        torch_rng = torch.Generator().manual_seed(seed)
        lstm = torch.nn.LSTM(32, 64)
        with torch.no_grad():
            for parameter in lstm.parameters():
                parameter.uniform_(-0.1, 0.1, generator=torch_rng)
        y, _ = lstm(torch.randn(30, 16, 32, generator=torch_rng))
        y.square().sum().backward()
        return lstm.weight_hh_l0.grad.numpy()

    return work


def onnx_product() -> Work:
    import onnx
    import onnxruntime

    value = onnx.helper.make_tensor_value_info
    kind = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["A", "B"], ["C"])],
        "product",
        [value("A", kind, [500, 500]), value("B", kind, [500, 500])],
        [value("C", kind, [500, 500])],
    )
    opset = onnx.helper.make_opsetid("", 14)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )

    def work(seed: int) -> np.ndarray:
        a = np.random.default_rng(seed).normal(size=(500, 500)).astype("float32")
        return session.run(["C"], {"A": a, "B": a})[0]

    return work


def numpy_alone() -> None:
    beside(openblas)


def torch_and_numpy() -> None:
    beside(torch_lstm(), openblas)


def onnxruntime_and_numpy() -> None:
    beside(onnx_product(), openblas)


def all_of_them() -> None:
    beside(torch_lstm(), onnx_product(), openblas)


if __name__ == "__main__":
    main(globals())
