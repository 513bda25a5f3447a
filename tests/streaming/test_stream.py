"""A stream says of each step what the layers say of the whole sequence, to the bit."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import pyrnn
from pyrnn import nn
from pyrnn.kernels import native

from .cases import LAYERS, inputs_of, layer, networks, numbers, whole

DTYPES = ["float32", "float64"]
STEPS = 7


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def states_of(states: list[Any]) -> dict[str, np.ndarray]:
    """The states of calls on layers, as a stream names them."""
    named = {}
    for k, state in enumerate(states):
        if isinstance(state, tuple):
            named[f"{k}.h"], named[f"{k}.c"] = (part.numpy() for part in state)
        else:
            named[f"{k}.h"] = state.numpy()
    return named


def assert_state(stream: pyrnn.Stream, states: list[Any]) -> None:
    wanted, got = states_of(states), stream.state
    assert list(got) == list(wanted)
    assert all(same(got[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize("hidden", [1, 21, 64])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYERS)
def test_steps_are_the_layers(isa: str, name: str, dtype: str, layers: int, hidden: int) -> None:
    if "projected" in name and hidden < 4:
        pytest.skip("a projection to 3 numbers has more than 3 to project")
    module = layer(name, 5, hidden, layers, dtype)
    x = numbers(2, STEPS, 5, dtype=dtype)
    y, states = whole([module], x)
    stream = pyrnn.Stream(module)
    assert same(np.stack([stream.step(row) for row in x]), y)
    assert_state(stream, states)
    blocks = pyrnn.Stream(module)
    cuts = [0, 0, 2, 3, STEPS]
    got = [blocks.run(x[a:b]) for a, b in itertools.pairwise(cuts)]
    assert same(np.concatenate(got), y)
    assert_state(blocks, states)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", networks())
def test_whole_networks(isa: str, name: str, dtype: str) -> None:
    layers = networks(dtype)[name]
    x = inputs_of(layers, 3, 40, dtype=dtype)
    y, states = whole(layers, x)
    stream = pyrnn.Stream(layers)
    got = [stream.step(row) for row in x[:25]]
    assert same(np.concatenate([np.stack(got), stream.run(x[25:])]), y)
    assert_state(stream, states)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_block_on_several_threads(threads: int) -> None:
    layers = networks()["numbers"]
    x = inputs_of(layers, 4, 300)
    y, _ = whole(layers, x)
    with native.schedule(team=threads):
        assert same(pyrnn.Stream(layers).run(x), y)


def test_a_table_too_large_to_be_projected() -> None:
    """4 x 1024 numbers for each of 4200 rows are more than 64 MB."""
    layers = [nn.Embedding(4200, 3, rng=0), nn.LSTM(3, 1024, rng=1, init="torch")]
    ids = [4199, 0, 7]
    y, _ = whole(layers, np.array(ids))
    stream = pyrnn.Stream(layers)
    assert same(np.stack([stream.step(k) for k in ids]), y)


def test_sequences_nested_and_modules_of_ones_own() -> None:
    class Tagger(nn.Module):
        def __init__(self) -> None:
            self.recurrent = nn.GRU(5, 8, rng=0)
            self.output = nn.Sequential(nn.Linear(8, 4, rng=1), nn.Tanh())

        def streamed(self) -> list[nn.Module]:
            return [self.recurrent, self.output]

    tagger = Tagger()
    x = numbers(5, STEPS, 5)
    y, _ = whole([tagger.recurrent, *tagger.output], x)
    assert same(pyrnn.Stream(tagger).run(x), y)
    assert same(pyrnn.Stream([nn.ModuleList([tagger])]).run(x), y)


def test_streamed_may_return_one_layer_and_yield_several() -> None:
    class One(nn.Module):
        def __init__(self, layer: nn.Module) -> None:
            self.layer = layer

        def streamed(self) -> nn.Module:
            return self.layer

    class Several(One):
        def streamed(self) -> Any:
            yield self.layer
            yield One(nn.Linear(21, 2, rng=1))

    gru = layer("gru")
    x = numbers(5, STEPS, 5)
    assert same(pyrnn.Stream(One(One(gru))).run(x), whole([gru], x)[0])
    wanted, _ = whole([gru, nn.Linear(21, 2, rng=1)], x)
    assert same(pyrnn.Stream(Several(gru)).run(x), wanted)


@pytest.mark.parametrize("make", [nn.RNNCell, nn.GRUCell, nn.LSTMCell])
def test_a_cell(make: Any) -> None:
    cell = make(5, 8, rng=0)
    x = numbers(6, 1, 5)
    state = cell(x[0])
    assert same(pyrnn.Stream(cell).step(x[0]), (state[0] if make is nn.LSTMCell else state).numpy())


def test_where_the_result_goes() -> None:
    stream = pyrnn.Stream(layer("lstm"))
    x = numbers(7, 3, 5)
    first = stream.step(x[0])
    kept = first.copy()
    out = np.zeros(21, np.float32)
    assert stream.step(x[1], out) is out
    assert same(first, kept)
    again = pyrnn.Stream(stream)
    assert same(again.step(x[0]), first)
    assert same(again.step(x[1]), out)


def test_over_its_own_input() -> None:
    """x and out may lie over one another."""
    linear = nn.Linear(5, 5, rng=0)
    memory = numbers(8, 7)
    wanted = linear(memory[:5]).numpy()
    stream = pyrnn.Stream([linear, nn.Tanh(), nn.Linear(5, 5, rng=1)])
    expected = stream.step(memory[:5].copy())
    assert same(stream.step(memory[:5], memory[2:7]), expected)
    assert not same(wanted, expected)


@pytest.mark.parametrize(
    "given",
    [
        lambda x: x.tolist(),
        lambda x: pyrnn.Tensor(x),
        lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
        lambda x: x[::-1].copy()[::-1],
        lambda x: np.asfortranarray(x),
    ],
    ids=["list", "tensor", "strided", "reversed", "fortran"],
)
def test_what_x_may_be(given: Any) -> None:
    module = layer("gru")
    x = numbers(9, 5)
    assert same(pyrnn.Stream(module).step(given(x)), pyrnn.Stream(module).step(x))
    block = np.stack([x, x])
    assert same(pyrnn.Stream(module).run(given(block)), pyrnn.Stream(module).run(block[:]))


@pytest.mark.parametrize("given", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_what_an_id_may_be(given: Any) -> None:
    layers = networks()["tokens"]
    assert same(pyrnn.Stream(layers).step(given), pyrnn.Stream(layers).run([3])[0])


def test_state_goes_out_and_in() -> None:
    stream = pyrnn.Stream(networks()["numbers"])
    x = numbers(10, 6, 5)
    stream.run(x[:3])
    state = stream.state
    assert {name: array.shape for name, array in state.items()} == {
        "0.h": (1, 8),
        "0.c": (1, 33),
        "1.h": (2, 12),
    }
    rest = stream.run(x[3:])
    assert not same(stream.state["1.h"], state["1.h"])  # a copy stays as it was
    other = pyrnn.Stream(stream)
    other.state = {name: array.tolist() for name, array in state.items()}
    assert same(other.run(x[3:]), rest)
    other.reset()
    assert not any(array.any() for array in other.state.values())
    assert same(other.run(x[:3]), pyrnn.Stream(stream).run(x[:3]))


def test_a_layer_goes_on_from_a_streams_state() -> None:
    lstm = layer("lstm")
    x = numbers(11, 6, 5)
    stream = pyrnn.Stream(lstm)
    stream.run(x[:4])
    state = stream.state
    y, _ = lstm(x[4:], (state["0.h"], state["0.c"]))
    assert same(stream.run(x[4:]), y.numpy())


def test_weights_are_those_of_its_making() -> None:
    layers = networks()["tagger"]
    stream, other = pyrnn.Stream(layers), pyrnn.Stream(layers)
    before = stream.run([1, 2, 3])
    for module in layers:
        for parameter in module.parameters():
            parameter.assign(np.zeros(parameter.shape, "float32"))
    assert same(other.run([1, 2, 3]), before)
    del layers
    assert same(pyrnn.Stream(other).run([1, 2, 3]), before)


def test_dropout_is_off() -> None:
    lstm = nn.LSTM(5, 8, 2, dropout=0.5, rng=0).train()
    stream = pyrnn.Stream([lstm, nn.Dropout(1.0)])
    x = numbers(12, STEPS, 5)
    assert same(stream.run(x), whole([lstm], x)[0])


def test_hard_numbers_pass() -> None:
    """NaN and infinity do what they do in the layer, and a reset leaves nothing of them."""
    module = layer("lstm")
    stream = pyrnn.Stream(module)
    x = numbers(13, 3, 5)
    fresh = stream.run(x)
    stream.step(np.full(5, np.nan, np.float32))
    assert np.isnan(stream.step(x[0])).all()
    stream.reset()
    assert same(stream.run(x), fresh)


def test_memory_stays() -> None:
    stream = pyrnn.Stream(networks()["tagger"])
    stream.step(0)
    before = native.fresh_blocks(), native.used_memory()
    for _ in range(100):
        stream.step(3)
    assert (native.fresh_blocks(), native.used_memory()) == before
