"""Random recurrent problems, their solution by the reference, and how far others may be from it.

Tolerance. The error of a float32 kernel comes from rounding alone, and how much rounding a problem
amplifies differs by orders of magnitude (T = 1 against T = 12, dx against dW). So the reference
measures it: it solves each problem in float64, and in float32 on the same numbers and on numbers
nudged by up to one rounding error (twice: a sum of a few terms that cancel may get lucky once).
For every result a kernel may be off the float64 solution by

    FACTOR max(max |reference32 - reference64|, eps32 max |reference64|)         in float32,

and by that times eps64 / eps32 in float64.

FACTOR = 8, because independent versions came to 4.7 of the largest of those errors at most: the
NumPy baseline of the benchmarks, in 10 080 results on shapes of one to some hundred units; torch.nn
to 1.7 on the problems of test_torch_parity.py.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np

from pyrnn.kernels import reference
from pyrnn.kernels.stack import (
    CELLS,
    Forward,
    Gradients,
    Lookup,
    Stack,
    look_up,
)

FACTOR = 8
EPS32, EPS64 = np.finfo(np.float32).eps, np.finfo(np.float64).eps
FLOATS = ("float32", "float64")
Results = dict[str, np.ndarray]

# What the tests of every cell iterate: each cell, and each that projects once more, projected.
FORMS = [*CELLS, *(f"{cell}_projected" for cell in CELLS if look_up(cell).projects)]


def stack_of(form: str, input_size: int, hidden_size: int, *more: Any, **options: Any) -> Stack:
    """The stack of a form; P is 2 H / 3, rounded down, where it is projected. zoneout: that of c is
    left out where there is no c."""
    cell = form.removesuffix("_projected")
    if cell != form:
        options["proj_size"] = max(1, 2 * hidden_size // 3)
    if "zoneout" in options and not look_up(cell).has_cell_state:
        options["zoneout"] = (options["zoneout"][0], 0.0)
    return Stack(cell, input_size, hidden_size, *more, **options)


# What a stack may have beside its cell, and a call beside its batch. T is at least 4, B 3.
VARIANTS: dict[str, dict[str, Any]] = {
    "zoneout": {"zoneout": (0.4, 0.3), "seed": 3},
    "zoneout of h": {"zoneout": (0.4, 0.0), "seed": 3},
    "zoneout of c": {"zoneout": (0.0, 0.3), "seed": 2**64 - 1, "sequences": (7, 2**63 - 1, 0)},
    "zoneout's expectation": {"zoneout": (0.4, 0.3)},
    "recurrent dropout": {"recurrent_dropout": 0.4, "seed": 3, "sequences": (7, 2**63 - 1, 0)},
    "reset": {"cuts": ((0, 0), (1, 0), (3, 2), (2, 2), (1, 2), (0, 1), (3, 0))},
    "all": {
        "dropout": 0.2,
        "zoneout": (0.2, 0.3),
        "recurrent_dropout": 0.3,
        "seed": 11,
        "cuts": ((0, 2), (2, 2), (1, 0)),
    },
}


def variant_of(
    variant: str, form: str, T: int, B: int, sizes: tuple[int, ...], *more: Any, **options: Any
) -> Problem:
    """A problem of a variant; sizes and more: those of its stack, options: those of the problem."""
    options = {**VARIANTS[variant], **options}
    names = ("dropout", "zoneout", "recurrent_dropout", "bias")
    stack = {name: options.pop(name) for name in names if name in options}
    return Problem(stack_of(form, *sizes, *more, **stack), T, B, **options)


@dataclass(frozen=True)
class Problem:
    """A stack, a batch for it and gradients that arrive; the numbers follow from the fields."""

    stack: Stack
    T: int
    B: int
    lengths: tuple[int, ...] | None = None
    states: bool = True  # whether h0 and c0 are given
    vocabulary: int | None = None  # V: the input is a Lookup
    beside: int = 0  # I - E: the columns beside its table's
    seed: int | None = None  # of dropout
    sequences: tuple[int, ...] | None = None
    cuts: tuple[tuple[int, int], ...] | None = None  # the (t, b) where a sequence starts again
    outputs: bool = True  # whether y is returned
    recompute: bool | int = False
    absent: frozenset[str] = frozenset()  # upstream gradients that do not arrive

    def __str__(self) -> str:
        s = self.stack
        words = [f"{s.cell}-T{self.T}B{self.B}I{s.input_size}H{s.hidden_size}"]
        words += [f"P{s.proj_size}"] * (s.proj_size > 0)
        words += [f"L{s.num_layers}D{s.directions}"] * (s.num_layers * s.directions > 1)
        words += ["lengths" + ".".join(map(str, self.lengths))] if self.lengths is not None else []
        words += ["nobias"] * (not s.bias) + ["nostates"] * (not self.states)
        words += ["lookup"] * (self.vocabulary is not None)
        words += [f"beside{self.beside}"] * (self.beside > 0)
        words += [f"dropout{s.dropout:g}"] * (s.dropout > 0)
        words += [f"zoneout{s.zoneout[0]:g}+{s.zoneout[1]:g}"] * any(s.zoneout)
        words += [f"recurrent{s.recurrent_dropout:g}"] * (s.recurrent_dropout > 0)
        words += ["seed"] * (self.seed is not None)
        words += ["sequences"] * (self.sequences is not None)
        words += ["cut" + ".".join(f"{t}+{b}" for t, b in self.cuts)] if self.cuts else []
        words += ["last"] * (not self.outputs)
        words += [f"recompute{self.recompute}"] * bool(self.recompute)
        words += [f"without-{name}" for name in sorted(self.absent)]
        return "-".join(words)


@dataclass
class Data:
    """The numbers of a problem in one dtype."""

    weights: list[np.ndarray]
    x: np.ndarray | Lookup
    h0: np.ndarray | None
    c0: np.ndarray | None
    lengths: np.ndarray | None
    reset: np.ndarray | None = None
    upstream: dict[str, np.ndarray] = field(default_factory=dict)

    def arrays(self) -> list[np.ndarray]:
        """Every array of floating-point numbers."""
        x = [self.x.table, self.x.beside] if isinstance(self.x, Lookup) else [self.x]
        given = [*self.weights, *x, self.h0, self.c0, *self.upstream.values()]
        return [array for array in given if array is not None]


def draw(problem: Problem, dtype: str) -> Data:
    """The problem's numbers: those of float64 are exactly those of float32.

    Weights spread as 1 / sqrt(their fan-in), so that gates are neither linear nor saturated.
    """
    # the same, whatever arrives or is kept
    numbers = replace(problem, absent=frozenset(), outputs=True, recompute=False)
    rng = np.random.default_rng(zlib.crc32(str(numbers).encode()))
    stack, T, B = problem.stack, problem.T, problem.B

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32).astype(dtype)

    def uniform(shape: tuple[int, ...]) -> np.ndarray:
        bound = 1.7 / np.sqrt(shape[1]) if len(shape) == 2 else 0.5
        return rng.uniform(-bound, bound, shape).astype(np.float32).astype(dtype)

    weights = [uniform(shape) for shape in stack.weight_shapes()]
    if problem.vocabulary is None:
        x: np.ndarray | Lookup = normal(T, B, stack.input_size)
    else:
        ids = rng.integers(0, problem.vocabulary, (T, B))
        table = normal(problem.vocabulary, stack.input_size - problem.beside)
        x = Lookup(ids, table, normal(T, B, problem.beside) if problem.beside else None)
    h0, c0 = normal(*stack.state_shape(B)), normal(*stack.cell_state_shape(B))
    reset = None
    if problem.cuts is not None:
        reset = np.zeros((T, B), bool)
        reset[tuple(zip(*problem.cuts, strict=True))] = True
    upstream = {"dy": normal(*stack.output_shape(T, B)), "dh_n": normal(*stack.state_shape(B))}
    if stack.has_cell_state:
        upstream["dcells"] = normal(*stack.cells_shape(T, B))
        upstream["dc_n"] = normal(*stack.cell_state_shape(B))
    absent = problem.absent | (set() if problem.outputs else {"dy", "dcells"})
    return Data(
        weights=weights,
        x=x,
        h0=h0 if problem.states else None,
        c0=c0 if problem.states and stack.has_cell_state else None,
        lengths=None if problem.lengths is None else np.array(problem.lengths, np.int64),
        reset=reset,
        upstream={k: v for k, v in upstream.items() if k not in absent},
    )


def run_forward(kernels: ModuleType, problem: Problem, data: Data, **options: Any) -> Forward:
    """Pack and run a problem forward, by default saving, and with cells if there are any."""
    sequences = None if problem.sequences is None else np.array(problem.sequences, np.int64)
    defaults = {
        "seed": problem.seed,
        "sequences": sequences,
        "reset": data.reset,
        "save": True,
        "return_cells": problem.stack.has_cell_state and problem.outputs,
        "return_sequences": problem.outputs,
        "recompute": problem.recompute,
    }
    packed = kernels.pack(problem.stack, data.weights)
    return kernels.forward(
        packed, data.x, data.h0, data.c0, data.lengths, **{**defaults, **options}
    )


def named_results(stack: Stack, forward: Forward) -> Results:
    """The results of a forward call by name; those that are None are left out."""
    return {k: v for k, v in forward._asdict().items() if v is not None and k != "workspace"}


def named_gradients(stack: Stack, gradients: Gradients) -> Results:
    """The results of a backward call by name: dx, dtable, dh0, dc0, dweight_ih_l0 ...; arrays."""
    dtable = None if gradients.table is None else gradients.table.dense()
    named = {"dx": gradients.x, "dtable": dtable, "dh0": gradients.h0, "dc0": gradients.c0}
    if gradients.weights is not None:
        names = stack.weight_names()
        named |= {f"d{n}": g for n, g in zip(names, gradients.weights, strict=True)}
    return {k: v for k, v in named.items() if v is not None}


def solve(
    kernels: ModuleType, problem: Problem, dtype: str = "float32", data: Data | None = None
) -> Results:
    """All results of a problem, forward and backward; `data` replaces the problem's own numbers."""
    data = draw(problem, dtype) if data is None else data
    # OpenBLAS may compute on what lies past the end of small matrices, and NumPy then warns of
    # invalid values that are in no result. One that is in a result, a comparison finds.
    with np.errstate(invalid="ignore"):
        forward = run_forward(kernels, problem, data)
        gradients = kernels.backward(forward.workspace, **data.upstream)
    return named_results(problem.stack, forward) | named_gradients(problem.stack, gradients)


