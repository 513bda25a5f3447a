"""One recurrent layer in NumPy, as fast as NumPy allows: the "NumPy" of the benchmarks.

What is not part of the recurrence leaves the time loop: one product gives W x for all steps, and
after the loop of backward one product each gives dx, dW and dR. Within the loops only h R^T and
du R remain, on whole batches, with the pointwise part in place. No lengths, one direction;
`pyrnn.kernels.reference` is the version that is written to be read.

    forward(cell, x, h0, c0, weights) -> Trace
    backward(cell, trace, dy, dh_n, dc_n) -> Gradients

x (T, B, I); h0, c0, dh_n, dc_n (B, H); dy (T, B, H); weights W (G H, I), R (G H, H), b_ih, b_hh
(G H), in PyTorch's order of gates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Weights(NamedTuple):
    """PyTorch's four parameters of a layer."""

    W: Array
    R: Array
    b_ih: Array
    b_hh: Array


class Trace(NamedTuple):
    """What forward returns, and what backward needs."""

    x: Array  # (T, B, I)
    weights: Weights
    hs: Array  # (T + 1, B, H): h0, then every output; y is hs[1:], h_n is hs[-1]
    cs: Array | None  # (T + 1, B, H): c0, then every cell state
    gates: Array  # (T, B, G H), after their activations
    q: Array | None  # (T, B, H): R_n h + b_hh_n, for the GRU


class Gradients(NamedTuple):
    """The gradients of every input of forward."""

    x: Array
    h0: Array
    c0: Array | None
    weights: Weights


def sigmoid_(u: Array) -> Array:
    """s(u) in place, as (1 + tanh(u / 2)) / 2: one transcendental function and no overflow."""
    u *= 0.5
    np.tanh(u, out=u)
    u += 1.0
    u *= 0.5
    return u


def relu_(u: Array) -> Array:
    """max(u, 0) in place."""
    return np.maximum(u, 0, out=u)


def tanh_(u: Array) -> Array:
    """tanh(u) in place."""
    return np.tanh(u, out=u)


# name -> (f in place, df written in h = f(u))
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "rnn_tanh": (tanh_, lambda h: 1 - h * h),
    "rnn_relu": (relu_, lambda h: (h > 0).astype(h.dtype)),
    "rnn_sigmoid": (sigmoid_, lambda h: h * (1 - h)),
}


def input_sums(x: Array, W: Array, b: Array) -> Array:
    """W x + b for all steps in one product: (T, B, G H)."""
    T, B, I = x.shape
    u = x.reshape(T * B, I) @ W.T
    u += b
    return u.reshape(T, B, len(W))


def input_gradients(x: Array, W: Array, du: Array) -> tuple[Array, Array, Array]:
    """(dx, dW, db) of u = W x + b for all steps in one product each."""
    T, B, I = x.shape
    rows = du.reshape(T * B, len(W))
    dx = (rows @ W).reshape(T, B, I)
    return dx, rows.T @ x.reshape(T * B, I), rows.sum(axis=0)


def states(x: Array, h0: Array) -> Array:
    """Room for h at every step, starting with h0: (T + 1, B, H)."""
    hs = np.empty((len(x) + 1, *h0.shape), x.dtype)
    hs[0] = h0
    return hs


def elman_forward(cell: str, x: Array, h0: Array, c0: Array | None, weights: Weights) -> Trace:
    """h' = f(W x + b_ih + R h + b_hh)"""
    W, R, b_ih, b_hh = weights
    f, _ = ACTIVATIONS[cell]
    u = input_sums(x, W, b_ih + b_hh)
    hs, Rt = states(x, h0), np.ascontiguousarray(R.T)
    for t in range(len(x)):
        np.matmul(hs[t], Rt, out=hs[t + 1])
        hs[t + 1] += u[t]
        f(hs[t + 1])
    return Trace(x, weights, hs, None, hs[1:], None)


def elman_backward(cell: str, trace: Trace, dy: Array, dh: Array, dc: Array | None) -> Gradients:
    """Back-propagation through elman_forward."""
    x, (W, R, _, _), hs, _, _, _ = trace
    du = ACTIVATIONS[cell][1](hs[1:])
    for t in reversed(range(len(x))):
        du[t] *= dh + dy[t]
        dh = du[t] @ R
    dx, dW, db = input_gradients(x, W, du)
    _, dR, _ = input_gradients(hs[:-1], R, du)
    return Gradients(dx, dh, None, Weights(dW, dR, db, db.copy()))


