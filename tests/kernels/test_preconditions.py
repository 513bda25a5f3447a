"""Every wrong argument is refused with an error that names it, what came and what was expected."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from pyrnn.kernels.stack import Lookup, Stack

T, B, I, H, V = 5, 3, 4, 6, 9
LSTM = Stack("lstm", I, H, 2, bidirectional=True)
GRU = Stack("gru", I, H)


def weights(stack: Stack, dtype: str = "float32") -> list[np.ndarray]:
    return [np.zeros(shape, dtype) for shape in stack.weight_shapes()]


def zeros(*shape: int, dtype: str = "float32") -> np.ndarray:
    return np.zeros(shape, dtype)


def changed(index: int, value: Any) -> list[Any]:
    """The LSTM's weights with one of them replaced."""
    given: list[Any] = weights(LSTM)
    given[index] = value
    return given


WRONG_WEIGHTS = [
    (weights(LSTM)[:-1], ValueError, r"^weights: expected 16 arrays \(weight_ih_l0, .*; got 15$"),
    ([], ValueError, r"^weights: expected 16 arrays .*; got 0$"),
    (weights(LSTM, "float16"), TypeError, "^weight_ih_l0: .*float32 or float64; got float16$"),
    (weights(LSTM, "int64"), TypeError, "^weight_ih_l0: .*float32 or float64; got int64$"),
    (changed(0, [[0.0]]), TypeError, "^weight_ih_l0: expected an array; got list$"),
    (changed(1, None), TypeError, r"^weight_hh_l0: expected an array \(G\*H, H\); got NoneType$"),
    (
        changed(1, zeros(4 * H, H, dtype="float64")),
        TypeError,
        "^weight_hh_l0: expected dtype float32; got float64$",
    ),
    (
        changed(0, zeros(I, 4 * H)),
        ValueError,
        r"^weight_ih_l0: expected shape \(G\*H, I\) = \(24, 4\); got \(4, 24\)$",
    ),
    (
        changed(8, zeros(4 * H, I)),
        ValueError,
        r"^weight_ih_l1: expected shape \(G\*H, D\*H\) = \(24, 12\); got \(24, 4\)$",
    ),
    (
        changed(7, zeros(4 * H, 1)),
        ValueError,
        r"^bias_hh_l0_reverse: expected 1 axes \(G\*H,\); got shape \(24, 1\)$",
    ),
    (
        changed(1, zeros(H, 4 * H).T),
        ValueError,
        r"^weight_hh_l0: expected a C-contiguous, aligned array; got strides \(4, 96\)",
    ),
]


@pytest.mark.parametrize(("given", "error", "message"), WRONG_WEIGHTS)
def test_weights(given: Any, error: type[Exception], message: str, kernels: ModuleType) -> None:
    with pytest.raises(error, match=message):
        kernels.pack(LSTM, given)


def unaligned(*shape: int) -> np.ndarray:
    raw = np.zeros(4 * int(np.prod(shape)) + 1, np.uint8)
    return raw[1:].view(np.float32).reshape(shape)


def lookup(ids: Any, table: Any = None, beside: Any = None) -> Lookup:
    return Lookup(ids, zeros(V, I) if table is None else table, beside)


def ids_with(value: int) -> np.ndarray:
    ids = np.zeros((T, B), np.int64)
    ids[4, 2] = value
    return ids


