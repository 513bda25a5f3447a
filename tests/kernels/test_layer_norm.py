"""The layer-normalised cells equal a loop over steps with torch's own layer_norm and autograd.

No framework has these cells, so the loop is written here, one sequence at a time. It shares nothing
with ours but the formulas (Ba, Kiros and Hinton 2016).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from .problems import EPS64, Problem, Results, draw, solve, stack_of

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

CELLS = ("lstm_norm", "gru_norm")
PROBLEMS = [
    problem
    for cell in CELLS
    for problem in [
        Problem(stack_of(cell, 3, 9), 6, 5),
        Problem(stack_of(cell, 4, 17, 2, bidirectional=True), 5, 4, (3, 5, 0, 1)),
        Problem(stack_of(cell, 2, 8, bias=False), 7, 3, (7, 2, 4), states=False),
    ]
]

Weights = dict[str, Any]
State = tuple[Any, Any]  # h (H,), c (H,)


def norm(v: Any, gain: Any, shift: Any) -> Any:
    return torch.nn.functional.layer_norm(v, v.shape, gain, shift, eps=1e-5)


def lstm(w: Weights, x: Any, h: Any, c: Any) -> State:
    a = norm(w["weight_ih"] @ x, w["weight_norm_ih"], w.get("bias_ih"))
    q = norm(w["weight_hh"] @ h, w["weight_norm_hh"], w.get("bias_hh"))
    i, f, g, o = (a + q).chunk(4)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(norm(c, w["weight_norm_c"], w.get("bias_norm_c"))), c


def gru(w: Weights, x: Any, h: Any, c: Any) -> State:
    def normed(side: str, v: Any, at: slice) -> Any:
        shift = w.get(f"bias_{side}")
        gain = w[f"weight_norm_{side}"][at]
        return norm(w[f"weight_{side}"][at] @ v, gain, None if shift is None else shift[at])

    gates, candidate = slice(2 * len(h)), slice(2 * len(h), None)
    r, z = torch.sigmoid(normed("ih", x, gates) + normed("hh", h, gates)).chunk(2)
    n = torch.tanh(normed("ih", x, candidate) + r * normed("hh", h, candidate))
    return (1 - z) * n + z * h, c


STEPS = {"lstm_norm": lstm, "gru_norm": gru}


def run_direction(
    problem: Problem, leaves: Weights, b: int, k: int, rows: list[Any]
) -> tuple[list[State], State]:
    """Direction k % D of layer k // D over sequence b: (h, c) at each step, and the last."""
    stack = problem.stack
    layer, d = divmod(k, stack.directions)
    ending = f"_l{layer}" + "_reverse" * d
    w = {n.removesuffix(ending): v for n, v in leaves.items() if n.endswith(ending)}
    zeros = torch.zeros(stack.hidden_size, dtype=leaves["x"].dtype)
    state = tuple(leaves[n][k, b] if n in leaves else zeros for n in ("h0", "c0"))
    states = []
    for x in rows[:: -1 if d else 1]:
        state = STEPS[stack.cell](w, x, *state)
        states.append(state)
    return states[:: -1 if d else 1], state


def run_sequence(problem: Problem, leaves: Weights, b: int, n: int) -> Weights:
    """The results of sequence b of length n, without its padding."""
    stack = problem.stack
    rows, last = list(leaves["x"][:n, b]), []
    for layer in range(stack.num_layers):
        runs = [
            run_direction(problem, leaves, b, layer * stack.directions + d, rows)
            for d in range(stack.directions)
        ]
        steps = list(zip(*(states for states, _ in runs), strict=True))
        rows, cells = ([torch.cat([s[i] for s in step]) for step in steps] for i in (0, 1))
        last += [state for _, state in runs]
    h_n, c_n = (torch.stack([s[i] for s in last]) for i in (0, 1))
    return {"y": rows, "cells": cells, "h_n": h_n, "c_n": c_n}


def solve_with_torch(problem: Problem) -> Results:
    """What the loop makes of a problem in float64, under our names."""
    stack, data = problem.stack, draw(problem, "float64")
    arrays = dict(zip(stack.weight_names(), data.weights, strict=True))
    arrays |= {"x": data.x, "h0": data.h0, "c0": data.c0}
    leaves = {n: torch.from_numpy(v).requires_grad_() for n, v in arrays.items() if v is not None}
    lengths = problem.lengths or (problem.T,) * problem.B
    runs = [run_sequence(problem, leaves, b, n) for b, n in enumerate(lengths)]
    results: Weights = {}
    for name in ("y", "cells"):
        width = stack.directions * stack.hidden_size
        empty = torch.zeros(width, dtype=torch.float64)
        padded = [run[name] + [empty] * (problem.T - len(run[name])) for run in runs]
        results[name] = torch.stack([torch.stack(rows) for rows in padded], dim=1)
    for name in ("h_n", "c_n"):
        results[name] = torch.stack([run[name] for run in runs], dim=1)
    if not stack.has_cell_state:
        del results["cells"], results["c_n"]
    upstream = {n: torch.from_numpy(v) for n, v in data.upstream.items()}
    sum((results[n] * upstream[f"d{n}"]).sum() for n in results).backward()
    gradients = {f"d{n}": v.grad for n, v in leaves.items()}
    return {n: v.detach().numpy() for n, v in (results | gradients).items()}


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_equals_a_loop_in_torch(problem: Problem, kernels: ModuleType) -> None:
    ours, theirs = solve(kernels, problem, "float64"), solve_with_torch(problem)
    assert theirs.keys() <= ours.keys()
    for name, want in theirs.items():
        # Another order of sums, as in test_torch_parity.py.
        scale = max(1.0, float(np.abs(want).max()))
        np.testing.assert_allclose(
            ours[name], want, rtol=0, atol=5000 * EPS64 * scale, err_msg=name
        )
