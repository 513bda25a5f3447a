"""Recurrent layers: layouts, lengths, states, cells, dropout, token input, packing."""

import warnings
from functools import partial

import numpy as np
import pytest

from pyrnn import functional, nn, no_grad
from pyrnn.autograd import Tensor
from pyrnn.kernels import native

T, B, I, H = 6, 3, 4, 5

LAYERS = {
    "RNN": nn.RNN,
    "RNN-relu": lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k),
    "RNN-sigmoid": lambda *a, **k: nn.RNN(*a, nonlinearity="sigmoid", **k),
    "LSTM": nn.LSTM,
    "LSTM-peephole": partial(nn.LSTM, peephole=True),
    "LSTM-coupled": partial(nn.LSTM, coupled=True, peephole=True),
    "LSTM-projected": partial(nn.LSTM, proj_size=3),
    "LSTM-norm": partial(nn.LSTM, layer_norm=True),
    "GRU": nn.GRU,
    "GRU-before": lambda *a, **k: nn.GRU(*a, reset_after=False, **k),
    "GRU-norm": partial(nn.GRU, layer_norm=True),
}
DEEP = {"num_layers": 2, "bidirectional": True}

every_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())


def sequences(dtype="float32", seed=0, shape=(T, B, I)):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def parts(state):
    """h, or h and c, as arrays."""
    return [s.numpy() for s in (state if isinstance(state, tuple) else (state,))]


def state_of(layer, seed=5, batch=B):
    """A random initial state in the form that the layer takes."""
    shapes = [layer.stack.state_shape(batch), layer.stack.cell_state_shape(batch)]
    arrays = [sequences(str(layer.dtype), seed + k, shape) for k, shape in enumerate(shapes)]
    return tuple(arrays) if layer.stack.has_cell_state else arrays[0]


