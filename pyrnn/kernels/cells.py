"""The recurrence of each cell and, right below it, its derivative: plain NumPy, one function each.

A cell function maps (w, x, h, c) of one step to (h', c', backward).

    x   (B, I)     what the layer reads
    h   (B, P)     the output of the step before;  c (B, H) its cell state, None for most cells
    u   (B, G, H)  a gate's sum before its activation; G in the order of PyTorch's weights

w holds the weights of one layer in one direction by their names without the layer, as the cell's
list in `stack.py` declares them: (blocks, rows, columns), or (blocks, rows). A bias that a stack
does not have is zeros. Under recurrent dropout it also holds the factors `mask` (B, P) on what R
multiplies: wherever R stands below, R diag(mask) is meant. backward(dh', dc') returns a
StepGradients. In it, dz stands for the gradient of the loss with respect to z. To add a cell, write
its function and name it in RECURRENCES.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pyrnn.kernels.stack import Array, Cell, Stack, look_up

Weights = dict[str, Array]


class StepGradients(NamedTuple):
    """What a cell's backward returns for one step."""

    x: Array  # (B, I)
    h: Array  # (B, P)
    c: Array | None  # (B, H)
    weights: Weights  # of each weight that the cell has


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


def input_sums(w: Weights, x: Array) -> Array:
    """a = W x + b_ih  (B, G, H)"""
    return affine(w["weight_ih"], w["bias_ih"], x)


def masked(w: Weights, v: Array) -> Array:
    """mask v (B, P): what R multiplies; v itself where nothing is dropped."""
    return v * w["mask"] if "mask" in w else v


def state_sums(w: Weights, h: Array) -> Array:
    """q = R h + b_hh  (B, G, H)"""
    return affine(w["weight_hh"], w["bias_hh"], masked(w, h))


def input_backward(w: Weights, x: Array, da: Array) -> tuple[Array, Weights]:
    """dx and the gradients of W and b_ih."""
    dW, db, dx = affine_backward(w["weight_ih"], x, da)
    return dx, {"weight_ih": dW, "bias_ih": db}


def state_backward(w: Weights, h: Array, dq: Array) -> tuple[Array, Weights]:
    """dh and the gradients of R and b_hh."""
    dR, db, dmh = affine_backward(w["weight_hh"], masked(w, h), dq)
    return masked(w, dmh), {"weight_hh": dR, "bias_hh": db}


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


# What layer norms add to a variance.
EPS = 1e-5


def layer_norm(u: Array) -> tuple[Array, Callable[[Array], Array]]:
    """n = (u - mean u) r,  r = 1 / sqrt(mean (u - mean u)^2 + eps),  over all but the first axis;
    and backward: du = r (dn - mean dn - n mean(n dn)).
    """
    axes = tuple(range(1, u.ndim))

    def mean(v: Array) -> Array:
        return v.mean(axis=axes, keepdims=True)

    n = u - mean(u)
    r = 1 / np.sqrt(mean(n * n) + u.dtype.type(EPS))
    n = n * r
    return n, lambda dn: r * (dn - mean(dn) - n * mean(n * dn))


# The gates of which each layer norm of W x or R h takes all units together.
Sets = tuple[slice, ...]


def normed_sums(
    w: Weights, side: str, v: Array, sets: Sets
) -> tuple[Array, Callable[[Array], tuple[Array, Weights]]]:
    """a = gain LN(M v) + b  (B, G, H), and backward from da to dv and the gradients of M, gain, b.

    side: "ih" for W, or "hh" for R.
    """
    M, b, gain = w[f"weight_{side}"], w[f"bias_{side}"], w[f"weight_norm_{side}"]
    operand = masked(w, v) if side == "hh" else v
    u = affine(M, np.zeros_like(b), operand)
    norms = [layer_norm(u[:, gates]) for gates in sets]
    n = np.concatenate([n for n, _ in norms], axis=1)

    def backward(da: Array) -> tuple[Array, Weights]:
        dn = da * gain
        du = np.concatenate(
            [back(dn[:, gates]) for gates, (_, back) in zip(sets, norms, strict=True)], axis=1
        )
        dM, _, dv = affine_backward(M, operand, du)
        return masked(w, dv) if side == "hh" else dv, {
            f"weight_{side}": dM,
            f"bias_{side}": da.sum(axis=0),
            f"weight_norm_{side}": (da * n).sum(axis=0),
        }

    return gain * n + b, backward