def lstm_forward(cell: str, x: Array, h0: Array, c0: Array | None, weights: Weights) -> Trace:
    """i, f, o = s(u_i), s(u_f), s(u_o)   g = tanh(u_g)   c' = f c + i g   h' = o tanh(c')"""
    assert c0 is not None
    W, R, b_ih, b_hh = weights
    H = R.shape[1]
    gates = input_sums(x, W, b_ih + b_hh)
    hs, cs, Rt = states(x, h0), states(x, c0), np.ascontiguousarray(R.T)
    for t in range(len(x)):
        u = gates[t]
        u += hs[t] @ Rt
        sigmoid_(u[:, : 2 * H])
        tanh_(u[:, 2 * H : 3 * H])
        sigmoid_(u[:, 3 * H :])
        i, f, g, o = np.split(u, 4, axis=1)
        np.multiply(f, cs[t], out=cs[t + 1])
        cs[t + 1] += i * g
        np.tanh(cs[t + 1], out=hs[t + 1])
        hs[t + 1] *= o
    return Trace(x, weights, hs, cs, gates, None)


def lstm_backward(cell: str, trace: Trace, dy: Array, dh: Array, dc: Array | None) -> Gradients:
    """Back-propagation through lstm_forward."""
    x, (W, R, _, _), hs, cs, gates, _ = trace
    assert dc is not None
    assert cs is not None
    i, f, g, o = np.split(gates, 4, axis=2)  # (T, B, H)
    tanh_c = np.tanh(cs[1:])
    do = tanh_c * o * (1 - o)  # of u_o, by dh; the next ones by dc
    dc_h = o * (1 - tanh_c * tanh_c)
    di, df, dg = g * i * (1 - i), cs[:-1] * f * (1 - f), i * (1 - g * g)
    du = np.stack([di, df, dg, do], axis=2)  # (T, B, 4, H)
    for t in reversed(range(len(x))):
        dh = dh + dy[t]
        dc = dc + dh * dc_h[t]
        du[t, :, :3] *= dc[:, None]
        du[t, :, 3] *= dh
        dh = du[t].reshape(len(dh), -1) @ R
        dc = dc * f[t]
    du = du.reshape(gates.shape)
    dx, dW, db = input_gradients(x, W, du)
    _, dR, _ = input_gradients(hs[:-1], R, du)
    return Gradients(dx, dh, dc, Weights(dW, dR, db, db.copy()))


def gru_forward(cell: str, x: Array, h0: Array, c0: Array | None, weights: Weights) -> Trace:
    """r, z = s(u_r), s(u_z)   n = tanh(W_n x + b_ih_n + r q)   q = R_n h + b_hh_n
    h' = (1 - z) n + z h
    """
    W, R, b_ih, b_hh = weights
    H = R.shape[1]
    gates = input_sums(x, W, b_ih)
    hs, q_n, Rt = states(x, h0), np.empty((*x.shape[:2], H), x.dtype), np.ascontiguousarray(R.T)
    for t in range(len(x)):
        q = hs[t] @ Rt
        q += b_hh
        q_n[t] = q[:, 2 * H :]
        rz, n = gates[t, :, : 2 * H], gates[t, :, 2 * H :]
        rz += q[:, : 2 * H]
        sigmoid_(rz)
        n += rz[:, :H] * q_n[t]
        tanh_(n)
        np.subtract(hs[t], n, out=hs[t + 1])  # h' = n + z (h - n)
        hs[t + 1] *= rz[:, H:]
        hs[t + 1] += n
    return Trace(x, weights, hs, None, gates, q_n)


def gru_backward(cell: str, trace: Trace, dy: Array, dh: Array, dc: Array | None) -> Gradients:
    """Back-propagation through gru_forward."""
    x, (W, R, _, _), hs, _, gates, q_n = trace
    assert q_n is not None
    r, z, n = np.split(gates, 3, axis=2)  # (T, B, H)
    dn = (1 - z) * (1 - n * n)  # of u_n, by dh
    dq = np.stack([dn * q_n * r * (1 - r), (hs[:-1] - n) * z * (1 - z), dn * r], axis=2)
    for t in reversed(range(len(x))):
        dh = dh + dy[t]
        dq[t] *= dh[:, None]
        dn[t] *= dh
        dh = dq[t].reshape(len(dh), -1) @ R + dh * z[t]
    dq = dq.reshape(gates.shape)
    _, dR, db_hh = input_gradients(hs[:-1], R, dq)
    H = R.shape[1]
    du = dq
    du[..., 2 * H :] = dn
    dx, dW, db_ih = input_gradients(x, W, du)
    return Gradients(dx, dh, None, Weights(dW, dR, db_ih, db_hh))


FORWARD = dict.fromkeys(ACTIVATIONS, elman_forward) | {"lstm": lstm_forward, "gru": gru_forward}
BACKWARD = dict.fromkeys(ACTIVATIONS, elman_backward) | {"lstm": lstm_backward, "gru": gru_backward}
CELLS = tuple(FORWARD)


def forward(cell: str, x: Array, h0: Array, c0: Array | None, weights: Weights) -> Trace:
    """Run one layer of a cell over a batch."""
    return FORWARD[cell](cell, x, h0, c0, weights)


def backward(cell: str, trace: Trace, dy: Array, dh_n: Array, dc_n: Array | None) -> Gradients:
    """The gradients of every input, given those of y, h_n and c_n."""
    return BACKWARD[cell](cell, trace, dy, dh_n, dc_n)
