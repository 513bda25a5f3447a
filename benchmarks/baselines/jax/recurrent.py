"""Layers in JAX: `lax.scan` over time, the whole compiled by `jit`.

W x of all steps is one product before the scan, as in the NumPy baseline. XLA takes as many threads
as its process has cores, so this one runs in a process of its own, with as many cores as the others
have threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.kernels.contestants import Contestant
from benchmarks.kernels.problem import Data, Problem

Step = Callable[..., Any]


def elman(f: Callable[[Any], Any]) -> Step:
    """h' = f(W x + b_ih + R h + b_hh)"""

    def step(state: Any, u: Any, Rt: Any, b_hh: Any) -> Any:
        return (f(u + state[0] @ Rt + b_hh),)

    return step


def lstm(state: Any, u: Any, Rt: Any, b_hh: Any) -> Any:
    """i, f, o = s(u_i), s(u_f), s(u_o)   g = tanh(u_g)   c' = f c + i g   h' = o tanh(c')"""
    h, c = state
    i, f, g, o = jnp.split(u + h @ Rt + b_hh, 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def gru(state: Any, u: Any, Rt: Any, b_hh: Any) -> Any:
    """r, z = s(u_r), s(u_z)   n = tanh(u_n + r q)   q = R_n h + b_hh_n   h' = (1 - z) n + z h"""
    (h,) = state
    u_r, u_z, u_n = jnp.split(u, 3, axis=-1)
    q_r, q_z, q_n = jnp.split(h @ Rt + b_hh, 3, axis=-1)
    z = jax.nn.sigmoid(u_z + q_z)
    n = jnp.tanh(u_n + jax.nn.sigmoid(u_r + q_r) * q_n)
    return (n + z * (h - n),)


STEPS: dict[str, Step] = {
    "rnn_tanh": elman(jnp.tanh),
    "rnn_relu": elman(jax.nn.relu),
    "lstm": lstm,
    "gru": gru,
}


def direction(step: Step, mask: Any, reverse: bool, x: Any, state: Any, weights: Any) -> Any:
    """(y, last state) of one layer in one direction; past a length the state stays, y is 0."""
    W, R, b_ih, b_hh = weights
    Rt = R.T

    def body(state: Any, given: Any) -> Any:
        u, valid = given
        new = step(state, u, Rt, b_hh)
        if valid is None:
            return new, new[0]
        kept = tuple(jnp.where(valid, a, b) for a, b in zip(new, state, strict=True))
        return kept, new[0] * valid

    last, y = jax.lax.scan(body, state, (x @ W.T + b_ih, mask), reverse=reverse)
    return y, last


def stack(
    step: Step, mask: Any, layers: int, directions: int, x: Any, states: Any, weights: Any
) -> Any:
    """(y, states): states is (h,) or (h, c), each (L D, B, H); weights is a list of four each."""
    y, last = x, []
    for layer in range(layers):
        outputs = []
        for d in range(directions):
            k = layer * directions + d
            first = tuple(state[k] for state in states)
            found, end = direction(step, mask, d == 1, y, first, weights[4 * k : 4 * k + 4])
            outputs.append(found)
            last.append(end)
        y = jnp.concatenate(outputs, axis=-1)
    return y, tuple(jnp.stack(parts) for parts in zip(*last, strict=True))


class JaxLayer(Contestant):
    """Lengths are a mask within the scan."""

    cells = tuple(STEPS)

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        given = [data.h0] if data.c0 is None else [data.h0, data.c0]
        self.given = (
            jnp.asarray(data.x),
            tuple(jnp.asarray(value) for value in given),
            [jnp.asarray(value) for value in data.weights.values()],
        )
        self.dy = jnp.asarray(data.dy)
        mask = None if data.lengths is None else jnp.asarray(data.mask)
        run = partial(stack, STEPS[problem.cell], mask, problem.shape.L, problem.shape.D)

        def with_gradients(given: Any, dy: Any) -> Any:
            (y, states), back = jax.vjp(run, *given)
            return y, states, back((dy, jax.tree.map(jnp.zeros_like, states)))

        self.run, self.with_gradients = jax.jit(run), jax.jit(with_gradients)

    def forward(self) -> Any:
        return jax.block_until_ready(self.run(*self.given))

    def training(self) -> Any:
        return jax.block_until_ready(self.with_gradients(self.given, self.dy))

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        y, states, *gradients = getattr(self, task)()
        found = {"y": y, **dict(zip(("h_n", "c_n"), states, strict=False))}
        for dx, dstates, dweights in gradients:
            found |= {"dx": dx, **dict(zip(("dh0", "dc0"), dstates, strict=False))}
            found |= {f"d{n}": v for n, v in zip(self.data.weights, dweights, strict=True)}
        return {name: np.asarray(value) for name, value in found.items()}