def elman(activation: tuple[Callable[[Array], Array], Callable[[Array], Array]]) -> Recurrence:
    """h' = f(W x + b_ih + R h + b_hh)                                        (Elman 1990)"""
    f, df = activation

    def step(w: Weights, x: Array, h: Array, c: Array | None) -> tuple[Array, None, Backward]:
        h_next = f(input_sums(w, x) + state_sums(w, h))[:, 0]

        def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
            du = (dh_next * df(h_next))[:, None]
            dx, dw = input_backward(w, x, du)
            dh, dw_state = state_backward(w, h, du)
            return StepGradients(dx, dh, None, dw | dw_state)

        return h_next, None, backward

    return step


def lstm(cell: Cell) -> Recurrence:
    """i = s(u_i + p_i c)      f = s(u_f + p_f c)      g = tanh(u_g)     u = W x + b_ih + R h + b_hh
    c' = f c + i g             o = s(u_o + p_o c')                       h' = o tanh(c')

    Hochreiter and Schmidhuber 1997, with the forget gate of Gers, Schmidhuber and Cummins 2000.
    The peepholes p are those of Gers and Schmidhuber 2000; a cell without them has no such term.
    Coupled gates: f = 1 - i, in a cell without a block for f (Greff et al. 2017, variant CIFG).
    """
    coupled = "f" not in cell.gates

    def step(w: Weights, x: Array, h: Array, c: Array | None) -> tuple[Array, Array, Backward]:
        assert c is not None
        peepholes = dict(zip(cell.peepholes, w.get("weight_peephole", ()), strict=True))

        def seen(gate: str, v: Array) -> Array | int:
            """p v for a gate (B, H); without a peephole no term, as 0 v would be NaN for inf."""
            return peepholes[gate] * v if gate in peepholes else 0

        u = dict(zip(cell.gates, (input_sums(w, x) + state_sums(w, h)).swapaxes(0, 1), strict=True))
        i = sigmoid(u["i"] + seen("i", c))
        f = 1 - i if coupled else sigmoid(u["f"] + seen("f", c))
        g = np.tanh(u["g"])
        c_next = f * c + i * g
        o = sigmoid(u["o"] + seen("o", c_next))
        tanh_c = np.tanh(c_next)
        h_next = o * tanh_c

        def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
            du_o = dh_next * tanh_c * o * (1 - o)
            dc_next = dc_next + dh_next * o * (1 - tanh_c * tanh_c) + seen("o", du_o)
            di, df = dc_next * g, dc_next * c
            gates = {"g": dc_next * i * (1 - g * g), "o": du_o}
            if coupled:
                di = di - df
            else:
                gates["f"] = df * f * (1 - f)
            gates["i"] = di * i * (1 - i)
            dc = dc_next * f + sum(seen(gate, gates[gate]) for gate in peepholes if gate != "o")
            du = np.stack([gates[gate] for gate in cell.gates], axis=1)
            dx, dw = input_backward(w, x, du)
            dh, dw_state = state_backward(w, h, du)
            dw |= dw_state
            if peepholes:
                sources = [(gates[gate], c_next if gate == "o" else c) for gate in peepholes]
                dw["weight_peephole"] = np.stack([(d * v).sum(axis=0) for d, v in sources])
            return StepGradients(dx, dh, dc, dw)

        return h_next, c_next, backward

    return step


