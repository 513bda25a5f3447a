"""Forward and all gradients equal those of torch.nn, for every option that both have."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from .problems import (
    EPS64,
    FLOATS,
    FORMS,
    Problem,
    Results,
    draw,
    reference_solution,
    solve,
    stack_of,
    tolerances,
)

pytestmark = [
    pytest.mark.torch,
    # torch says once that it runs these by code of its own
    pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN"),
]
torch = pytest.importorskip("torch")

MODULES: dict[str, tuple[str, dict[str, Any]]] = {
    "rnn_tanh": ("RNN", {"nonlinearity": "tanh"}),
    "rnn_relu": ("RNN", {"nonlinearity": "relu"}),
    "lstm": ("LSTM", {}),
    "gru": ("GRU", {}),
}
SHARED = [form for form in FORMS if form.removesuffix("_projected") in MODULES]
LENGTHS = [None, (3, 8, 1, 8, 5)]  # torch's packed sequences have no length 0


def problems() -> list[Problem]:
    return [
        Problem(stack_of(form, 5, 17, layers, bidirectional, bias), 8, 5, lengths, states)
        for form in SHARED
        for layers, bidirectional, bias, lengths, states in [
            (1, False, True, None, True),
            (1, False, True, LENGTHS[1], True),
            (1, False, False, LENGTHS[1], False),
            (1, True, True, LENGTHS[1], True),
            (2, True, True, None, True),
            (2, True, True, LENGTHS[1], True),
            (3, True, False, LENGTHS[1], True),
            (3, False, True, None, False),
        ]
    ]


def solve_with_torch(problem: Problem, dtype: str) -> Results:
    """What torch.nn makes of a problem, under our names."""
    stack, data = problem.stack, draw(problem, dtype)
    name, options = MODULES[stack.cell]
    if stack.proj_size:
        options = {**options, "proj_size": stack.proj_size}
    module = getattr(torch.nn, name)(
        stack.input_size,
        stack.hidden_size,
        stack.num_layers,
        bias=stack.bias,
        bidirectional=stack.bidirectional,
        dtype=getattr(torch, dtype),
        **options,
    )
    arrays = dict(zip(stack.weight_names(), data.weights, strict=True))
    module.load_state_dict({n: torch.from_numpy(w) for n, w in arrays.items()})
    inputs = {"x": data.x, "h0": data.h0, "c0": data.c0}
    leaves: dict[str, Any] = {
        n: torch.from_numpy(v).requires_grad_() for n, v in inputs.items() if v is not None
    }
    y, states = run_torch(module, problem, leaves)
    results = dict(zip(("h_n", "c_n"), states, strict=False)) | {"y": y}
    upstream = {n: torch.from_numpy(v) for n, v in data.upstream.items()}
    sum((results[n] * upstream[f"d{n}"]).sum() for n in results).backward()
    gradients = {f"d{n}": v.grad for n, v in (leaves | dict(module.named_parameters())).items()}
    return {n: v.detach().numpy() for n, v in (results | gradients).items()}


def run_torch(module: Any, problem: Problem, leaves: dict[str, Any]) -> tuple[Any, tuple[Any, ...]]:
    """Call a torch module with packing where there are lengths: (y, (h_n[, c_n]))."""
    state = None
    if "h0" in leaves:
        state = (leaves["h0"], leaves["c0"]) if "c0" in leaves else leaves["h0"]
    x = leaves["x"]
    if problem.lengths is not None:
        lengths = torch.tensor(problem.lengths)
        x = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
    y, states = module(x, state)
    if problem.lengths is not None:
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, total_length=problem.T)
    return y, states if isinstance(states, tuple) else (states,)


@pytest.mark.parametrize("problem", problems(), ids=str)
def test_equals_torch_in_float64(problem: Problem, kernels: ModuleType) -> None:
    problem = replace(problem, absent=frozenset({"dcells"}))  # torch shows c_n alone
    ours, theirs = solve(kernels, problem, "float64"), solve_with_torch(problem, "float64")
    assert theirs.keys() <= ours.keys()
    for name, want in theirs.items():
        # Another order of sums: 5000 eps is the rounding that 8 steps and 3 layers amplify.
        scale = max(1.0, float(np.abs(want).max()))
        np.testing.assert_allclose(
            ours[name], want, rtol=0, atol=5000 * EPS64 * scale, err_msg=name
        )


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("problem", problems(), ids=str)
def test_torch_is_within_our_own_tolerance(problem: Problem, dtype: str) -> None:
    """The tolerance that native is held to fits a kernel that somebody else wrote."""
    problem = replace(problem, absent=frozenset({"dcells"}))
    exact, bounds = reference_solution(problem, "float64"), tolerances(problem, dtype)
    for name, value in solve_with_torch(problem, dtype).items():
        assert np.max(np.abs(value - exact[name])) <= bounds[name], name
