"""A decoder: native against the reference, bits, ragged on both sides, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from pyrnn.kernels import decoder, native, native_decoder, reference
from pyrnn.kernels.attention import Memory
from pyrnn.kernels.attention_preconditions import DECODER_CELLS
from pyrnn.kernels.stack import CELLS, Lookup, Stack

from ..pairs import every_pair

FLOATS = ("float32", "float64")
# Additive with a projection of h, general, and dot: whether there are v and W_q.
KINDS = {"additive": (True, True), "general": (False, True), "dot": (False, False)}
INPUTS = ("dense", "ids")
KERNELS = {"reference": (reference, decoder), "native": (native, native_decoder)}
VOCABULARY = 6


class Case(NamedTuple):
    """Targets and memories."""

    T: int
    S: int
    B: int
    I: int
    H: int
    E: int
    A: int
    lengths: tuple[int, ...] | None = None
    memory_lengths: tuple[int, ...] | None = None
    states: bool = True


RAGGED = Case(6, 7, 5, 3, 17, 10, 20, (6, 0, 3, 5, 1), (2, 3, 0, 7, 1))
CASES = [
    RAGGED,
    Case(5, 4, 13, 9, 33, 20, 8),
    Case(3, 5, 2, 4, 70, 64, 5, (2, 3), None, states=False),
    Case(4, 3, 20, 2, 5, 3, 4, None, tuple(b % 4 for b in range(20))),
    Case(1, 6, 1, 2, 16, 5, 7),
    Case(1, 3, 40, 5, 9, 4, 6, states=False),
    Case(2, 0, 3, 2, 4, 3, 5),
    Case(3, 2, 2, 3, 4, 5, 6, (0, 0)),
    Case(0, 2, 3, 3, 4, 5, 6),
    Case(2, 3, 0, 3, 4, 5, 6),
]


class Data(NamedTuple):
    """The numbers of a case."""

    stack: Stack
    weights: list[np.ndarray]
    x: Any
    memory: Memory
    projection: np.ndarray | None
    h0: np.ndarray | None
    c0: np.ndarray | None
    lengths: np.ndarray | None
    upstream: dict[str, np.ndarray]


def draw(case: Case, cell: str, kind: str, given: str, dtype: str) -> Data:
    """Normal numbers; past the lengths stand NaN and wrong ids."""
    rng = np.random.default_rng([*case[:7], *cell.encode()])
    T, S, B, I, H, E, A = case[:7]
    additive, projected = KINDS[kind]
    A = A if projected else H
    stack = Stack(cell, I + E, H)

    def numbers(*shape: int, size: float = 1.0) -> np.ndarray:
        return (size * rng.standard_normal(shape)).astype(dtype)

    def whole(lengths: tuple[int, ...] | None) -> np.ndarray | None:
        return None if lengths is None else np.array(lengths, np.int64)

    lengths, memory_lengths = whole(case.lengths), whole(case.memory_lengths)
    keys, values, x = numbers(S, B, A), numbers(S, B, E), numbers(T, B, I)
    ids, table = rng.integers(0, VOCABULARY, (T, B)), numbers(VOCABULARY, I)
    if lengths is not None:
        past = np.arange(T)[:, None] >= lengths
        x[past], ids[past] = np.nan, -7
    if memory_lengths is not None:
        past = np.arange(S)[:, None] >= memory_lengths
        keys[past], values[past] = np.nan, np.nan
    upstream = {"dy": (T, B, H), "dcontext": (T, B, E), "dh_n": (1, B, H), "dc_n": (1, B, H)}
    if not stack.has_cell_state:
        del upstream["dc_n"]
    return Data(
        stack,
        [numbers(*shape, size=0.4) for shape in stack.weight_shapes()],
        x if given == "dense" else Lookup(ids, table),
        Memory(keys, values, memory_lengths, numbers(A) if additive else None),
        numbers(A, H, size=0.4) if projected else None,
        numbers(1, B, H) if case.states else None,
        numbers(1, B, H) if case.states and stack.has_cell_state else None,
        lengths,
        {name: numbers(*shape) for name, shape in upstream.items()},
    )


def run(kernels: str, data: Data, save: bool = True) -> Any:
    """A forward call, with the weights packed for it."""
    packing, decoding = KERNELS[kernels]
    packed = packing.pack(data.stack, data.weights)
    states = data.h0, data.c0, data.lengths
    return decoding.decode(packed, data.x, data.memory, data.projection, *states, save=save)


def named(stack: Stack, results: Any) -> dict[str, np.ndarray]:
    """The arrays of results or gradients by name."""
    found = {}
    for name, value in results._asdict().items():
        if name == "table" and value is not None:
            found[name] = value.dense()
        elif isinstance(value, list):
            found |= dict(zip(stack.weight_names(), value, strict=True))
        elif isinstance(value, np.ndarray):
            found[name] = value
    return found


def solve(kernels: str, data: Data) -> dict[str, np.ndarray]:
    """All results and all gradients."""
    results = run(kernels, data)
    gradients = KERNELS[kernels][1].decode_backward(results.workspace, **data.upstream)
    after = {f"d{name}": value for name, value in named(data.stack, gradients).items()}
    return named(data.stack, results) | after


def assert_same_bits(got: dict[str, np.ndarray], want: dict[str, np.ndarray]) -> None:
    assert got.keys() == want.keys()
    for name, array in got.items():
        assert (array.shape, array.dtype) == (want[name].shape, want[name].dtype), name
        assert array.tobytes() == want[name].tobytes(), name


ALL = every_pair(CASES, DECODER_CELLS, tuple(KINDS), INPUTS, FLOATS)
each = pytest.mark.parametrize(("case", "cell", "kind", "given", "dtype"), ALL)


def test_all_cells_but_those_with_layer_norm() -> None:
    assert [cell for cell in CELLS if cell not in DECODER_CELLS] == ["lstm_norm", "gru_norm"]


@each
def test_native_matches_the_reference(
    case: Case, cell: str, kind: str, given: str, dtype: str, isa: str
) -> None:
    data = draw(case, cell, kind, given, dtype)
    got, want = solve("native", data), solve("reference", data)
    assert got.keys() == want.keys()
    tolerance = (case.T + 2) * (40 + case.H + case.E) * np.finfo(dtype).eps
    for name, array in want.items():
        assert (got[name].shape, got[name].dtype) == (array.shape, array.dtype), name
        scale = max(1.0, np.abs(array).max(initial=0))
        np.testing.assert_allclose(got[name], array, rtol=0, atol=tolerance * scale, err_msg=name)


def slope(data: Data, arrays: list[np.ndarray], ways: list[np.ndarray]) -> float:
    """That of the sum of all results, each times its upstream gradient, along the given ways."""

    def objective(step: float) -> float:
        moved = [a + step * way for a, way in zip(arrays, ways, strict=True)]
        x, keys, values, h0, *rest = moved
        changes = {"x": x, "h0": h0}
        c0 = [rest.pop(0)] if data.c0 is not None else []
        projection = [rest.pop(0)] if data.projection is not None else []
        weight = [rest.pop(0)] if data.memory.weight is not None else []
        if c0:
            changes["c0"] = c0[0]
        if projection:
            changes["projection"] = projection[0]
        memory = data.memory._replace(keys=keys, values=values)
        if weight:
            memory = memory._replace(weight=weight[0])
        results = run("reference", data._replace(weights=rest, memory=memory, **changes), False)
        upstream = data.upstream
        pairs = [(results.y, "dy"), (results.context, "dcontext"), (results.h_n, "dh_n")]
        pairs += [(results.c_n, "dc_n")] * (data.c0 is not None)
        return float(sum((value * upstream[name]).sum() for value, name in pairs))

    step = 1e-6
    return (objective(step) - objective(-step)) / (2 * step)


@pytest.mark.parametrize(("cell", "kind"), every_pair(DECODER_CELLS, tuple(KINDS)))
def test_gradients_by_finite_differences(cell: str, kind: str) -> None:
    """Of each array along a random way, ragged on both sides."""
    data = draw(RAGGED, cell, kind, "dense", "float64")
    clean = data._replace(
        x=np.nan_to_num(data.x),
        memory=data.memory._replace(
            keys=np.nan_to_num(data.memory.keys), values=np.nan_to_num(data.memory.values)
        ),
    )
    found = solve("native", clean)
    arrays = {"dx": clean.x, "dkeys": clean.memory.keys, "dvalues": clean.memory.values}
    optional = {"dc0": clean.c0, "dprojection": clean.projection, "dweight": clean.memory.weight}
    arrays |= {"dh0": clean.h0} | {n: a for n, a in optional.items() if a is not None}
    arrays |= {f"d{n}": w for n, w in zip(clean.stack.weight_names(), clean.weights, strict=True)}
    rng = np.random.default_rng(3)
    for name, array in arrays.items():
        way = rng.standard_normal(array.shape)
        ways = [way if other == name else 0 for other in arrays]
        measured = slope(clean, list(arrays.values()), ways)
        assert measured == pytest.approx((found[name] * way).sum(), rel=2e-5, abs=1e-6), name


@pytest.mark.parametrize("missing", [("dy",), ("dcontext",), ("dh_n",), ("dy", "dcontext", "dh_n")])
@pytest.mark.parametrize("kernels", KERNELS)
def test_a_missing_gradient_counts_as_zero(kernels: str, missing: tuple[str, ...]) -> None:
    data = draw(RAGGED, "lstm", "additive", "dense", "float64")
    zeros = {name: np.zeros_like(data.upstream[name]) for name in missing}
    absent = {name: d for name, d in data.upstream.items() if name not in missing}
    got = solve(kernels, data._replace(upstream=absent))
    want = solve(kernels, data._replace(upstream=data.upstream | zeros))
    for name, array in want.items():
        np.testing.assert_array_equal(got[name], array, err_msg=name)


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_past_a_length(kernels: str, kind: str) -> None:
    data = draw(RAGGED, "gru", kind, "dense", "float32")
    found = solve(kernels, data)
    assert all(np.isfinite(array).all() for array in found.values())
    targets = np.arange(RAGGED.T)[:, None] >= data.lengths
    memories = np.arange(RAGGED.S)[:, None] >= data.memory.lengths
    for name in ("y", "context", "weights", "dx"):
        assert (found[name][targets] == 0).all(), name
    for name in ("dkeys", "dvalues"):
        assert (found[name][memories] == 0).all(), name
    assert (found["weights"].transpose(2, 1, 0)[memories] == 0).all()
    assert (found["context"][:, 2] == 0).all()  # no step to attend to
    assert (found["h_n"][0, 1] == data.h0[0, 1]).all()  # no step at all


@each
def test_threads_and_repetition(
    case: Case,
    cell: str,
    kind: str,
    given: str,
    dtype: str,
    num_threads: Callable[[int], None],
) -> None:
    data = draw(case, cell, kind, given, dtype)
    num_threads(1)
    alone = solve("native", data)
    for threads in (1, 2, 3, 7):
        num_threads(threads)
        assert_same_bits(solve("native", data), alone)


@pytest.mark.parametrize("split", ["batch", "units", "none"])
@pytest.mark.parametrize("fuse", [False, True])
def test_schedules(fuse: bool, split: str) -> None:
    data = draw(RAGGED, "gru_reset_before", "additive", "dense", "float32")
    want = solve("native", data)
    with native.schedule(fuse=fuse, split=split, team=3):
        assert_same_bits(solve("native", data), want)


@each
def test_the_same_bits_on_every_set_with_fma(
    case: Case, cell: str, kind: str, given: str, dtype: str, with_fma: list[str]
) -> None:
    data, results = draw(case, cell, kind, given, dtype), []
    for name in with_fma:
        native.set_isa(name)
        results.append(solve("native", data))
    for other in results[1:]:
        assert_same_bits(other, results[0])


def of_row(data: Data, b: int) -> Data:
    """One sequence alone, its target and memory cut off at their lengths."""
    n, s = int(data.lengths[b]), int(data.memory.lengths[b])
    memory = data.memory

    def row(array: np.ndarray | None, steps: int) -> np.ndarray | None:
        return None if array is None else array[:steps, [b]].copy()

    return data._replace(
        x=row(data.x, n),
        memory=memory._replace(
            keys=row(memory.keys, s), values=row(memory.values, s), lengths=None
        ),
        h0=row(data.h0, 1),
        c0=row(data.c0, 1),
        lengths=None,
        upstream={
            name: row(d, 1 if name in ("dh_n", "dc_n") else n) for name, d in data.upstream.items()
        },
    )


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("cell", "kind"), every_pair(DECODER_CELLS, tuple(KINDS)))
def test_a_sequence_alone(cell: str, kind: str, dtype: str, isa: str) -> None:
    data = draw(RAGGED, cell, kind, "dense", dtype)
    whole = solve("native", data)
    for b in range(RAGGED.B):
        n, s = data.lengths[b], data.memory.lengths[b]
        alone = solve("native", of_row(data, b))
        for name in ("y", "context", "dx", "dkeys", "dvalues", "h_n", "dh0", "c_n", "dc0"):
            if name in whole:
                steps = {"dkeys": s, "dvalues": s, "h_n": 1, "dh0": 1, "c_n": 1, "dc0": 1}
                ours = whole[name][: steps.get(name, n), b]
                assert ours.tobytes() == alone[name][:, 0].tobytes(), name
        assert whole["weights"][:n, b, :s].tobytes() == alone["weights"][:, 0].tobytes()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("cell", "kind"), every_pair(DECODER_CELLS, tuple(KINDS)))
@pytest.mark.parametrize("given", INPUTS)
def test_steps_one_at_a_time(cell: str, kind: str, given: str, dtype: str, isa: str) -> None:
    """The bits of the whole call."""
    case = RAGGED._replace(lengths=None)
    data = draw(case, cell, kind, given, dtype)
    whole = run("native", data, save=False)
    h, c = data.h0, data.c0
    for t in range(case.T):
        if given == "ids":
            x_t = data.x._replace(ids=data.x.ids[t : t + 1])
        else:
            x_t = data.x[t : t + 1]
        step = run("native", data._replace(x=x_t, h0=h, c0=c), save=False)
        for name in ("y", "context", "weights"):
            assert getattr(step, name)[0].tobytes() == getattr(whole, name)[t].tobytes(), name
        h, c = step.h_n, step.c_n
    assert h.tobytes() == whole.h_n.tobytes()
    assert c is None or c.tobytes() == whole.c_n.tobytes()


@pytest.mark.parametrize("kernels", KERNELS)
class TestWorkspace:
    """What forward leaves for backward."""

    def test_saving_changes_no_result(self, kernels: str) -> None:
        data = draw(RAGGED, "gru_reset_before", "additive", "ids", "float32")
        saved, plain = run(kernels, data), run(kernels, data, save=False)
        assert plain.workspace is None
        assert_same_bits(named(data.stack, saved), named(data.stack, plain))

    def test_retain(self, kernels: str) -> None:
        data = draw(RAGGED, "lstm", "additive", "dense", "float32")
        backward = KERNELS[kernels][1].decode_backward
        workspace = run(kernels, data).workspace
        first = backward(workspace, **data.upstream, retain=True)
        backward(workspace, dy=2 * data.upstream["dy"], retain=True)
        second = backward(workspace, **data.upstream)
        assert_same_bits(named(data.stack, second), named(data.stack, first))
        with pytest.raises(RuntimeError, match=r"^workspace: .* consumed it.*retain=True"):
            backward(workspace, **data.upstream)

    def test_a_refused_call_does_not_consume_it(self, kernels: str) -> None:
        data = draw(RAGGED, "gru", "dot", "dense", "float32")
        backward = KERNELS[kernels][1].decode_backward
        workspace = run(kernels, data).workspace
        with pytest.raises(ValueError, match=r"^dcontext: expected shape \(T, B, E\)"):
            backward(workspace, dcontext=np.zeros((1, 2, 3), "f4"))
        backward(workspace, **data.upstream)

    @pytest.mark.parametrize("workspace", [None, 3, np.zeros(3)], ids=["None", "int", "array"])
    def test_must_come_from_forward(self, kernels: str, workspace: Any) -> None:
        with pytest.raises(TypeError, match=r"^workspace: expected that of forward\("):
            KERNELS[kernels][1].decode_backward(workspace)


def test_results_that_backward_reads_are_read_only() -> None:
    data = draw(RAGGED, "gru", "additive", "dense", "float32")
    for save in (True, False):
        results = run("native", data, save=save)
        for array in (results.y, results.context, results.weights):
            assert array.flags.writeable != save


NEEDS = ("x", "state", "weights", "keys", "values", "attention")


@pytest.mark.parametrize("given", INPUTS)
@pytest.mark.parametrize("needed", every_pair(*[(False, True)] * len(NEEDS)), ids=str)
def test_only_what_is_needed(given: str, needed: tuple[bool, ...]) -> None:
    data = draw(RAGGED, "lstm", "additive", given, "float32")
    whole = named(
        data.stack, native_decoder.decode_backward(run("native", data).workspace, **data.upstream)
    )
    wanted = dict(zip(NEEDS, needed, strict=True))
    got = native_decoder.decode_backward(
        run("native", data).workspace,
        **data.upstream,
        **{f"needs_{name}": want for name, want in wanted.items()},
    )
    groups = {
        "x": {"x", "table"},
        "state": {"h0", "c0"},
        "weights": set(data.stack.weight_names()),
        "keys": {"keys"},
        "values": {"values"},
        "attention": {"projection", "weight"},
    }
    names = {name for group, want in wanted.items() if want for name in groups[group]}
    assert_same_bits(
        named(data.stack, got), {name: a for name, a in whole.items() if name in names}
    )


def changed(**other: Any) -> Data:
    return draw(RAGGED, "gru", "additive", "dense", "float32")._replace(**other)


MEMORY = changed().memory
REFUSED = [
    (changed(x=np.zeros((6, 5, 4), "f4")), ValueError, "x: expected last axis I = 3; got 4"),
    (changed(x=np.zeros((6, 5, 3))), TypeError, "x: expected dtype float32; got float64"),
    (
        changed(x=Lookup(np.zeros((6, 5), int), np.zeros((6, 2), "f4"), np.zeros((6, 5, 1), "f4"))),
        ValueError,
        "x: expected an array, or a Lookup without others beside it",
    ),
    (changed(x=Lookup(np.full((6, 5), 9), np.zeros((6, 3), "f4"))), IndexError, "ids: .*got 9"),
    (changed(lengths=np.array([7, 0, 0, 0, 0])), ValueError, "lengths: .* T = 6; got 7 at row 0"),
    (changed(h0=np.zeros((5, 17), "f4")), ValueError, "h0: expected 3 axes"),
    (
        changed(c0=np.zeros((1, 5, 17), "f4")),
        ValueError,
        "c0: expected nothing, since a GRU",
    ),
    (changed(projection=np.zeros((20, 4), "f4")), ValueError, r"projection: .*\(20, 17\); got"),
    (changed(projection=None), ValueError, r"keys: expected shape \(S, B, A\) = \(7, 5, 17\)"),
    (
        changed(memory=MEMORY._replace(values=np.zeros((7, 5, 13), "f4"))),
        ValueError,
        "values: expected a last axis E from 1 to 12, .*; got 13",
    ),
    (changed(memory=MEMORY._replace(lengths=np.full(5, 8))), ValueError, "memory_lengths: .*got 8"),
    (changed(stack=Stack("gru_norm", 13, 17)), ValueError, "cell: expected .*; got 'gru_norm'"),
    (changed(stack=Stack("gru", 13, 17, 2)), ValueError, "stack: expected one layer in one dir"),
    (changed(stack=Stack("gru", 13, 17, zoneout=(0.1, 0.0))), ValueError, "stack: expected one"),
]


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize(("data", "error", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refusals(kernels: str, data: Data, error: type[Exception], message: str) -> None:
    weights = [np.zeros(shape, "f4") for shape in data.stack.weight_shapes()]
    with pytest.raises(error, match=message):
        run(kernels, data._replace(weights=weights))
