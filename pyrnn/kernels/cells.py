"""The recurrence of each cell and, right below it, its derivative: plain NumPy, one function each.

A cell function maps (weights, a, h, c) of one step to (h', c', backward).

    a   (B, G, H)  what the input contributes: W x + b_ih
    h   (B, H)     the output of the step before;  c (B, H) its cell state, None for most cells
    u   (B, G, H)  a gate's sum before its activation; G in the order of PyTorch's weights

backward(dh', dc') returns a StepGradients. In it, dz stands for the gradient of the loss with
respect to z. To add a cell, write its function and name it in RECURRENCES.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pyrnn.kernels.stack import Array


class Weights(NamedTuple):
    """One layer in one direction. Without biases, b_ih and b_hh are zeros."""

    W: Array  # (G, H, I), weight_ih; I is D H above the first layer
    R: Array  # (G, H, H), weight_hh
    b_ih: Array  # (G, H)
    b_hh: Array  # (G, H)


class StepGradients(NamedTuple):
    """What a cell's backward returns for one step."""

    a: Array  # (B, G, H)
    R: Array  # (G, H, H)
    b_hh: Array  # (G, H)
    h: Array  # (B, H)
    c: Array | None  # (B, H)


Backward = Callable[[Array, Array | None], StepGradients]
Recurrence = Callable[[Weights, Array, Array, Array | None], tuple[Array, Array | None, Backward]]


def affine(M: Array, b: Array, v: Array) -> Array:
    """M v + b for each gate: M (G, H, K), b (G, H), v (B, K) -> (B, G, H)."""
    G, H, K = M.shape
    return (v @ M.reshape(G * H, K).T).reshape(len(v), G, H) + b


def affine_backward(M: Array, v: Array, du: Array) -> tuple[Array, Array, Array]:
    """The gradients (dM, db, dv) of u = M v + b: dM = du v^T, db = du, dv = M^T du, over rows."""
    G, H, K = M.shape
    rows = du.reshape(len(v), G * H)
    return (rows.T @ v).reshape(G, H, K), du.sum(axis=0), rows @ M.reshape(G * H, K)


def sigmoid(u: Array) -> Array:
    """s(u) = 1 / (1 + exp(-u)), written so that exp never overflows."""
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1, e) / (1 + e)


def relu(u: Array) -> Array:
    """max(u, 0); the derivative at 0 is taken as 0."""
    return np.maximum(u, 0)


# Activation and its derivative, written in its output h.
TANH = (np.tanh, lambda h: 1 - h * h)
RELU = (relu, lambda h: (h > 0).astype(h.dtype))
SIGMOID = (sigmoid, lambda h: h * (1 - h))


def elman(activation: tuple[Callable[[Array], Array], Callable[[Array], Array]]) -> Recurrence:
    """h' = f(W x + b_ih + R h + b_hh)                                        (Elman 1990)"""
    f, df = activation

    def step(w: Weights, a: Array, h: Array, c: Array | None) -> tuple[Array, None, Backward]:
        h_next = f(a + affine(w.R, w.b_hh, h))[:, 0]

        def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
            du = (dh_next * df(h_next))[:, None]
            dR, db_hh, dh = affine_backward(w.R, h, du)
            return StepGradients(du, dR, db_hh, dh, None)

        return h_next, None, backward

    return step


