"""Cells that torch.nn does not have, as a PyTorch user writes them: a loop over time.

W x of all steps is one product before the loop, and so are the masks that training draws.

With layer norm LN(a) = gain (a - mean) / sqrt(variance + 1e-5), zoneout z with probability p,
recurrent dropout's factors m on what R multiplies, and h, c = 0 where a sequence begins anew:

    a_h = R (m h), or LN(R (m h))        a_x = W x, or LN(W x)       b = b_ih + b_hh
    h'  = h where z, else h~             without training  h' = h~ + p (h - h~)        c' likewise
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn.functional import layer_norm

from benchmarks.kernels.contestants import Contestant
from benchmarks.kernels.problem import Data, Problem

EPSILON = 1e-5
State = tuple[torch.Tensor, ...]  # (h,) or (h, c), (B, P) and (B, H)


class Kept(NamedTuple):
    """What training loses in one call; None where there is no such mask."""

    h: torch.Tensor | None  # bool (T, B, P): keeps its old value
    c: torch.Tensor | None  # bool (T, B, H)
    recurrent: torch.Tensor | None  # (B, P): factors


class Weights:
    """A layer's weights by PyTorch's names, without the layer's number, and what a cell reads."""

    def __init__(self, weights: Mapping[str, torch.Tensor], H: int) -> None:
        self.of = {name.removesuffix("_l0"): tensor for name, tensor in weights.items()}
        self.H = H
        self.Rt = self.of["weight_hh"].T
        self.bias = self.of["bias_ih"] + self.of["bias_hh"]

    def get(self, name: str) -> torch.Tensor | None:
        """A weight that not every cell has."""
        return self.of.get(name)

    def norm(self, sums: torch.Tensor, side: str, spans: tuple[int, ...]) -> torch.Tensor:
        """LN over each span of gates, in units of H; the sums as they are without gains."""
        gain = self.get(f"weight_norm_{side}")
        if gain is None:
            return sums
        widths = [gates * self.H for gates in spans]
        parts = zip(sums.split(widths, dim=-1), gain.split(widths), strict=True)
        return torch.cat([layer_norm(a, (a.shape[-1],), g, eps=EPSILON) for a, g in parts], dim=-1)