WRONG_CALLS = [
    ({"x": [[[0.0]]]}, TypeError, r"^x: expected an array \(T, B, I\); got list$"),
    ({"x": None}, TypeError, r"^x: expected an array \(T, B, I\); got NoneType$"),
    ({"x": zeros(T, B, I, dtype="float64")}, TypeError, "^x: expected dtype float32; got float64$"),
    ({"x": zeros(T, B, I, dtype="int64")}, TypeError, "^x: expected dtype float32; got int64$"),
    ({"x": zeros(T, B, I, dtype=">f4")}, TypeError, "^x: expected dtype float32; got >f4$"),
    ({"x": zeros(T, I)}, ValueError, r"^x: expected 3 axes \(T, B, I\); got shape \(5, 4\)$"),
    ({"x": zeros(T, B, 7)}, ValueError, "^x: expected last axis I = 4; got 7$"),
    ({"x": zeros(B, T, I).swapaxes(0, 1)}, ValueError, "^x: expected a C-contiguous.*got strides"),
    ({"x": zeros(T, B, 2 * I)[..., ::2]}, ValueError, "^x: expected a C-contiguous"),
    ({"x": unaligned(T, B, I)}, ValueError, "^x: expected a C-contiguous, aligned array"),
    (
        {"h0": zeros(2, B, H)},
        ValueError,
        r"^h0: expected shape \(L\*D, B, H\) = \(4, 3, 6\); got \(2, 3, 6\)$",
    ),
    ({"h0": zeros(4, B, H, dtype="float64")}, TypeError, "^h0: expected dtype float32"),
    ({"c0": zeros(4, 1, H)}, ValueError, r"^c0: expected shape .* \(4, 3, 6\); got \(4, 1, 6\)$"),
    ({"c0": zeros(B, H)}, ValueError, "^c0: expected 3 axes"),
    ({"lengths": [1, 2, 3]}, TypeError, r"^lengths: expected an array \(B,\); got list$"),
    ({"lengths": zeros(B)}, TypeError, "^lengths: expected dtype int64; got float32$"),
    ({"lengths": np.array([1, 2, 3], np.int32)}, TypeError, "^lengths: .* int64; got int32$"),
    ({"lengths": np.array([1, 2])}, ValueError, r"^lengths: expected shape \(B,\) = \(3,\); got"),
    ({"lengths": np.array([[1, 2, 3]])}, ValueError, r"^lengths: expected 1 axes \(B,\)"),
    (
        {"lengths": np.array([5, 6, 0])},
        ValueError,
        "^lengths: expected values from 0 to T = 5; got 6 at row 1$",
    ),
    ({"lengths": np.array([5, 0, -1])}, ValueError, "^lengths: .* got -1 at row 2$"),
    ({"sequences": [0, 1, 2]}, TypeError, r"^sequences: expected an array \(B,\); got list$"),
    ({"sequences": np.zeros(B, np.int32)}, TypeError, "^sequences: .* int64; got int32$"),
    ({"sequences": np.arange(2)}, ValueError, r"^sequences: expected shape \(B,\) = \(3,\); got"),
    (
        {"sequences": np.array([5, 0, -1])},
        ValueError,
        "^sequences: expected numbers from 0 on; got -1 at row 2$",
    ),
    ({"reset": [[True]]}, TypeError, r"^reset: expected an array \(T, B\); got list$"),
    ({"reset": np.zeros((T, B), np.int8)}, TypeError, "^reset: expected dtype bool; got int8$"),
    (
        {"reset": np.zeros((B, T), bool)},
        ValueError,
        r"^reset: expected shape \(T, B\) = \(5, 3\); got \(3, 5\)$",
    ),
    ({"reset": np.zeros((B, T), bool).T}, ValueError, "^reset: expected a C-contiguous"),
    ({"reset": np.zeros(T, bool)}, ValueError, r"^reset: expected 2 axes \(T, B\)"),
    (
        {"return_cells": True, "return_sequences": False},
        ValueError,
        "^return_cells: expected False with return_sequences=False, .*; got True$",
    ),
    ({"recompute": 0}, ValueError, "^recompute: expected True, False, or a number .*; got 0$"),
    ({"recompute": -2}, ValueError, "^recompute: .*; got -2$"),
    ({"recompute": 1.5}, TypeError, "^recompute: .*; got float 1.5$"),
    ({"recompute": None}, TypeError, "^recompute: .*; got NoneType None$"),
    ({"seed": 0.5}, TypeError, "^seed: expected an integer; got float 0.5$"),
    ({"seed": -1}, ValueError, r"^seed: expected an integer in \[0, 2\*\*64\); got -1$"),
    ({"seed": 2**64}, ValueError, r"^seed: .* got 18446744073709551616$"),
    ({"x": lookup([[0]])}, TypeError, r"^ids: expected an array \(T, B\); got list$"),
    (
        {"x": lookup(np.zeros((T, B), np.int32))},
        TypeError,
        "^ids: expected dtype int64; got int32$",
    ),
    ({"x": lookup(np.zeros(T, np.int64))}, ValueError, r"^ids: expected 2 axes \(T, B\)"),
    ({"x": lookup(np.zeros((B, T), np.int64).T)}, ValueError, "^ids: expected a C-contiguous"),
    (
        {"x": lookup(ids_with(9))},
        IndexError,
        "^ids: expected values from 0 to V - 1 = 8; got 9 at step 4 of row 2$",
    ),
    ({"x": lookup(ids_with(-1))}, IndexError, "^ids: .* got -1 at step 4 of row 2$"),
    (
        {"x": lookup(ids_with(-1)), "lengths": np.array([0, 4, 5])},
        IndexError,
        "^ids: .* got -1 at step 4 of row 2$",
    ),
    ({"x": lookup(ids_with(0), zeros(V, 7))}, ValueError, "^table: .* I = 4; got 7$"),
    (
        {"x": lookup(ids_with(0), zeros(V, I, dtype="float64"))},
        TypeError,
        "^table: expected dtype float32; got float64$",
    ),
    ({"x": lookup(ids_with(0), zeros(0, I))}, IndexError, "^ids: .* V - 1 = -1; got 0"),
    (
        {"x": lookup(ids_with(0), zeros(V, I), zeros(T, B, 1))},
        ValueError,
        "^table: expected 1 to I - 1 = 3 columns, since others stand beside them; got 4$",
    ),
    ({"x": lookup(ids_with(0), zeros(V, 0), zeros(T, B, I))}, ValueError, "^table: .*; got 0$"),
    (
        {"x": lookup(ids_with(0), zeros(V, 3), zeros(T, B, 2))},
        ValueError,
        r"^beside: expected shape \(T, B, I - E\) = \(5, 3, 1\); got \(5, 3, 2\)$",
    ),
    ({"x": lookup(ids_with(0), zeros(V, 3), zeros(B, T, 1))}, ValueError, "^beside: .*; got"),
    ({"x": lookup(ids_with(0), zeros(V, 3), zeros(T, B))}, ValueError, "^beside: expected 3 axes"),
    (
        {"x": lookup(ids_with(0), zeros(V, 3), zeros(T, B, 1, dtype="float64"))},
        TypeError,
        "^beside: expected dtype float32; got float64$",
    ),
    (
        {"x": lookup(ids_with(0), zeros(V, 3), zeros(B, T, 1).swapaxes(0, 1))},
        ValueError,
        "^beside: expected a C-contiguous",
    ),
    (
        {"x": lookup(ids_with(0), zeros(V, 3), [[[0.0]]])},
        TypeError,
        r"^beside: expected an array \(T, B, I - E\); got list$",
    ),
    ({"x": lookup(ids_with(9), zeros(V, 3), zeros(T, B, 1))}, IndexError, "^ids: .* got 9 at"),
]


