"""One direction of one layer over all steps of a batch, and back again: the reference.

A sequence b of length n takes the steps t = 0 .. n-1, in the reverse direction t = n-1 .. 0. At a
step only the sequences that reach it take part; the others keep their state. So a sequence of
length 0 ends in its initial state, and nothing past a length is ever read or written.

A sequence may be cut: reset[t, b] says that step t of sequence b has nothing to do with the steps
before. Then step t, in the reverse direction step t-1, starts from zeros, and no gradient passes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pyrnn.kernels import dropout
from pyrnn.kernels.cells import Backward, Recurrence, Weights, recurrence
from pyrnn.kernels.stack import Array, Stack
from pyrnn.kernels.zoneout import Zone, zoned_out


class Steps(NamedTuple):
    """Which steps a call takes, and what its masks are drawn from."""

    valid: Array  # (T, B) bool: step t is within the length of sequence b
    reset: Array | None  # (T, B) bool: step t of sequence b starts from zeros
    seed: int | None
    sequences: Array  # (B,) int64


class Policy(NamedTuple):
    """What acts on a run beside its cell."""

    factors: Array | None  # (B, P), on what R multiplies
    zones: tuple[Zone, Zone]  # of h and of c; masks are (T, B, P) and (T, B, H)

    def weights(self, w: Weights, rows: Array) -> Weights:
        """The weights as the cell has them for some rows."""
        return w if self.factors is None else w | {"mask": self.factors[rows]}

    def around(self, cell: Recurrence, t: int, rows: Array) -> Recurrence:
        """The recurrence of step t for some rows."""
        h, c = (zone[t, rows] if isinstance(zone, np.ndarray) else zone for zone in self.zones)
        return zoned_out(cell, h, c)


class Step(NamedTuple):
    """One step of one direction, as backward needs it."""

    t: int
    rows: Array  # (N,) the sequences that take part
    cut: Array  # (N, 1) bool: those that started from zeros
    backward: Backward


class Run(NamedTuple):
    """One direction of one layer over all steps."""

    y: Array  # (T, B, P), 0 past a length
    cells: Array | None  # (T, B, H), 0 past a length
    h_n: Array  # (B, P)
    c_n: Array | None  # (B, H)
    steps: list[Step]  # in the order in which they were taken


class Upstream(NamedTuple):
    """The gradients that arrive at one run, each of its own field's shape."""

    dy: Array
    dcells: Array | None
    dh: Array
    dc: Array | None


class RunGradients(NamedTuple):
    """The gradients that leave one run."""

    x: Array  # (T, B, I)
    weights: Weights
    h0: Array  # (B, P)
    c0: Array | None  # (B, H)


def run(stack: Stack, k: int, w: Weights, x: Array, h: Array, c: Array | None, steps: Steps) -> Run:
    """Direction k % D of layer k // D over x (T, B, I), from h (B, P) and c (B, H)."""
    T, B = steps.valid.shape
    cell, policy = recurrence(stack), _policy(stack, k, h.dtype, steps)
    backwards = k % stack.directions == 1
    cuts = _cuts(steps, backwards)
    h, c = h.copy(), None if c is None else c.copy()
    y = np.zeros((T, B, stack.output_size), h.dtype)
    cells = None if c is None else np.zeros((T, B, stack.hidden_size), h.dtype)
    taken = []
    for t in reversed(range(T)) if backwards else range(T):
        rows = np.flatnonzero(steps.valid[t])
        cut = cuts[t, rows, None]
        h_t, c_t = np.where(cut, 0, h[rows]), None if c is None else np.where(cut, 0, c[rows])
        step = policy.around(cell, t, rows)
        h_t, c_t, step_backward = step(policy.weights(w, rows), x[t, rows], h_t, c_t)
        y[t, rows] = h[rows] = h_t
        if c is not None and cells is not None:
            cells[t, rows] = c[rows] = c_t
        taken.append(Step(t, rows, cut, step_backward))
    return Run(y, cells, h, c, taken)


def run_backward(w: Weights, run: Run, upstream: Upstream) -> RunGradients:
    """Back-propagation through time: the steps of a run in the opposite order."""
    T, B, _ = run.y.shape
    dx = np.zeros((T, B, w["weight_ih"].shape[2]), run.y.dtype)
    dw = {name: np.zeros_like(weight) for name, weight in w.items()}
    dh, dc = upstream.dh.copy(), None if upstream.dc is None else upstream.dc.copy()
    for t, rows, cut, step_backward in reversed(run.steps):
        dh_t = dh[rows] + upstream.dy[t, rows]
        dc_t = None if dc is None else dc[rows]
        if dc_t is not None and upstream.dcells is not None:
            dc_t = dc_t + upstream.dcells[t, rows]
        step = step_backward(dh_t, dc_t)
        for name, part in step.weights.items():
            dw[name] += part
        dx[t, rows], dh[rows] = step.x, np.where(cut, 0, step.h)
        if dc is not None and step.c is not None:
            dc[rows] = np.where(cut, 0, step.c)
    return RunGradients(dx, dw, dh, dc)


def _cuts(steps: Steps, backwards: bool) -> Array:
    """Where a step of a run starts from zeros: (T, B) bool."""
    cuts = np.zeros_like(steps.valid)
    if steps.reset is None:
        return cuts
    inside = steps.reset & steps.valid
    if not backwards:
        return inside
    cuts[:-1] = inside[1:]  # what came before step t in time comes after it here
    return cuts


def _policy(stack: Stack, k: int, dtype: np.dtype[Any], steps: Steps) -> Policy:
    """What acts on run k: masks where there is a seed, else the expectation."""
    if steps.seed is None:
        p_h, p_c = stack.zoneout
        return Policy(None, (p_h or None, p_c or None))
    T, drawn = len(steps.valid), (stack, steps.seed, k)
    h, c = (
        dropout.zoneout_mask(*drawn, state, T, steps.sequences) if p else None
        for state, p in enumerate(stack.zoneout)
    )
    dropped = stack.recurrent_dropout > 0
    factors = dropout.recurrent_mask(*drawn, dtype, steps.sequences) if dropped else None
    return Policy(factors, (h, c))