class Lstm:
    """i = s(u_i + p_i c)   f = s(u_f + p_f c), or 1 - i   g = tanh(u_g)   u = a_x + a_h + b
    c~ = f c + i g         o = s(u_o + p_o c~)            h~ = o tanh(c~), or o tanh(LN(c~))
    """

    def __init__(self, problem: Problem, weights: Weights) -> None:
        self.w, self.coupled = weights, "coupled" in problem.cell
        peepholes = weights.get("weight_peephole")
        found = [] if peepholes is None else list(peepholes.split(problem.shape.H))
        zero = [torch.zeros(())]
        self.p_i, self.p_f, self.p_o = (
            found if len(found) == 3 else [found[0], *zero, found[1]] if found else zero * 3
        )
        self.peeps = bool(found)

    def inputs(self, x: torch.Tensor) -> torch.Tensor:
        """a_x + b of all steps."""
        return self.w.norm(x @ self.w.of["weight_ih"].T, "ih", (4,)) + self.w.bias

    def see(self, u: torch.Tensor, p: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        """A gate that may look at c."""
        return torch.sigmoid(u + p * c if self.peeps else u)

    def step(self, a: torch.Tensor, masked: torch.Tensor, state: State) -> State:
        """(h~, c~). a: a step of `inputs`. masked: m h."""
        _, c = state
        if self.w.get("weight_norm_hh") is None:
            u = torch.addmm(a, masked, self.w.Rt)
        else:
            u = a + self.w.norm(masked @ self.w.Rt, "hh", (4,))
        if self.coupled:
            u_i, u_g, u_o = u.chunk(3, dim=1)
            i = self.see(u_i, self.p_i, c)
            f = 1 - i
        else:
            u_i, u_f, u_g, u_o = u.chunk(4, dim=1)
            i, f = self.see(u_i, self.p_i, c), self.see(u_f, self.p_f, c)
        c = f * c + i * torch.tanh(u_g)
        o = self.see(u_o, self.p_o, c)
        gain, shift = self.w.get("weight_norm_c"), self.w.get("bias_norm_c")
        inner = c if gain is None else layer_norm(c, gain.shape, gain, shift, EPSILON)
        return o * torch.tanh(inner), c


class Gru:
    """r, z = s(u_r), s(u_z)   n = tanh(a_xn + b_ih_n + r (a_hn + b_hh_n))   h~ = n + z (h - n)
    u = a_x + a_h + b; layer norm over r and z together, and over n.
    """

    def __init__(self, problem: Problem, weights: Weights) -> None:
        self.w = weights

    def inputs(self, x: torch.Tensor) -> torch.Tensor:
        """a_x + b_ih of all steps."""
        return self.w.norm(x @ self.w.of["weight_ih"].T, "ih", (2, 1)) + self.w.of["bias_ih"]

    def step(self, a: torch.Tensor, masked: torch.Tensor, state: State) -> State:
        """(h~,)"""
        (h,) = state
        if self.w.get("weight_norm_hh") is None:
            q = torch.addmm(self.w.of["bias_hh"], masked, self.w.Rt)
        else:
            q = self.w.norm(masked @ self.w.Rt, "hh", (2, 1)) + self.w.of["bias_hh"]
        width = 2 * self.w.H
        r, z = torch.sigmoid(a[:, :width] + q[:, :width]).chunk(2, dim=1)
        n = torch.tanh(a[:, width:] + r * q[:, width:])
        return (n + z * (h - n),)


class Elman:
    """h~ = tanh(a_x + a_h + b)"""

    def __init__(self, problem: Problem, weights: Weights) -> None:
        self.w = weights

    def inputs(self, x: torch.Tensor) -> torch.Tensor:
        """a_x + b of all steps."""
        return x @ self.w.of["weight_ih"].T + self.w.bias

    def step(self, a: torch.Tensor, masked: torch.Tensor, state: State) -> State:
        """(h~,)"""
        return (torch.tanh(torch.addmm(a, masked, self.w.Rt)),)


CELLS = {"lstm": Lstm, "gru": Gru, "rnn": Elman}
# Cells as they are, which torch.nn has: here only where a mask acts on them
PLAIN = ("lstm", "gru", "rnn_tanh")


class TorchLoop(Contestant):
    """One layer in one direction, full batches, without a projection."""

    cells = (
        *PLAIN,
        "lstm_peephole",
        "lstm_coupled",
        "lstm_coupled_peephole",
        "lstm_norm",
        "gru_norm",
    )
    masks = True

    def __init__(self, problem: Problem, data: Data, threads: int) -> None:
        super().__init__(problem, data, threads)
        self.use(threads)
        given = {"x": data.x, "h0": data.h0, "c0": data.c0, **data.weights}
        self.leaves = {
            n: torch.tensor(v, requires_grad=True) for n, v in given.items() if v is not None
        }
        self.dy = torch.tensor(data.dy)
        self.goes_on: torch.Tensor | None = None  # (T, B, 1): 0 where a sequence begins anew
        if data.reset is not None:
            self.goes_on = torch.tensor(~data.reset[..., None], dtype=self.dy.dtype)

    @classmethod
    def takes(cls, problem: Problem, task: str) -> bool:
        """One layer, one direction, full batches; no cell as it is."""
        single = problem.shape.L == problem.shape.D == 1 and not problem.ragged
        own = problem.cell not in PLAIN or not problem.is_plain
        return super().takes(problem, task) and single and own

    @staticmethod
    def use(threads: int) -> None:
        torch.set_num_threads(threads)

    def drawn(self) -> Kept:
        """New masks, as every call of a user's own module draws them."""
        T, B, H = self.problem.shape[:3]
        (p_h, p_c), p = self.problem.zoneout, self.problem.recurrent_dropout
        factors = torch.empty(B, H).bernoulli_(1 - p) / (1 - p) if p else None
        return Kept(
            torch.rand(T, B, H) < p_h if p_h else None,
            torch.rand(T, B, H) < p_c if p_c else None,
            factors,
        )

    def given(self) -> Kept:
        """The masks that pyrnn's layer draws, for equal results."""
        if self.data.masks is None:
            return Kept(None, None, None)
        return Kept(*(None if mask is None else torch.tensor(mask) for mask in self.data.masks))

    def run(self, kept: Kept | None) -> tuple[torch.Tensor, State]:
        """y and the state; kept: what training loses, None for the expectation."""
        names = ("h0", "c0") if "c0" in self.leaves else ("h0",)
        state: State = tuple(self.leaves[name][0] for name in names)
        weights = {n: v for n, v in self.leaves.items() if n in self.data.weights}
        kind = CELLS[self.problem.cell.partition("_")[0]]
        cell = kind(self.problem, Weights(weights, self.problem.shape.H))
        outputs, factors = [], None if kept is None else kept.recurrent
        for t, a in enumerate(cell.inputs(self.leaves["x"])):
            if self.goes_on is not None:
                state = tuple(value * self.goes_on[t] for value in state)
            masked = state[0] if factors is None else state[0] * factors
            state = self.zoned(cell.step(a, masked, state), state, t, kept)
            outputs.append(state[0])
        return torch.stack(outputs), state

    def zoned(self, new: State, old: State, t: int, kept: Kept | None) -> State:
        """Units that keep their old values; without training, what is to be expected."""
        found = []
        for k, (value, before) in enumerate(zip(new, old, strict=True)):
            p, mask = self.problem.zoneout[k], None if kept is None else (kept.h, kept.c)[k]
            if p and kept is None:
                value = torch.lerp(value, before, p)
            found.append(value if mask is None else torch.where(mask[t], before, value))
        return tuple(found)

    def forward(self) -> Any:
        with torch.inference_mode():
            return self.run(None)

    def training(self) -> Any:
        return self.train(self.drawn())

    def train(self, kept: Kept) -> Any:
        """Forward and backward with these masks."""
        for tensor in self.leaves.values():
            tensor.grad = None
        y, state = self.run(kept)
        y.backward(self.dy)
        return y, state

    def outputs(self, task: str) -> dict[str, np.ndarray]:
        y, state = self.forward() if task == "forward" else self.train(self.given())
        states = [value[None] for value in state]
        found = dict(zip(("y", "h_n", "c_n"), (y, *states), strict=False))
        if task == "training":
            found |= {f"d{name}": tensor.grad for name, tensor in self.leaves.items()}
        return {n: tensor.detach().numpy() for n, tensor in found.items() if tensor is not None}