@pytest.mark.parametrize(("wrong", "error", "message"), WRONG_CALLS)
def test_forward(
    wrong: dict[str, Any], error: type[Exception], message: str, kernels: ModuleType
) -> None:
    packed = kernels.pack(LSTM, weights(LSTM))
    with pytest.raises(error, match=message):
        kernels.forward(packed, **{"x": zeros(T, B, I), **wrong})


WRONG_UPSTREAM = [
    ({"dy": zeros(T, B, H)}, ValueError, r"^dy: expected shape \(T, B, D\*H\) = \(5, 3, 12\); got"),
    ({"dy": zeros(T, B, 12, dtype="float64")}, TypeError, "^dy: expected dtype float32"),
    ({"dy": np.broadcast_to(zeros(1), (T, B, 12))}, ValueError, "^dy: expected a C-contiguous"),
    ({"dcells": zeros(T, 1, 12)}, ValueError, r"^dcells: expected shape .*; got \(5, 1, 12\)$"),
    ({"dh_n": zeros(1, B, H)}, ValueError, r"^dh_n: expected shape \(L\*D, B, H\) = \(4, 3, 6\)"),
    ({"dc_n": [0.0]}, TypeError, r"^dc_n: expected an array \(L\*D, B, H\); got list$"),
]


@pytest.mark.parametrize(("wrong", "error", "message"), WRONG_UPSTREAM)
def test_backward(
    wrong: dict[str, Any], error: type[Exception], message: str, kernels: ModuleType
) -> None:
    packed = kernels.pack(LSTM, weights(LSTM))
    workspace = kernels.forward(packed, zeros(T, B, I), save=True).workspace
    with pytest.raises(error, match=message):
        kernels.backward(workspace, **wrong)


