"""Odd input that is right: it works, and gives the bits that a plain contiguous copy gives."""

from __future__ import annotations

import copy
import io
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pyrnn import Tensor, nn, no_grad, optim
from pyrnn import functional as F
from pyrnn.data import TrainingStreams
from pyrnn.decoding import Greedy

T, B, I, H, V = 5, 4, 6, 3, 9
RNG = np.random.default_rng(0)
PLAIN = RNG.standard_normal((T, B, I)).astype("f4")
LENGTHS = np.array([5, 0, 3, 2])
IDS = RNG.integers(0, V, (T, B))


class Readings(np.ndarray):
    """Somebody's own kind of array."""


def unaligned(array: np.ndarray) -> np.ndarray:
    raw = np.zeros(array.nbytes + 1, np.uint8)
    view = raw[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


def read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


def strided(array: np.ndarray) -> np.ndarray:
    """Every third element of a larger array along every axis."""
    wide = np.full([3 * n for n in array.shape], 99, array.dtype)
    view = wide[tuple(slice(1, None, 3) for _ in array.shape)]
    view[...] = array
    return view


def buffer_of(array: np.ndarray) -> np.ndarray:
    return np.frombuffer(io.BytesIO(array.tobytes()).getvalue(), array.dtype).reshape(array.shape)


class Exporter:
    """What NumPy reads through __array__, as the arrays of other libraries."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        self.dtype, self.shape = array.dtype, array.shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.array


# The same numbers in another form.
LAYOUTS: dict[str, Callable[[np.ndarray], Any]] = {
    "Fortran order": np.asfortranarray,
    "reversed twice": lambda a: a[::-1].copy()[::-1],
    "negative strides": lambda a: np.flip(np.flip(a).copy()),
    "strided": strided,
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "read-only": read_only,
    "unaligned": unaligned,
    "a bytes object's memory": buffer_of,
    "a subclass": lambda a: a.view(Readings),
    "a record array": lambda a: a.view(np.recarray),
    "a masked array without a mask": np.ma.asarray,
    "a Tensor": lambda a: Tensor(a),
    "an exporter": Exporter,
    "nested lists": lambda a: a.tolist(),
}
INTEGERS = ["i1", "i2", "i4", ">i8", "u1", "u4", "u8"]


def outputs(layer: nn.Module, x: Any, state: Any = None, lengths: Any = None) -> list[np.ndarray]:
    """Everything that a call and a backward pass through it give."""
    layer.zero_grad()
    y, final = layer(x, state, lengths)
    (y * y).sum().backward()
    finals = final if isinstance(final, tuple) else (final,)
    return [y.numpy(), *(f.numpy() for f in finals), *(p.grad for p in layer.parameters())]


def assert_same_bits(got: list[np.ndarray], want: list[np.ndarray]) -> None:
    for one, other in zip(got, want, strict=True):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        assert one.tobytes() == other.tobytes()


@pytest.fixture(params=["lstm", "gru", "rnn"])
def layer(request: pytest.FixtureRequest) -> nn.Module:
    kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[request.param]
    return kind(I, H, num_layers=2, bidirectional=True, rng=0)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_inputs(layer: nn.Module, layout: str) -> None:
    odd = LAYOUTS[layout](PLAIN)
    assert_same_bits(outputs(layer, odd, None, LENGTHS), outputs(layer, PLAIN, None, LENGTHS))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_states(layout: str) -> None:
    h = np.random.default_rng(1).standard_normal((1, B, H)).astype("f4")
    odd, lstm, gru = LAYOUTS[layout](h), nn.LSTM(I, H, rng=0), nn.GRU(I, H, rng=0)
    assert_same_bits(outputs(lstm, PLAIN, [odd, odd]), outputs(lstm, PLAIN, (h, h)))
    if layout != "nested lists":  # a list stands for a pair of states
        assert_same_bits(outputs(gru, PLAIN, odd), outputs(gru, PLAIN, h))


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("layout", ["plain", *LAYOUTS])
def test_lengths_and_ids(layout: str, dtype: str) -> None:
    change = LAYOUTS.get(layout, lambda a: a)
    lstm, embedding = nn.LSTM(I, H, rng=0), nn.Embedding(V, I, rng=1)
    lengths, ids = (change(a.astype(dtype)) for a in (LENGTHS, IDS))
    assert_same_bits(
        outputs(lstm, embedding(ids), None, lengths), outputs(lstm, embedding(IDS), None, LENGTHS)
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_linear_and_losses(layout: str) -> None:
    change = LAYOUTS[layout]
    linear = nn.Linear(I, V, rng=0)

    def results(x: Any, targets: Any, weight: Any, vote: Any) -> list[np.ndarray]:
        linear.zero_grad()
        logits = linear(x)
        loss = F.cross_entropy(logits, targets, weight, reduction="mean")
        loss = loss + F.mse_loss(logits, vote, reduction="sum")
        loss.backward()
        return [loss.numpy(), linear.weight.grad, linear.bias.grad]

    weight, vote = np.linspace(1, 2, V, dtype="f4"), np.ones((T, B, V), "f4")
    given = (PLAIN, IDS, weight, vote)
    assert_same_bits(results(*map(change, given)), results(*given))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_gradients_that_are_handed_over(layout: str) -> None:
    lstm = nn.LSTM(I, H, rng=0)
    dy = np.random.default_rng(2).standard_normal((T, B, H)).astype("f4")
    results = []
    for gradient in (dy, LAYOUTS[layout](dy)):
        lstm.zero_grad()
        lstm(PLAIN)[0].backward(gradient)
        results.append([p.grad for p in lstm.parameters()])
    assert_same_bits(results[1], results[0])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_state_dicts(layout: str) -> None:
    source, target = nn.GRU(I, H, rng=0), nn.GRU(I, H, rng=1)
    target.load_state_dict({k: LAYOUTS[layout](a) for k, a in source.state_dict().items()})
    assert_same_bits(list(target.state_dict().values()), list(source.state_dict().values()))
    assert_same_bits(outputs(target, PLAIN), outputs(source, PLAIN))


@pytest.mark.parametrize("dtype", [">f4", "f2", ">f2"])
def test_state_dicts_of_another_dtype_that_loses_nothing(dtype: str) -> None:
    gru = nn.GRU(I, H, rng=0)
    halves = {name: (array * 8).round() / 8 for name, array in gru.state_dict().items()}
    gru.load_state_dict({name: array.astype(dtype) for name, array in halves.items()})
    assert_same_bits(list(gru.state_dict().values()), list(halves.values()))


@pytest.mark.parametrize(
    ("shape", "lengths"),
    [((0, B, I), None), ((T, 0, I), []), ((0, 0, I), None), ((T, B, I), [0] * B), ((0, I), None)],
    ids=str,
)
def test_nothing_to_read(layer: nn.Module, shape: tuple[int, ...], lengths: Any) -> None:
    """Without a step y is empty or zero, the state stays, and all gradients are zero."""
    y, final, *rest = outputs(layer, np.zeros(shape, "f4"), None, lengths)
    assert y.shape == (*shape[:-1], 2 * H)
    assert not y.any()
    assert not final.any()
    assert not any(array.any() for array in rest)


def test_one_row_for_all() -> None:
    """Zero strides: one step, or one sequence, shown many times."""
    lstm = nn.LSTM(I, H, rng=0)
    for axes in ((1, B, I), (T, 1, I), (1, 1, I)):
        odd = np.broadcast_to(PLAIN[: axes[0], : axes[1]], (T, B, I))
        assert_same_bits(outputs(lstm, odd), outputs(lstm, odd.copy()))


def test_windows_that_overlap() -> None:
    series = np.random.default_rng(3).standard_normal(T + B - 1 + I).astype("f4")
    windows = np.lib.stride_tricks.sliding_window_view(series, (I,))[: T + B - 1]
    odd = np.stack([windows[b : b + T] for b in range(B)], axis=1)[:, ::-1]
    lstm = nn.LSTM(I, H, rng=0)
    assert_same_bits(outputs(lstm, odd), outputs(lstm, odd.copy()))
    tall = np.lib.stride_tricks.as_strided(series, (T, B, I), (4, 4, 4))
    assert_same_bits(outputs(lstm, tall), outputs(lstm, tall.copy()))


def test_a_parameter_takes_its_own_memory_reversed() -> None:
    parameter = nn.Parameter(np.arange(6, dtype="f4"))
    parameter.assign(parameter.numpy()[::-1])
    assert parameter.numpy().tolist() == [5, 4, 3, 2, 1, 0]


def test_an_input_that_is_also_the_state() -> None:
    gru = nn.GRU(H, H, rng=0)
    x = np.random.default_rng(4).standard_normal((1, B, H)).astype("f4")
    assert_same_bits(outputs(gru, x, x), outputs(gru, x.copy(), x.copy()))


@pytest.mark.parametrize("kind", [optim.SGD, optim.RMSprop, optim.Adam, optim.AdamW])
def test_gradients_of_any_layout(kind: Any) -> None:
    plain = np.random.default_rng(5).standard_normal((I, V)).astype("f4")
    results = []
    for layout in (lambda a: a.copy(), np.asfortranarray, strided, read_only, unaligned):
        parameter = nn.Parameter(np.ones((I, V), "f4"))
        optimizer = kind([parameter], lr=0.1)
        for _ in range(3):
            parameter.grad = layout(plain)
            optimizer.step()
        results.append(parameter.numpy().copy())
    for other in results[1:]:
        assert np.allclose(other, results[0], rtol=1e-6)


def test_numbers_of_numpy_as_settings() -> None:
    odd = nn.LSTM(np.int16(I), np.uint8(H), np.int64(2), np.bool_(True), rng=np.int32(0))
    plain = nn.LSTM(I, H, 2, rng=0)
    assert_same_bits(outputs(odd, PLAIN), outputs(plain, PLAIN))
    assert F.dropout(PLAIN, np.float32(0.0), None, True).shape == PLAIN.shape
    lookup = nn.Embedding(V, I, rng=0)(IDS)
    assert lookup.reshape(np.int64(-1)).shape == (T * B * I,)
    assert lookup.expand_dims(np.int64(0)).shape == (1, T, B, I)


def test_special_numbers_pass_through() -> None:
    """NaN and infinity are numbers here: they reach what depends on them and nothing else."""
    lstm = nn.LSTM(I, H, rng=0)
    odd = PLAIN.copy()
    odd[2, 1, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = lstm(odd)[0].numpy()
    assert np.isnan(y[2:, 1]).all()
    assert np.array_equal(np.delete(y, 1, axis=1), np.delete(lstm(PLAIN)[0].numpy(), 1, axis=1))


def test_after_load_state_dict_the_new_weights_count() -> None:
    """Also those of a forward call's packed copy; its own backward pass stays what it was."""
    lstm, other = nn.LSTM(I, H, rng=0), nn.LSTM(I, H, rng=1)
    want = outputs(lstm, PLAIN)
    lstm.zero_grad()
    y, _ = lstm(PLAIN)
    lstm.load_state_dict(other.state_dict())
    (y * y).sum().backward()
    assert_same_bits([p.grad for p in lstm.parameters()], want[3:])
    assert_same_bits(outputs(lstm, PLAIN), outputs(other, PLAIN))


def test_copies_work_on_their_own() -> None:
    lstm = nn.LSTM(I, H, rng=0)
    with no_grad():
        lstm(PLAIN)
    for twin in (copy.deepcopy(lstm), pickle.loads(pickle.dumps(lstm))):
        assert_same_bits(outputs(twin, PLAIN), outputs(lstm, PLAIN))
        next(twin.parameters()).assign(np.zeros((4 * H, I), "f4"))
        assert lstm.weight_ih_l0.numpy().any()


def test_odd_ids_and_logits() -> None:
    odd = TrainingStreams(np.arange(60)[::2], 3, 4)
    plain = TrainingStreams(np.arange(60)[::2].copy(), 3, 4)
    for one, other in zip(odd.epoch(0), plain.epoch(0), strict=True):
        assert_same_bits([one.inputs, one.targets], [other.inputs, other.targets])
    logits = np.random.default_rng(6).standard_normal((4, V))
    for layout in (np.asfortranarray, strided, read_only, unaligned):
        assert Greedy()(layout(logits)).tolist() == Greedy()(logits).tolist()