def lstm(w: Weights, a: Array, h: Array, c: Array | None) -> tuple[Array, Array, Backward]:
    """i, f, o = s(u_i), s(u_f), s(u_o)     g = tanh(u_g)     u = W x + b_ih + R h + b_hh
    c' = f c + i g                          h' = o tanh(c')

    Hochreiter and Schmidhuber 1997, with the forget gate of Gers, Schmidhuber and Cummins 2000.
    """
    assert c is not None
    u = a + affine(w.R, w.b_hh, h)
    i, f, g, o = sigmoid(u[:, 0]), sigmoid(u[:, 1]), np.tanh(u[:, 2]), sigmoid(u[:, 3])
    c_next = f * c + i * g
    tanh_c = np.tanh(c_next)
    h_next = o * tanh_c

    def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
        dc_next = dc_next + dh_next * o * (1 - tanh_c * tanh_c)
        du_i = dc_next * g * i * (1 - i)
        du_f = dc_next * c * f * (1 - f)
        du_g = dc_next * i * (1 - g * g)
        du_o = dh_next * tanh_c * o * (1 - o)
        du = np.stack([du_i, du_f, du_g, du_o], axis=1)
        dR, db_hh, dh = affine_backward(w.R, h, du)
        return StepGradients(du, dR, db_hh, dh, dc_next * f)

    return h_next, c_next, backward


def gru(w: Weights, a: Array, h: Array, c: Array | None) -> tuple[Array, None, Backward]:
    """r, z = s(u_r), s(u_z)                              u_r, u_z = W x + b_ih + R h + b_hh
    n = tanh(W_n x + b_ih_n + r (R_n h + b_hh_n))         h' = (1 - z) n + z h

    Cho et al. 2014 with the reset gate after the product, as in cuDNN and PyTorch.
    """
    q = affine(w.R, w.b_hh, h)
    r, z = sigmoid(a[:, 0] + q[:, 0]), sigmoid(a[:, 1] + q[:, 1])
    n = np.tanh(a[:, 2] + r * q[:, 2])
    h_next = (1 - z) * n + z * h

    def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
        du_n = dh_next * (1 - z) * (1 - n * n)
        du_r = du_n * q[:, 2] * r * (1 - r)
        du_z = dh_next * (h - n) * z * (1 - z)
        da = np.stack([du_r, du_z, du_n], axis=1)
        dq = np.stack([du_r, du_z, du_n * r], axis=1)
        dR, db_hh, dh = affine_backward(w.R, h, dq)
        return StepGradients(da, dR, db_hh, dh + dh_next * z, None)

    return h_next, None, backward


def gru_reset_before(
    w: Weights, a: Array, h: Array, c: Array | None
) -> tuple[Array, None, Backward]:
    """r, z = s(u_r), s(u_z)                              u_r, u_z = W x + b_ih + R h + b_hh
    n = tanh(W_n x + b_ih_n + R_n (r h) + b_hh_n)         h' = (1 - z) n + z h

    Cho et al. 2014 as first published: the reset gate acts on h, before the product.
    """
    R_rz, R_n, b_rz, b_n = w.R[:2], w.R[2:], w.b_hh[:2], w.b_hh[2:]
    rz = sigmoid(a[:, :2] + affine(R_rz, b_rz, h))
    r, z = rz[:, 0], rz[:, 1]
    n = np.tanh(a[:, 2:] + affine(R_n, b_n, r * h))[:, 0]
    h_next = (1 - z) * n + z * h

    def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
        du_n = dh_next * (1 - z) * (1 - n * n)
        dR_n, db_n, drh = affine_backward(R_n, r * h, du_n[:, None])
        du_r = drh * h * r * (1 - r)
        du_z = dh_next * (h - n) * z * (1 - z)
        dR_rz, db_rz, dh = affine_backward(R_rz, h, np.stack([du_r, du_z], axis=1))
        return StepGradients(
            a=np.stack([du_r, du_z, du_n], axis=1),
            R=np.concatenate([dR_rz, dR_n]),
            b_hh=np.concatenate([db_rz, db_n]),
            h=dh + drh * r + dh_next * z,
            c=None,
        )

    return h_next, None, backward


RECURRENCES: dict[str, Recurrence] = {
    "rnn_tanh": elman(TANH),
    "rnn_relu": elman(RELU),
    "rnn_sigmoid": elman(SIGMOID),
    "lstm": lstm,
    "gru": gru,
    "gru_reset_before": gru_reset_before,
}