def gru(w: Weights, x: Array, h: Array, c: Array | None) -> tuple[Array, None, Backward]:
    """r, z = s(u_r), s(u_z)                              u_r, u_z = W x + b_ih + R h + b_hh
    n = tanh(W_n x + b_ih_n + r (R_n h + b_hh_n))         h' = (1 - z) n + z h

    Cho et al. 2014 with the reset gate after the product, as in cuDNN and PyTorch.
    """
    a, q = input_sums(w, x), state_sums(w, h)
    r, z = sigmoid(a[:, 0] + q[:, 0]), sigmoid(a[:, 1] + q[:, 1])
    n = np.tanh(a[:, 2] + r * q[:, 2])
    h_next = (1 - z) * n + z * h

    def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
        du_n = dh_next * (1 - z) * (1 - n * n)
        du_r = du_n * q[:, 2] * r * (1 - r)
        du_z = dh_next * (h - n) * z * (1 - z)
        dx, dw = input_backward(w, x, np.stack([du_r, du_z, du_n], axis=1))
        dh, dw_state = state_backward(w, h, np.stack([du_r, du_z, du_n * r], axis=1))
        return StepGradients(dx, dh + dh_next * z, None, dw | dw_state)

    return h_next, None, backward


def gru_reset_before(
    w: Weights, x: Array, h: Array, c: Array | None
) -> tuple[Array, None, Backward]:
    """r, z = s(u_r), s(u_z)                              u_r, u_z = W x + b_ih + R h + b_hh
    n = tanh(W_n x + b_ih_n + R_n (r h) + b_hh_n)         h' = (1 - z) n + z h

    Cho et al. 2014 as first published: the reset gate acts on h, before the product.
    """
    R, b = w["weight_hh"], w["bias_hh"]
    a = input_sums(w, x)
    rz = sigmoid(a[:, :2] + affine(R[:2], b[:2], masked(w, h)))
    r, z = rz[:, 0], rz[:, 1]
    n = np.tanh(a[:, 2:] + affine(R[2:], b[2:], masked(w, r * h)))[:, 0]
    h_next = (1 - z) * n + z * h

    def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
        du_n = dh_next * (1 - z) * (1 - n * n)
        dR_n, db_n, dmrh = affine_backward(R[2:], masked(w, r * h), du_n[:, None])
        drh = masked(w, dmrh)
        du_r = drh * h * r * (1 - r)
        du_z = dh_next * (h - n) * z * (1 - z)
        dR_rz, db_rz, dmh = affine_backward(R[:2], masked(w, h), np.stack([du_r, du_z], axis=1))
        dx, dw = input_backward(w, x, np.stack([du_r, du_z, du_n], axis=1))
        dw |= {
            "weight_hh": np.concatenate([dR_rz, dR_n]),
            "bias_hh": np.concatenate([db_rz, db_n]),
        }
        return StepGradients(dx, masked(w, dmh) + drh * r + dh_next * z, None, dw)

    return h_next, None, backward


def lstm_norm(w: Weights, x: Array, h: Array, c: Array | None) -> tuple[Array, Array, Backward]:
    """u = gain_ih LN(W x) + b_ih + gain_hh LN(R h) + b_hh, each LN over all gates and units
    i, f, o = s(u_i), s(u_f), s(u_o)      g = tanh(u_g)
    c' = f c + i g                        h' = o tanh(gain_c LN(c') + b_c)

    Ba, Kiros and Hinton 2016, supplementary formulas.
    """
    assert c is not None
    gain, b = w["weight_norm_c"][0], w["bias_norm_c"][0]
    a, input_back = normed_sums(w, "ih", x, (slice(0, 4),))
    q, state_back = normed_sums(w, "hh", h, (slice(0, 4),))
    u = (a + q).swapaxes(0, 1)
    i, f, g, o = sigmoid(u[0]), sigmoid(u[1]), np.tanh(u[2]), sigmoid(u[3])
    c_next = f * c + i * g
    n, cell_back = layer_norm(c_next)
    m = np.tanh(gain * n + b)
    h_next = o * m

    def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
        dm = dh_next * o * (1 - m * m)
        dc_next = dc_next + cell_back(gain * dm)
        du_i = dc_next * g * i * (1 - i)
        du_f = dc_next * c * f * (1 - f)
        du_g = dc_next * i * (1 - g * g)
        du_o = dh_next * m * o * (1 - o)
        du = np.stack([du_i, du_f, du_g, du_o], axis=1)
        dx, dw = input_back(du)
        dh, dw_state = state_back(du)
        dw_cell = {
            "weight_norm_c": (dm * n).sum(axis=0)[None],
            "bias_norm_c": dm.sum(axis=0)[None],
        }
        return StepGradients(dx, dh, dc_next * f, dw | dw_state | dw_cell)

    return h_next, c_next, backward


