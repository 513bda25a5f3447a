"""Layers on one batch: cell, shape and lengths, and the numbers that follow from them."""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import numpy as np

from benchmarks.kernels.masks import Masks, draw_masks
from benchmarks.kernels.shapes import Shape, parse
from pyrnn.kernels import native
from pyrnn.kernels.stack import CELLS, Stack

TASKS = ("forward", "training")
EPISODE = 20  # steps between two places where a sequence is cut, on average


@dataclass(frozen=True)
class Problem:
    """A cell, a shape, and whether the sequences have lengths of their own.

    projection: P, to which an LSTM's output is projected; 0 for none. zoneout: the probabilities
    that a unit of h and one of c keep their values. recurrent_dropout: that a lane of what R
    multiplies is zeroed. reset: whether a mask cuts the sequences.
    """

    cell: str
    shape: Shape
    ragged: bool = False
    projection: int = 0
    zoneout: tuple[float, float] = (0.0, 0.0)
    recurrent_dropout: float = 0.0
    reset: bool = False

    def __str__(self) -> str:
        words = [self.cell, str(self.shape)] + ["ragged"] * self.ragged
        words += [f"projected to {self.projection}"] * bool(self.projection)
        words += ["zoneout {:g} {:g}".format(*self.zoneout)] * any(self.zoneout)
        words += [f"recurrent dropout {self.recurrent_dropout:g}"] * bool(self.recurrent_dropout)
        return " ".join(words + ["reset"] * self.reset)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {**asdict(self), "shape": str(self.shape)}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """A problem that came through a pipe."""
        shape, zoneout = parse(given["shape"]), tuple(given["zoneout"])
        return cls(**{**given, "shape": shape, "zoneout": zoneout})

    @property
    def form(self) -> dict[str, Any]:
        """The stack's fields that differ from the defaults, by name."""
        given = {
            "proj_size": self.projection,
            "zoneout": self.zoneout if any(self.zoneout) else 0,
            "recurrent_dropout": self.recurrent_dropout,
        }
        return {name: value for name, value in given.items() if value}

    @property
    def is_random(self) -> bool:
        """Whether training draws masks."""
        return any(self.zoneout) or self.recurrent_dropout > 0

    @property
    def is_plain(self) -> bool:
        """Whether the cell runs as it is: no projection, no masks, nothing cut."""
        return not (self.form or self.reset)

    @property
    def stack(self) -> Stack:
        """The layers."""
        shape = self.shape
        return Stack(self.cell, shape.inputs, shape.H, shape.L, shape.D == 2, **self.form)

    @property
    def is_known(self) -> bool:
        """Whether this build of pyrnn has the cell and its form."""
        known = {field.name for field in fields(Stack)}
        cuts = "reset" in inspect.signature(native.forward).parameters
        return self.cell in CELLS and self.form.keys() <= known and (cuts or not self.reset)

    def lengths(self) -> np.ndarray:
        """int64 (B,): T throughout, or drawn uniformly from 1 to T. The seed is fixed."""
        T, B = self.shape[:2]
        if not self.ragged:
            return np.full(B, T, np.int64)
        return np.random.default_rng(T * B).integers(1, T + 1, B)

    def operations(self, task: str) -> float:
        """Floating-point operations: 2 G H (I + H) a step and sequence, three times in training.

        Of every layer and direction, I being what the layer reads; with a projection 2 G H (I + P)
        + 2 H P. Steps past a sequence's length count for nothing.
        """
        _, _, H, _, L, D = self.shape
        P = self.projection or H
        columns = D * (self.shape.inputs + (L - 1) * D * P + L * P)
        each = self.stack.gates * H * columns + L * D * H * self.projection
        forward = 2.0 * float(self.lengths().sum()) * each
        return forward * (3 if task == "training" else 1)


@dataclass(frozen=True)
class Data:
    """The numbers of a problem, in float32."""

    weights: dict[str, np.ndarray]  # under PyTorch's names
    x: np.ndarray  # (T, B, I), 0 past a length
    h0: np.ndarray  # (L D, B, P), P = H without a projection
    c0: np.ndarray | None  # (L D, B, H), for cells that have c
    lengths: np.ndarray | None  # (B,), None where all are T
    mask: np.ndarray  # (T, B, 1): 1 within a length, 0 past it
    dy: np.ndarray  # (T, B, D P), the gradient that arrives; 0 past a length
    reset: np.ndarray | None  # bool (T, B), where a sequence begins anew; None where it never does
    masks: Masks | None  # what training loses, where that is drawn


def draw(problem: Problem) -> Data:
    """The problem's numbers: weights as PyTorch draws them, uniform within 1 / sqrt(H)."""
    rng = np.random.default_rng(zlib.crc32(str(problem).encode()))
    stack, (T, B, H, _, L, D) = problem.stack, problem.shape
    P = problem.projection or H
    bound = H**-0.5

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    shapes = zip(stack.weight_names(), stack.weight_shapes(), strict=True)
    weights = {n: rng.uniform(-bound, bound, s).astype(np.float32) for n, s in shapes}
    lengths = problem.lengths()
    mask = (np.arange(T)[:, None] < lengths).astype(np.float32)[..., None]
    cuts = np.random.default_rng(T * B).random((T, B)) < 1 / EPISODE
    return Data(
        weights=weights,
        x=normal(T, B, problem.shape.inputs) * mask,
        h0=normal(L * D, B, P) / 2,
        c0=normal(L * D, B, H) / 2 if stack.has_cell_state else None,
        lengths=lengths if problem.ragged else None,
        mask=mask,
        dy=normal(T, B, D * P) * mask,
        reset=cuts if problem.reset else None,
        masks=draw_masks(stack, T, B) if problem.is_random else None,
    )