def test_no_gradient_arrives_at_what_was_not_returned(kernels: ModuleType) -> None:
    packed = kernels.pack(LSTM, weights(LSTM))
    forward = kernels.forward(packed, zeros(T, B, I), save=True, return_sequences=False)
    message = "^dy: expected None, since the forward call was told return_sequences=False; got nd"
    with pytest.raises(ValueError, match=message):
        kernels.backward(forward.workspace, dy=zeros(T, B, 2 * H))


@pytest.mark.parametrize(("name", "wrong"), [("c0", zeros(1, B, H)), ("return_cells", True)])
def test_forward_of_a_cell_without_c(name: str, wrong: Any, kernels: ModuleType) -> None:
    packed = kernels.pack(GRU, weights(GRU))
    with pytest.raises(
        ValueError, match=f"^{name}: expected nothing, since a GRU has no cell state"
    ):
        kernels.forward(packed, zeros(T, B, I), **{name: wrong})


@pytest.mark.parametrize(("name", "wrong"), [("dc_n", zeros(1, B, H)), ("dcells", zeros(T, B, H))])
def test_backward_of_a_cell_without_c(name: str, wrong: Any, kernels: ModuleType) -> None:
    packed = kernels.pack(GRU, weights(GRU))
    workspace = kernels.forward(packed, zeros(T, B, I), save=True).workspace
    with pytest.raises(
        ValueError, match=f"^{name}: expected nothing, since a GRU has no cell state"
    ):
        kernels.backward(workspace, **{name: wrong})


PROJECTED = Stack("lstm_peephole", I, H, 2, bidirectional=True, proj_size=4)
P = 4
WRONG_PROJECTIONS = [
    ({"h0": zeros(4, B, H)}, r"^h0: expected shape \(L\*D, B, P\) = \(4, 3, 4\); got \(4, 3, 6\)$"),
    ({"c0": zeros(4, B, P)}, r"^c0: expected shape \(L\*D, B, H\) = \(4, 3, 6\); got \(4, 3, 4\)$"),
    ({"dy": zeros(T, B, 12)}, r"^dy: expected shape \(T, B, D\*P\) = \(5, 3, 8\); got"),
    ({"dcells": zeros(T, B, 8)}, r"^dcells: expected shape \(T, B, D\*H\) = \(5, 3, 12\); got"),
    ({"dh_n": zeros(4, B, H)}, r"^dh_n: expected shape \(L\*D, B, P\) = \(4, 3, 4\); got"),
    ({"dc_n": zeros(4, B, P)}, r"^dc_n: expected shape \(L\*D, B, H\) = \(4, 3, 6\); got"),
    (
        {"weight_hh_l0": zeros(4 * H, H)},
        r"^weight_hh_l0: expected shape \(G\*H, P\) = \(24, 4\); got \(24, 6\)$",
    ),
    (
        {"weight_ih_l1": zeros(4 * H, 2 * H)},
        r"^weight_ih_l1: expected shape \(G\*H, D\*P\) = \(24, 8\); got \(24, 12\)$",
    ),
    (
        {"weight_peephole_l0": zeros(4 * H)},
        r"^weight_peephole_l0: expected shape \(3\*H,\) = \(18,\); got \(24,\)$",
    ),
    (
        {"weight_hr_l1_reverse": zeros(H, P)},
        r"^weight_hr_l1_reverse: expected shape \(P, H\) = \(4, 6\); got \(6, 4\)$",
    ),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG_PROJECTIONS)
def test_shapes_with_a_projection(wrong: dict[str, Any], message: str, kernels: ModuleType) -> None:
    given = dict(zip(PROJECTED.weight_names(), weights(PROJECTED), strict=True))
    x = zeros(T, B, I)

    def calls() -> None:
        given.update({name: value for name, value in wrong.items() if name in given})
        packed = kernels.pack(PROJECTED, list(given.values()))
        states = wrong if {"h0", "c0"} & wrong.keys() else {}
        kernels.backward(kernels.forward(packed, x, save=True, **states).workspace, **wrong)

    with pytest.raises(ValueError, match=message):
        calls()