@every_layer
@pytest.mark.parametrize("options", [{}, DEEP], ids=["plain", "deep"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_shapes_and_dtypes(make, options, dtype):
    layer = make(I, H, dtype=dtype, rng=0, **options)
    y, state = layer(sequences(dtype))
    D, L = (2, 2) if options else (1, 1)
    P = getattr(layer, "proj_size", 0) or H
    assert y.shape == (T, B, D * P)
    assert y.dtype == dtype
    widths = [P, H] if isinstance(layer, nn.LSTM) else [P]
    assert [(s.shape, s.dtype) for s in parts(state)] == [((L * D, B, w), dtype) for w in widths]


@every_layer
def test_batch_first_is_the_same_with_axes_exchanged(make):
    layer = make(I, H, rng=0, **DEEP)
    other = make(I, H, rng=0, batch_first=True, **DEEP)
    x, lengths, state = sequences(), [6, 2, 4], state_of(layer)
    y, final = layer(x, state, lengths)
    y2, final2 = other(x.swapaxes(0, 1), state, lengths)
    np.testing.assert_array_equal(y.numpy().swapaxes(0, 1), y2.numpy())
    for s, s2 in zip(parts(final), parts(final2), strict=True):
        np.testing.assert_array_equal(s, s2)


@every_layer
@pytest.mark.parametrize("batch_first", [False, True])
def test_a_single_sequence_needs_no_batch_axis(make, batch_first):
    layer = make(I, H, rng=0, batch_first=batch_first, **DEEP)
    x, state = sequences(), state_of(layer)
    axis = 0 if batch_first else 1
    y, final = layer(x.swapaxes(0, 1) if batch_first else x, state)
    first = tuple(s[:, 0] for s in state) if isinstance(state, tuple) else state[:, 0]
    y1, final1 = layer(x[:, 0], first)
    assert y1.shape == (T, 2 * layer.stack.output_size)
    # the batch of one may be computed in another order than the batch of three
    np.testing.assert_allclose(y.numpy().take(0, axis), y1.numpy(), rtol=1e-5, atol=1e-6)
    for s, s1 in zip(parts(final), parts(final1), strict=True):
        assert s1.shape == (4, s.shape[-1])
        np.testing.assert_allclose(s[:, 0], s1, rtol=1e-5, atol=1e-6)


@every_layer
@pytest.mark.parametrize(
    "lengths",
    [[3, 6, 0], (6, 6, 6), np.array([1, 2, 3]), np.array([0, 0, 0], "int32"), np.uint8([6, 5, 4])],
    ids=["list", "tuple", "array", "zeros", "uint8"],
)
def test_each_sequence_of_a_ragged_batch_is_as_if_alone(make, lengths):
    layer = make(I, H, dtype="float64", rng=0, **DEEP)
    x, state = sequences("float64"), state_of(layer)
    y, final = layer(x, state, lengths)
    for b, n in enumerate(int(n) for n in lengths):
        alone = tuple(s[:, b] for s in state) if isinstance(state, tuple) else state[:, b]
        y1, final1 = layer(x[:n, b], alone)
        np.testing.assert_allclose(y.numpy()[:n, b], y1.numpy(), rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(y.numpy()[n:, b], 0)
        for s, s1 in zip(parts(final), parts(final1), strict=True):
            np.testing.assert_allclose(s[:, b], s1, rtol=1e-12, atol=1e-14)


@every_layer
def test_a_sequence_cut_in_two_with_the_state_carried_is_one(make):
    layer = make(I, H, num_layers=2, dtype="float64", rng=0)
    x = sequences("float64")
    y, final = layer(x)
    y1, state = layer(x[:2])
    y2, final2 = layer(x[2:], state)
    np.testing.assert_allclose(
        y.numpy(), np.concatenate([y1.numpy(), y2.numpy()]), rtol=1e-12, atol=1e-14
    )
    for s, s2 in zip(parts(final), parts(final2), strict=True):
        np.testing.assert_allclose(s, s2, rtol=1e-12, atol=1e-14)


@every_layer
@pytest.mark.parametrize(("time", "batch"), [(0, 3), (6, 0), (0, 0)])
@pytest.mark.parametrize("batch_first", [False, True])
def test_nothing_in_nothing_out(make, time, batch, batch_first):
    layer = make(I, H, rng=0, batch_first=batch_first, **DEEP)
    outline = (batch, time) if batch_first else (time, batch)
    state = state_of(layer, batch=batch)
    y, final = layer(np.zeros((*outline, I), "float32"), state, [0] * batch)
    assert y.shape == (*outline, 2 * layer.stack.output_size)
    given = state if isinstance(state, tuple) else (state,)
    for s, s0 in zip(parts(final), given, strict=True):
        np.testing.assert_array_equal(s, s0)


@pytest.mark.parametrize("batch_first", [False, True])
def test_all_cell_states_on_request(batch_first):
    lstm = nn.LSTM(I, H, rng=0, batch_first=batch_first, **DEEP)
    x = sequences(shape=(B, T, I) if batch_first else (T, B, I))
    lengths = [6, 2, 4]
    y, (_, c), cells = lstm(x, lengths=lengths, return_cells=True)
    assert cells.shape == y.shape
    cells = cells.numpy().swapaxes(0, 1) if batch_first else cells.numpy()
    for b, n in enumerate(lengths):
        np.testing.assert_array_equal(cells[n - 1, b, :H], c.numpy()[2, b])  # forward ends at n - 1
        np.testing.assert_array_equal(cells[0, b, H:], c.numpy()[3, b])  # reverse ends at 0
        np.testing.assert_array_equal(cells[n:, b], 0)
    _, (_, c1), cells1 = lstm(x[:, 0] if not batch_first else x[0], return_cells=True)
    assert cells1.shape == (T, 2 * H)
    np.testing.assert_array_equal(cells1.numpy()[-1, :H], c1.numpy()[2])


def test_half_a_state_is_zeros_for_the_other_half():
    lstm = nn.LSTM(I, H, rng=0)
    x, zeros = sequences(), np.zeros((1, B, H), "float32")
    h, c = state_of(lstm)
    for half, whole in [((h, None), (h, zeros)), ((None, c), (zeros, c)), ((None, None), None)]:
        np.testing.assert_array_equal(lstm(x, half)[0].numpy(), lstm(x, whole)[0].numpy())


def test_arrays_lists_and_tensors_are_the_same_input():
    gru = nn.GRU(I, H, rng=0)
    x = sequences()
    expected = gru(x)[0].numpy()
    for same in (Tensor(x), x.tolist(), np.asfortranarray(x)):
        np.testing.assert_array_equal(gru(same)[0].numpy(), expected)


# dropout


def test_dropout_acts_between_layers_in_training_only():
    lstm = nn.LSTM(I, H, num_layers=2, dropout=0.5, rng=0)
    plain = nn.LSTM(I, H, num_layers=2, rng=0)
    x = sequences()
    first, second = lstm(x)[0].numpy(), lstm(x)[0].numpy()
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(lstm.eval()(x)[0].numpy(), plain(x)[0].numpy())
    # the first layer reads no dropped value
    _, (h, _) = lstm.train()(x)
    np.testing.assert_array_equal(h.numpy()[0], plain(x)[1][0].numpy()[0])


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_sequence_of_the_same_number_has_the_same_dropout(batch_first):
    options = {"num_layers": 2, "dropout": 0.5, "dtype": "float64", "batch_first": batch_first}

    def call(x, lengths, numbers):  # layers of the same seed draw the same seeds of masks
        x = x.swapaxes(0, 1) if batch_first else x
        y = nn.LSTM(I, H, **options, rng=0)(x, lengths=lengths, sequences=numbers)[0].numpy()
        return y.swapaxes(0, 1) if batch_first else y

    x = sequences("float64")
    whole = call(x, [6, 2, 5], [7, 3, 11])
    part = call(x[:, [2, 0]], [5, 6], np.array([11, 7], "uint8"))
    np.testing.assert_allclose(part, whole[:, [2, 0]], rtol=1e-12, atol=1e-14)
    assert not np.allclose(call(x[:, [2, 0]], [5, 6], None), part)
    for number in (11, [11]):
        alone = nn.LSTM(I, H, **options, rng=0)(x[:5, 2], sequences=number)[0].numpy()
        np.testing.assert_allclose(alone, whole[:5, 2], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("numbers", "error", "message"),
    [
        ([1.0] * B, TypeError, "sequences: expected integers"),
        ([0, 1], ValueError, r"sequences: expected shape \(B,\) = \(3,\)"),
        ([0, 1, -1], ValueError, "sequences: expected numbers from 0 on; got -1 at row 2"),
    ],
)
def test_numbers_of_sequences_that_cannot_be(numbers, error, message):
    layer = nn.GRU(I, H, num_layers=2, dropout=0.5, rng=0)
    with pytest.raises(error, match=message):
        layer(sequences(), sequences=numbers)
    with pytest.raises(ValueError, match="sequences: expected one integer for a single sequence"):
        layer(sequences()[:, 0], sequences=[0, 1])


def test_dropout_follows_from_the_seed():
    def two_calls(rng):
        layer = nn.GRU(I, H, num_layers=2, dropout=0.5, rng=rng)
        return [layer(sequences())[0].numpy() for _ in range(2)]

    np.testing.assert_array_equal(two_calls(3), two_calls(3))
    assert not np.array_equal(two_calls(3), two_calls(4))


def test_a_call_without_dropout_draws_nothing():
    lstm = nn.LSTM(I, H, num_layers=2, dropout=0.5, rng=0)
    before = lstm.rng_state()
    lstm.eval()(sequences())
    assert lstm.rng_state() == before
    lstm.train()(sequences())
    assert lstm.rng_state() != before


def test_dropout_with_one_layer_warns():
    with pytest.warns(UserWarning, match="dropout: expected num_layers > 1") as caught:
        layer = nn.LSTM(I, H, dropout=0.5, rng=0)
    assert caught[0].filename == __file__
    x = sequences()
    np.testing.assert_array_equal(layer(x)[0].numpy(), layer.eval()(x)[0].numpy())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.LSTM(I, H, num_layers=2, dropout=0.5, rng=0)


# token input


@every_layer
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("batched", [True, False])
def test_token_ids_are_the_same_as_their_rows(make, batch_first, batched):
    embedding = nn.Embedding(9, I, rng=1)
    layer = make(I, H, rng=0, batch_first=batch_first, **DEEP)
    shape = ((B, T) if batch_first else (T, B)) if batched else (T,)
    ids = np.random.default_rng(0).integers(9, size=shape)
    lengths = [2, 6, 0] if batched else None
    gradients = []
    for fused in (True, False):
        x = embedding(ids)
        y, _ = layer(x if fused else x * 1.0, lengths=lengths)
        (y * Tensor(sequences(seed=3, shape=y.shape))).sum().backward()
        gradients.append([y.numpy(), *(p.grad for p in (*layer.parameters(), embedding.weight))])
        layer.zero_grad()
        embedding.zero_grad()
    for fused, plain in zip(*gradients, strict=True):
        # float32 sums over at most T·B = 18 steps in another order
        np.testing.assert_allclose(fused, plain, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("batched", [True, False])
def test_token_ids_reach_the_kernel_as_ids(monkeypatch, batch_first, batched):
    seen = []
    forward = native.forward

    def spy(packed, x, *args, **kwargs):
        seen.append(type(x).__name__)
        return forward(packed, x, *args, **kwargs)

    monkeypatch.setattr(native, "forward", spy)
    embedding, lstm = nn.Embedding(9, I, rng=1), nn.LSTM(I, H, rng=0, batch_first=batch_first)
    ids = np.zeros((2, 3) if batched else 4, int)
    lstm(embedding(ids))
    lstm(sequences())
    wider = nn.LSTM(I + 3, H, rng=0, batch_first=batch_first)
    wider([embedding(ids), sequences(shape=(*ids.shape, 3))])
    assert seen == ["Lookup", "ndarray", "Lookup"]


PARTS = {
    "a lookup first": lambda e, x: [e, x],
    "a lookup last": lambda e, x: (x, e),
    "arrays and a list": lambda e, x: [x.numpy(), (e * 1.0).numpy().tolist()],
    "one part": lambda e, x: (x,),
}


@every_layer
@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("batched", [True, False])
def test_parts_are_the_same_as_one_array(make, name, batch_first, batched):
    shape = ((B, T) if batch_first else (T, B)) if batched else (T,)
    ids = np.random.default_rng(0).integers(9, size=shape)
    lengths = [2, 6, 0] if batched else None
    found = []
    for in_parts in (True, False):
        embedding = nn.Embedding(9, I, rng=1)
        other = Tensor(sequences(seed=2, shape=(*shape, 3)), requires_grad=True)
        parts = PARTS[name](embedding(ids), other)
        width = sum(np.shape(part)[-1] for part in parts)
        layer = make(width, H, rng=0, batch_first=batch_first, dropout=0.5, **DEEP)
        x = (
            parts
            if in_parts
            else functional.concatenate([functional.add(p, 0.0) for p in parts], axis=-1)
        )
        y, _ = layer(x, lengths=lengths)
        (y * Tensor(sequences(seed=3, shape=y.shape))).sum().backward()
        gradients = [p.grad for p in layer.parameters()]
        gradients += [t.grad for t in (embedding.weight, other) if t.grad is not None]
        found.append([y.numpy(), *gradients])
    for apart, whole in zip(*found, strict=True):
        # float32 sums over at most T·B = 18 steps in another order
        np.testing.assert_allclose(apart, whole, rtol=1e-4, atol=2e-6)


# packing


def test_weights_are_packed_again_only_when_they_change(monkeypatch):
    packs = []
    pack = native.pack
    monkeypatch.setattr(native, "pack", lambda *a: packs.append(1) or pack(*a))
    lstm, x = nn.LSTM(I, H, rng=0), sequences()
    for _ in range(3):
        lstm(x)
    assert len(packs) == 1
    lstm.bias_hh_l0.assign(np.ones(4 * H, "float32"))
    changed = lstm(x)[0].numpy()
    assert len(packs) == 2
    lstm.bias_hh_l0 = nn.Parameter(np.zeros(4 * H, "float32"))
    assert not np.array_equal(lstm(x)[0].numpy(), changed)
    assert len(packs) == 3


def test_tied_layers_add_up_their_gradients():
    tied = nn.GRU(H, H, num_layers=2, dtype="float64", rng=0)
    free = nn.GRU(H, H, num_layers=2, dtype="float64", rng=0)
    free.load_state_dict(
        {name: tied.state_dict()[name.replace("_l1", "_l0")] for name in free.state_dict()}
    )
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(tied, f"{name}_l1", getattr(tied, f"{name}_l0"))
    assert len(list(tied.parameters())) == 4
    x = sequences("float64", shape=(T, B, H))
    for layer in (tied, free):
        (layer(x)[0] * layer(x)[0]).sum().backward()
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        total = getattr(free, f"{name}_l0").grad + getattr(free, f"{name}_l1").grad
        np.testing.assert_allclose(getattr(tied, f"{name}_l0").grad, total, rtol=1e-12, atol=1e-14)


# gradients


def test_nothing_is_recorded_without_gradients():
    lstm = nn.LSTM(I, H, rng=0)
    with no_grad():
        y, (h, c) = lstm(sequences())
    assert [t.requires_grad for t in (y, h, c)] == [False] * 3


def test_frozen_weights_have_no_gradient():
    lstm = nn.LSTM(I, H, rng=0)
    lstm.weight_ih_l0.requires_grad = False
    lstm(sequences())[0].sum().backward()
    assert lstm.weight_ih_l0.grad is None
    assert lstm.weight_hh_l0.grad is not None


def test_an_update_between_forward_and_backward_does_not_pass_unnoticed():
    lstm = nn.LSTM(I, H, dtype="float64", rng=0)
    y = lstm(sequences("float64"))[0].sum()
    expected = nn.LSTM(I, H, dtype="float64", rng=0)
    expected(sequences("float64"))[0].sum().backward()
    lstm.weight_hh_l0.assign(np.zeros((4 * H, H)))
    # the kernel's packed copy is that of the forward pass: either an error or the right gradient
    try:
        y.backward()
    except RuntimeError as error:
        assert "changed" in str(error)  # noqa: PT017
    else:
        np.testing.assert_array_equal(lstm.weight_hh_l0.grad, expected.weight_hh_l0.grad)


def test_the_repr_tells_the_settings():
    assert repr(nn.GRU(2, 3, rng=0)).startswith(
        "GRU(2, 3)  # x (T, B, 2) -> y (T, B, 3), h (1, B, 3)"
    )
    layer = nn.LSTM(2, 3, 2, False, True, 0.25, True, dtype="float64", rng=0)
    settings = "num_layers=2, bias=False, batch_first=True, dropout=0.25, bidirectional=True"
    assert f"LSTM(2, 3, {settings}, dtype=float64)  # x (B, T, 2) -> y (B, T, 6)" in repr(layer)
    assert "nonlinearity='relu'" in repr(nn.RNN(2, 3, nonlinearity="relu", rng=0))
    assert "reset_after=False" in repr(nn.GRU(2, 3, reset_after=False, rng=0))
    layer = nn.LSTM(2, 5, 2, proj_size=3, peephole=True, coupled=True, rng=0)
    assert repr(layer).startswith(
        "LSTM(2, 5, num_layers=2, proj_size=3, peephole=True, coupled=True)  "
        "# x (T, B, 2) -> y (T, B, 3), h (2, B, 3), c (2, B, 5)"
    )
    layer = nn.LSTM(2, 5, layer_norm=True, rng=0)
    assert repr(layer).startswith("LSTM(2, 5, layer_norm=True)  # x (T, B, 2) -> y (T, B, 5)")
    assert repr(nn.GRU(2, 5, layer_norm=True, rng=0)).startswith("GRU(2, 5, layer_norm=True)  #")
    cell = nn.LSTMCell(2, 5, peephole=True, rng=0)
    assert repr(cell).startswith("LSTMCell(2, 5, peephole=True)  # x (B, 2) -> (h, c) each (B, 5)")


def test_settings_can_be_read():
    layer = nn.GRU(2, 3, num_layers=2, bidirectional=True, dropout=0.1, batch_first=True, rng=0)
    assert (layer.input_size, layer.hidden_size, layer.num_layers) == (2, 3, 2)
    assert (layer.bias, layer.bidirectional, layer.dropout, layer.batch_first) == (
        True,
        True,
        0.1,
        True,
    )


@pytest.mark.parametrize("init", ["orthogonal", "torch"])
def test_gains_begin_at_one_and_the_shift_at_zero(init):
    lstm, gru = (make(2, 3, layer_norm=True, init=init, rng=0) for make in (nn.LSTM, nn.GRU))
    shapes = {name: p.shape for name, p in lstm.named_parameters() if "norm" in name}
    assert shapes == {
        "weight_norm_ih_l0": (12,),
        "weight_norm_hh_l0": (12,),
        "weight_norm_c_l0": (3,),
        "bias_norm_c_l0": (3,),
    }
    for name, parameter in [*lstm.named_parameters(), *gru.named_parameters()]:
        if "norm" in name:
            assert (parameter.numpy() == name.startswith("weight")).all(), name
    assert (lstm.layer_norm, gru.layer_norm, nn.GRU(2, 3).layer_norm) == (True, True, False)
    bare = nn.LSTM(2, 3, layer_norm=True, bias=False, rng=0).state_dict()
    assert not [name for name in bare if name.startswith("bias")]


@pytest.mark.parametrize("layer", [nn.LSTM, nn.LSTMCell])
def test_the_form_of_an_lstm_is_for_good(layer: type[nn.LSTM | nn.LSTMCell]) -> None:
    made = layer(2, 3, peephole=True, rng=0)
    assert made.peephole
    assert not made.coupled
    for name in ("peephole", "coupled"):
        with pytest.raises(AttributeError, match="no setter"):
            setattr(made, name, True)


def test_more_layers_than_memory_can_hold_are_refused_at_once() -> None:
    with pytest.raises(MemoryError, match="num_layers: expected fewer than"):
        nn.LSTM(1, 1, num_layers=10**13)


def test_return_cells_is_a_switch() -> None:
    with pytest.raises(TypeError, match="return_cells: expected True or False; got str 'no'"):
        nn.LSTM(2, 3, rng=0)(np.zeros((1, 1, 2), "f"), return_cells="no")
