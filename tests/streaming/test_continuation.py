"""Layers that go on by themselves: the bits of `pyrnn.decoding.continuations` over their calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyrnn import _core, nn, no_grad
from pyrnn.decoding import Greedy, Hypothesis, continuations, ends_at
from pyrnn.kernels.schedule import schedule
from pyrnn.streaming.chain import chain_of
from pyrnn.streaming.continuation import Continuation, LastStates

from .cases import LAYERS, layer, numbers

V, E, H, L = 13, 5, 21, 2
FIRST, END, NEVER, ABSENT = 2, 3, (0, 2), 1
STEPS = 9
DTYPES = ("float32", "float64")


def written(name: str, dtype: str = "float32") -> list[Any]:
    """Layers from ids to logits, with weights of which some sentences end early."""
    kind: Any = {"dtype": dtype}
    layers = [
        nn.Embedding(V, E, rng=1, **kind),
        layer(name, E, H, L, dtype),
        nn.Linear(LAYERS[name](E, H, L, rng=0, **kind).stack.output_size, V, rng=2, **kind),
    ]
    for each, scale in ((layers[0], 1.0), (layers[2], 0.5)):
        for k, parameter in enumerate(each.parameters()):
            parameter.assign(scale * numbers(k, *parameter.shape, dtype=dtype))
    return layers


def masks() -> dict[str, np.ndarray]:
    barred, absent = np.zeros((2, V), bool)
    barred[list(NEVER)] = True
    absent[ABSENT] = True
    return {"barred": barred, "absent": absent}


def alone(layers: list[Any]) -> Continuation:
    return Continuation(layers, first=FIRST, end=END, **masks())


def states(layers: list[Any], rows: int) -> list[np.ndarray]:
    """Of so many sentences, all different."""
    stack = layers[1].stack
    dtype = str(layers[0].weight.dtype)
    h = numbers(5, L, rows, stack.output_size, dtype=dtype)
    c = numbers(6, L, rows, H, dtype=dtype)
    return [h, c] if stack.has_cell_state else [h]


def step_by_step(layers: list[Any], given: list[np.ndarray], most: int) -> list[Hypothesis]:
    """The same by calls of the layers, a step each."""
    embedding, recurrent, output = layers
    recurrent.eval()

    def step(ids: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        with no_grad():
            y, state = recurrent(embedding(ids[None]), state)
            z = output(y[0]).numpy().copy()
        z[:, ABSENT] = -np.inf
        return z, state

    def gather(state: Any, rows: np.ndarray) -> Any:
        if isinstance(state, tuple):
            return tuple(each.numpy()[:, rows] for each in state)
        return state.numpy()[:, rows]

    begin = tuple(given) if len(given) > 1 else given[0]
    logits, state = step(np.full(given[0].shape[1], FIRST), begin)
    following = ends_at([END], V, never=NEVER)
    return continuations(step, gather, logits, state, Greedy(), following, most)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYERS)
def test_the_bits_of_steps(name: str, dtype: str) -> None:
    layers = written(name, dtype)
    given = states(layers, 17)
    found = alone(layers)(given, STEPS)
    slow = step_by_step(layers, given, STEPS)
    assert found == [(each.ids, each.log_likelihood, each.finished) for each in slow]
    assert len({ids for ids, _, _ in found}) > 3, "sentences that differ"


def test_some_end_and_some_do_not() -> None:
    """So that the tests above see rows that leave, and rows that close up."""
    layers = written("gru")
    found = alone(layers)(states(layers, 40), STEPS)
    assert len({len(ids) for ids, _, finished in found if finished}) > 2
    assert {len(ids) for ids, _, finished in found if not finished} == {STEPS}


@pytest.mark.parametrize("name", ["gru", "lstm", "lstm_projected", "gru_norm"])
def test_alone_as_among_others(name: str, isa: str) -> None:
    layers = written(name)
    going = alone(layers)
    given = states(layers, 9)
    every = going(given, STEPS)
    for b, one in enumerate(every):
        row = [np.ascontiguousarray(each[:, b : b + 1]) for each in given]
        assert going(row, STEPS) == [one]


@pytest.mark.parametrize("name", ["gru", "lstm"])
@pytest.mark.parametrize("rows", [2, 6, 7, 31])
def test_any_number_of_threads(name: str, rows: int) -> None:
    layers = written(name)
    going = alone(layers)
    given = states(layers, rows)
    expected = going(given, 150)  # more than one call of the kernels
    for threads in (2, 3, 5):
        with schedule(team=threads):
            assert going(given, 150) == expected


def test_one_token_at_most_and_no_sentence() -> None:
    layers = written("gru")
    found = alone(layers)(states(layers, 40), 1)
    assert {len(ids) for ids, _, _ in found} == {0, 1}
    assert all(finished == (not ids) for ids, _, finished in found)
    assert alone(layers)(states(layers, 0), STEPS) == []


def test_weights_that_are_no_numbers() -> None:
    layers = written("gru")
    layers[2].bias.assign(np.full(V, np.nan, np.float32))
    with pytest.raises(ValueError, match="logits: expected numbers"):
        alone(layers)(states(layers, 2), STEPS)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYERS)
def test_last_states(name: str, dtype: str) -> None:
    layers = written(name, dtype)[:2]
    draw = np.random.default_rng(3)
    lengths = np.array([7, 0, 9, 3, 1, 9, 4, 4])
    ids = draw.integers(0, V, (9, len(lengths)))
    layers[1].eval()
    with no_grad():
        _, state = layers[1](layers[0](ids), lengths=lengths)
    expected = [each.numpy() for each in (state if isinstance(state, tuple) else (state,))]
    ids[np.arange(9)[:, None] >= lengths] = -7  # is not read
    read = LastStates(layers)
    for threads in (1, 3):
        with schedule(team=threads):
            same(read(ids, lengths), expected)
    for b in (0, 1, 3):
        same(read(ids[:, b : b + 1], lengths[b : b + 1]), [each[:, b : b + 1] for each in expected])


def same(found: list[np.ndarray], expected: list[np.ndarray]) -> None:
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_last_states_of_nothing() -> None:
    read = LastStates(written("gru")[:2])
    (h,) = read(np.zeros((0, 1), np.int64), np.zeros(1, np.int64))
    assert h.shape == (L, 1, H)
    assert not h.any()
    (h,) = read(np.zeros((3, 0), np.int64), np.zeros(0, np.int64))
    assert h.shape == (L, 0, H)


GIVEN = {"first": FIRST, "end": END, "most": STEPS, **masks()}


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"states": []}, ValueError, "states: expected those of at least one layer"),
        ({"states": [np.zeros((L, 3, H))]}, TypeError, "state: expected an array of dtype float32"),
        ({"states": [np.zeros((L, 3), "f")]}, ValueError, "state: expected 3 axes"),
        ({"states": [np.zeros((L, 3, H + 1), "f")]}, ValueError, "state: expected shape"),
        ({"states": [np.zeros((L, 3, H), "f")] * 2}, ValueError, "state: expected fewer"),
        ({"states": [np.zeros((L, H, 3), "f").swapaxes(1, 2)]}, ValueError, "C-contiguous"),
        ({"states": None}, TypeError, "incompatible function arguments"),
        ({"first": V}, IndexError, "first: expected values from 0 to 12; got 13"),
        ({"end": -1}, IndexError, "end: expected values from 0 to 12; got -1"),
        ({"end": 1.5}, TypeError, "incompatible function arguments"),
        ({"most": 0}, ValueError, "most: expected at least 1; got 0"),
        ({"most": 2**63}, TypeError, "incompatible function arguments"),
        ({"barred": np.zeros(V)}, TypeError, "barred: expected an array of dtype bool"),
        ({"absent": np.zeros(V + 1, bool)}, ValueError, "absent: expected shape"),
        ({"chain": object()}, TypeError, "chain: expected what chain returns"),
        ({"chain": _core.Chain.__new__(_core.Chain)}, TypeError, "an empty"),
        ({"chain": chain_of(written("gru")[:2]).handle}, ValueError, "as many outputs"),
        ({"chain": chain_of(written("gru")[1:]).handle}, ValueError, "as many outputs"),
    ],
)
def test_misuse(wrong: dict[str, Any], error: type[Exception], message: str) -> None:
    layers = written("gru")
    right = {"chain": chain_of(layers).handle, "states": states(layers, 3), **GIVEN}
    with pytest.raises(error, match=message):
        _core.continuations(**{**right, **wrong})
    assert len(_core.continuations(**right)) == 3


ONE = np.array([[1]])


@pytest.mark.parametrize(
    ("ids", "lengths", "error", "message"),
    [
        (np.array([[V]]), [1], IndexError, "ids: expected values from 0 to 12; got 13"),
        (np.array([[-1]]), [1], IndexError, "ids: expected values from 0 to 12; got -1"),
        (np.zeros(2, np.int64), [1], ValueError, "ids: expected 2 axes"),
        (np.zeros((2, 2)), [1], TypeError, "ids: expected an array of dtype int64"),
        ([[1, 2]], [1], TypeError, "ids: expected an array"),
        (ONE, [2], ValueError, "lengths: expected values from 0 to 1; got 2"),
        (ONE, [-1], ValueError, "lengths: expected values from 0 to 1; got -1"),
        (ONE, [1, 1], ValueError, "lengths: expected shape"),
        (ONE, [1.0], TypeError, "lengths: expected an array of dtype int64"),
    ],
)
def test_misuse_of_last_states(
    ids: Any, lengths: list[Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        _core.last_states(chain_of(written("gru")).handle, ids, np.array(lengths))


def test_last_states_of_numbers() -> None:
    with pytest.raises(ValueError, match="chain: expected one that reads ids"):
        _core.last_states(chain_of(written("gru")[1:]).handle, ONE, np.array([1]))


def test_layers_of_other_widths() -> None:
    layers = written("gru")
    layers[2] = nn.Linear(H, V + 1, rng=0)
    with pytest.raises(ValueError, match="layers: expected as many outputs as ids; got 14 for 13"):
        alone(layers)
