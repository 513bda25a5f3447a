"""Every variant, forward and backward, equals a loop over time that somebody might write in torch.

It knows none of the reference's code: gates by name, masks from `mask_bits`, lengths and resets by
`where`, gradients by torch.autograd.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from pyrnn.kernels.stack import Stack, look_up

from .mask_bits import lost
from .problems import EPS64, VARIANTS, Data, Problem, Results, draw, solve, variant_of

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")


Weights = dict[str, Any]


def sums(stack: Stack, w: Weights, side: str, v: Any) -> Any:
    """W x + b_ih or R h + b_hh (B, G H), each block that belongs together normalised."""
    product, b = v @ w[f"weight_{side}"].T, w[f"bias_{side}"]
    if not stack.cell.endswith("_norm"):
        return product + b
    H = stack.hidden_size
    widths = {"lstm_norm": [4 * H], "gru_norm": [2 * H, H]}[stack.cell]
    gains = w[f"weight_norm_{side}"].split(widths)
    parts = zip(product.split(widths, 1), gains, strict=True)
    return torch.cat([normalised(u, gain) for u, gain in parts], 1) + b


def normalised(u: Any, gain: Any, shift: Any = None) -> Any:
    return torch.nn.functional.layer_norm(u, u.shape[1:], gain, shift)


def cell_step(stack: Stack, w: Weights, x: Any, h: Any, c: Any, m: Any) -> tuple[Any, Any]:
    """h~ (B, P) and c~ (B, H) from x (B, I), h, c and the factors m (B, P) of what R multiplies."""
    a, q = sums(stack, w, "ih", x), sums(stack, w, "hh", m * h)
    if stack.cell.startswith("rnn"):
        kind = {"rnn_tanh": torch.tanh, "rnn_relu": torch.relu, "rnn_sigmoid": torch.sigmoid}
        return kind[stack.cell](a + q), None
    if stack.cell.startswith("gru"):
        a_r, a_z, a_n = a.chunk(3, 1)
        q_r, q_z, q_n = q.chunk(3, 1)
        r, z = torch.sigmoid(a_r + q_r), torch.sigmoid(a_z + q_z)
        if stack.cell == "gru_reset_before":
            R_n, b_n = w["weight_hh"].chunk(3)[2], w["bias_hh"].chunk(3)[2]
            n = torch.tanh(a_n + (m * (r * h)) @ R_n.T + b_n)
        else:
            n = torch.tanh(a_n + r * q_n)
        return n + z * (h - n), None
    letters = look_up(stack.cell).gates
    u = dict(zip(letters, (a + q).chunk(len(letters), 1), strict=True))
    seers = "io" if "coupled" in stack.cell else "ifo"
    p = dict.fromkeys(seers, 0.0)
    if "weight_peephole" in w:
        p = dict(zip(seers, w["weight_peephole"].chunk(len(seers)), strict=True))
    i = torch.sigmoid(u["i"] + p["i"] * c)
    f = torch.sigmoid(u["f"] + p["f"] * c) if "f" in u else 1 - i
    c = f * c + i * torch.tanh(u["g"])
    seen = normalised(c, w["weight_norm_c"], w["bias_norm_c"]) if "weight_norm_c" in w else c
    h = torch.sigmoid(u["o"] + p["o"] * c) * torch.tanh(seen)
    return (h @ w["weight_hr"].T if stack.proj_size else h), c


def masks(problem: Problem, p: float, place: int, width: int, steps: int) -> Any:
    """Which units are lost: (steps, B, width)."""
    numbers = problem.sequences or range(problem.B)
    return torch.tensor(
        [
            [
                [lost(p, problem.seed, place, *[t] * (steps > 1), n, u) for u in range(width)]
                for n in numbers
            ]
            for t in range(steps)
        ]
    )


def zoned(problem: Problem, kind: int, run: int, width: int) -> Any:
    """What mixes the old state (t, old, new) into the new one."""
    p = problem.stack.zoneout[kind - 1]
    if problem.seed is None or p == 0:
        return lambda t, old, new: p * old + (1 - p) * new
    kept = masks(problem, p, kind * 2**32 + run, width, problem.T)
    return lambda t, old, new: torch.where(kept[t], old, new)


def run_torch(
    problem: Problem, data: Data, run: int, w: Weights, x: Any, h: Any, c: Any
) -> Iterator[tuple[int, Any, Any]]:
    """The states (t, h, c) after each step of a direction of a layer."""
    stack, T, B = problem.stack, problem.T, problem.B
    lengths = torch.tensor([T] * B if data.lengths is None else data.lengths.tolist())
    cuts = torch.zeros(T + 1, B, dtype=bool)
    if data.reset is not None:
        cuts[:T] = torch.from_numpy(data.reset)
    m = 1.0
    if problem.seed is not None:
        p = stack.recurrent_dropout
        m = (~masks(problem, p, 3 * 2**32 + run, stack.output_size, 1)[0]).double() / (1 - p)
    mix_h = zoned(problem, 1, run, stack.output_size)
    mix_c = zoned(problem, 2, run, stack.hidden_size)
    backwards = run % stack.directions
    for t in reversed(range(T)) if backwards else range(T):
        inside = (t < lengths)[:, None]
        cut = (cuts[t + 1] & (t + 1 < lengths) if backwards else cuts[t] & (t < lengths))[:, None]
        old_h = torch.where(cut, 0.0, h)
        old_c = None if c is None else torch.where(cut, 0.0, c)
        new_h, new_c = cell_step(stack, w, x[t], old_h, old_c, m)
        h = torch.where(inside, mix_h(t, old_h, new_h), h)
        c = None if c is None else torch.where(inside, mix_c(t, old_c, new_c), c)
        yield t, torch.where(inside, h, 0.0), None if c is None else torch.where(inside, c, 0.0)
    yield -1, h, c


def solve_with_torch(problem: Problem) -> Results:
    """All results of a problem, under our names."""
    stack, data = problem.stack, draw(problem, "float64")
    named = {"x": data.x, "h0": data.h0, "c0": data.c0}
    named |= dict(zip(stack.weight_names(), data.weights, strict=True))
    leaves = {n: torch.from_numpy(v).requires_grad_() for n, v in named.items() if v is not None}
    D, x, results, finals = stack.directions, leaves["x"], {}, []
    for layer in range(stack.num_layers):
        outputs = []
        for run in range(layer * D, (layer + 1) * D):
            suffix = f"_l{layer}" + "_reverse" * (run % D)
            w = {n.removesuffix(suffix): v for n, v in leaves.items() if n.endswith(suffix)}
            c0 = leaves["c0"][run] if "c0" in leaves else None
            *steps, final = run_torch(problem, data, run, w, x, leaves["h0"][run], c0)
            outputs.append([states for _, *states in sorted(steps, key=lambda step: step[0])])
            finals.append(final[1:])
        x = torch.cat([torch.stack([h for h, _ in steps]) for steps in outputs], 2)
        if layer + 1 < stack.num_layers and problem.seed is not None:
            dropped = masks(problem, stack.dropout, layer, x.shape[2], problem.T)
            x = torch.where(dropped, 0.0, x / (1 - stack.dropout))
    results = {"y": x, "h_n": torch.stack([h for h, _ in finals])}
    if stack.has_cell_state:
        results["c_n"] = torch.stack([c for _, c in finals])
        results["cells"] = torch.cat([torch.stack([c for _, c in o]) for o in outputs], 2)
    sum((results[n[1:]] * torch.from_numpy(v)).sum() for n, v in data.upstream.items()).backward()
    gradients = {f"d{n}": v.grad for n, v in leaves.items()}
    return {n: v.detach().numpy() for n, v in (results | gradients).items()}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    ("layers", "bidirectional", "lengths"), [(1, False, (6, 2, 4)), (2, True, (3, 0, 6))]
)
def test_equals_a_loop_in_torch(
    form: str,
    layers: int,
    bidirectional: bool,
    lengths: tuple[int, ...],
    variant: str,
    kernels: ModuleType,
) -> None:
    problem = variant_of(variant, form, 6, 3, (4, 7, layers), bidirectional, lengths=lengths)
    ours, theirs = solve(kernels, problem, "float64"), solve_with_torch(problem)
    assert ours.keys() == theirs.keys()
    for name, want in theirs.items():
        scale = max(1.0, float(np.abs(want).max()))
        np.testing.assert_allclose(
            ours[name], want, rtol=0, atol=2000 * EPS64 * scale, err_msg=name
        )