@functools.lru_cache(maxsize=1024)  # every instruction set meets each problem, in both dtypes
def reference_solution(problem: Problem, dtype: str, nudge: int = 0) -> Results:
    """The reference's solution of a problem, on numbers nudged (if not 0) by this seed."""
    data = draw(problem, dtype)
    if nudge:
        rng = np.random.default_rng(nudge)
        for array in data.arrays():
            array *= 1 + np.finfo(dtype).eps * rng.uniform(-1, 1, array.shape)
    return solve(reference, problem, data=data)


def tolerances(problem: Problem, dtype: str) -> dict[str, float]:
    """How far each result may be from the float64 reference: see the top of this file."""
    exact = reference_solution(problem, "float64")
    rounded = [reference_solution(problem, "float32", nudge) for nudge in (0, 1, 2)]
    bounds = {}
    for name, want in exact.items():
        error = max(np.max(np.abs(r[name] - want), initial=0.0) for r in rounded)
        bound = FACTOR * max(error, EPS32 * np.max(np.abs(want), initial=0.0))
        bounds[name] = float(bound if dtype == "float32" else bound * EPS64 / EPS32)
    return bounds


def assert_close(problem: Problem, dtype: str, got: Results) -> None:
    """Assert that results have the reference's shapes, this dtype, and values within tolerance."""
    exact, bounds = reference_solution(problem, "float64"), tolerances(problem, dtype)
    assert got.keys() == exact.keys()
    for name, value in got.items():
        assert value.dtype == dtype, name
        assert value.shape == exact[name].shape, name
        assert value.flags.c_contiguous, name
        error = np.max(np.abs(value - exact[name]), initial=0.0)
        assert error <= bounds[name], f"{name}: error {error:.3g} above {bounds[name]:.3g}"


def assert_same_bits(got: Results, want: Results, names: Iterable[str] | None = None) -> None:
    """Assert that results are equal bit for bit; the sign of a zero counts, NaN does not occur."""
    assert got.keys() == want.keys()
    for name in want if names is None else names:
        assert got[name].tobytes() == want[name].tobytes(), f"{name} differs"