def gru_norm(w: Weights, x: Array, h: Array, c: Array | None) -> tuple[Array, None, Backward]:
    """a = gain_ih LN(W x) + b_ih         q = gain_hh LN(R h) + b_hh
    r, z = s(a_r + q_r), s(a_z + q_z)     n = tanh(a_n + r q_n)      h' = (1 - z) n + z h

    Ba, Kiros and Hinton 2016, supplementary formulas: one LN over r and z together, one over n.
    """
    sets = (slice(0, 2), slice(2, 3))
    a, input_back = normed_sums(w, "ih", x, sets)
    q, state_back = normed_sums(w, "hh", h, sets)
    r, z = sigmoid(a[:, 0] + q[:, 0]), sigmoid(a[:, 1] + q[:, 1])
    n = np.tanh(a[:, 2] + r * q[:, 2])
    h_next = (1 - z) * n + z * h

    def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
        du_n = dh_next * (1 - z) * (1 - n * n)
        du_r = du_n * q[:, 2] * r * (1 - r)
        du_z = dh_next * (h - n) * z * (1 - z)
        dx, dw = input_back(np.stack([du_r, du_z, du_n], axis=1))
        dh, dw_state = state_back(np.stack([du_r, du_z, du_n * r], axis=1))
        return StepGradients(dx, dh + dh_next * z, None, dw | dw_state)

    return h_next, None, backward


def projected(recurrence: Recurrence) -> Recurrence:
    """m, c' = the cell's h' and c'                       h' = W_hr m

    Sak, Senior and Beaufays 2014. m (B, H) stays inside; h' (B, P) is what the next step and the
    next layer read.
    """

    def step(
        w: Weights, x: Array, h: Array, c: Array | None
    ) -> tuple[Array, Array | None, Backward]:
        m, c_next, cell_backward = recurrence(w, x, h, c)
        W_hr = w["weight_hr"][0]  # (P, H)

        def backward(dh_next: Array, dc_next: Array | None) -> StepGradients:
            step = cell_backward(dh_next @ W_hr, dc_next)
            dW_hr = (dh_next.T @ m)[None]
            return step._replace(weights=step.weights | {"weight_hr": dW_hr})

        return m @ W_hr.T, c_next, backward

    return step


RECURRENCES: dict[str, Recurrence] = {
    "rnn_tanh": elman(TANH),
    "rnn_relu": elman(RELU),
    "rnn_sigmoid": elman(SIGMOID),
    "lstm": lstm(look_up("lstm")),
    "lstm_peephole": lstm(look_up("lstm_peephole")),
    "lstm_coupled": lstm(look_up("lstm_coupled")),
    "lstm_coupled_peephole": lstm(look_up("lstm_coupled_peephole")),
    "lstm_norm": lstm_norm,
    "gru": gru,
    "gru_reset_before": gru_reset_before,
    "gru_norm": gru_norm,
}


def recurrence(stack: Stack) -> Recurrence:
    """The recurrence of a stack's layers: that of its cell, and the projection if there is one."""
    cell = RECURRENCES[stack.cell]
    return projected(cell) if stack.proj_size else cell
