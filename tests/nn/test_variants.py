"""Zoneout, dropout within the recurrence, resets, the last output, recomputation: as layers have
them. What they compute is for tests/kernels."""

from functools import partial

import numpy as np
import pytest

from pyrnn import Tensor, functional, nn
from pyrnn.autograd import gradcheck
from pyrnn.kernels import reference

T, B, I, H = 6, 3, 4, 5
LENGTHS = [6, 2, 5]
DEEP = {"num_layers": 2, "bidirectional": True}

LAYERS = {
    "RNN": nn.RNN,
    "LSTM": nn.LSTM,
    "LSTM-peephole": partial(nn.LSTM, peephole=True),
    "LSTM-coupled": partial(nn.LSTM, coupled=True, peephole=True),
    "LSTM-projected": partial(nn.LSTM, proj_size=3),
    "GRU": nn.GRU,
    "GRU-before": partial(nn.GRU, reset_after=False),
    "LSTM-norm": partial(nn.LSTM, layer_norm=True),
    "GRU-norm": partial(nn.GRU, layer_norm=True),
}
MASKS = {
    "zoneout": {"zoneout": 0.3},
    "recurrent dropout": {"recurrent_dropout": 0.3},
    "weight drop": {"weight_drop": 0.3},
    "all": {"zoneout": 0.2, "recurrent_dropout": 0.2, "weight_drop": 0.2, "dropout": 0.2},
}

every_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
every_mask = pytest.mark.parametrize("masks", MASKS.values(), ids=MASKS.keys())


def sequences(dtype="float32", seed=0, shape=(T, B, I)):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def state_of(layer, seed=5):
    """A random initial state in the form that the layer takes, and that needs a gradient."""
    shapes = [layer.stack.state_shape(B), layer.stack.cell_state_shape(B)]
    states = [
        Tensor(sequences(str(layer.dtype), seed + k, shape), requires_grad=True)
        for k, shape in enumerate(shapes)
    ]
    return tuple(states) if layer.stack.has_cell_state else states[0]


def flat(state):
    return list(state) if isinstance(state, tuple) else [state]


def results(layer, x, state=None, **arguments):
    """All that a call gives, and every gradient of its sum by random factors; arrays."""
    layer.zero_grad()
    x = Tensor(x, requires_grad=True)
    y, final = layer(x, state, **arguments)
    outputs = [y, *flat(final)]
    loss = sum((o * sequences(str(o.dtype), 20 + k, o.shape)).sum() for k, o in enumerate(outputs))
    loss.backward()
    inputs = [x, *(flat(state) if state is not None else []), *layer.parameters()]
    return [o.numpy() for o in outputs] + [i.grad for i in inputs]


def assert_same_bits(got, want):
    assert [a.tobytes() for a in got] == [a.tobytes() for a in want]


# masks


@every_layer
@every_mask
def test_masks_are_drawn_in_training_alone(make, masks):
    layer = make(I, H, rng=0, **DEEP, **masks)
    x = sequences()
    first, second = layer(x)[0].numpy(), layer(x)[0].numpy()
    assert not np.array_equal(first, second)
    layer.eval()
    before = layer.rng_state()
    third, fourth = layer(x)[0].numpy(), layer(x)[0].numpy()
    assert np.array_equal(third, fourth)
    assert layer.rng_state() == before
    plain = make(I, H, rng=0, **DEEP)
    assert np.array_equal(third, plain(x)[0].numpy()) == ("zoneout" not in masks)


@every_mask
def test_masks_follow_from_the_seed(masks):
    def two_calls(rng):
        layer = nn.LSTM(I, H, rng=rng, **DEEP, **masks)
        return np.stack([layer(sequences())[0].numpy() for _ in range(2)])

    assert np.array_equal(two_calls(3), two_calls(3))
    assert not np.array_equal(two_calls(3), two_calls(4))


@every_layer
@pytest.mark.parametrize("training", [True, False])
def test_a_call_is_that_of_the_specification(make, training):
    """With the seed that the generator gives next."""
    layer = make(I, H, dtype="float64", rng=0, **DEEP, zoneout=0.3, recurrent_dropout=0.2)
    layer.train(training)
    generator = np.random.default_rng()
    generator.bit_generator.state = next(iter(layer.rng_state().values()))
    seed = int(generator.integers(1 << 64, dtype="uint64")) if training else None
    numbers = np.array([7, 0, 3])
    packed = reference.pack(layer.stack, [p.numpy() for p in layer.weights()])
    want = reference.forward(
        packed, sequences("float64"), lengths=np.array(LENGTHS), seed=seed, sequences=numbers
    )
    y, _ = layer(sequences("float64"), lengths=LENGTHS, sequences=numbers)
    np.testing.assert_allclose(y.numpy(), want.y, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("masks", [MASKS["zoneout"], MASKS["recurrent dropout"]])
def test_a_sequence_of_the_same_number_has_the_same_masks(batch_first, masks):
    options = {**DEEP, **masks, "dtype": "float64", "batch_first": batch_first}

    def call(x, lengths, numbers):  # layers of the same seed draw the same seeds of masks
        x = x.swapaxes(0, 1) if batch_first else x
        y = nn.GRU(I, H, **options, rng=0)(x, lengths=lengths, sequences=numbers)[0].numpy()
        return y.swapaxes(0, 1) if batch_first else y

    x = sequences("float64")
    whole = call(x, LENGTHS, [7, 3, 11])
    assert np.array_equal(call(x[:, [2, 0]], [5, 6], [11, 7]), whole[:, [2, 0]])
    assert not np.allclose(call(x[:, [2, 0]], [5, 6], None), whole[:, [2, 0]])
    alone = nn.GRU(I, H, **options, rng=0)(x[:5, 2], sequences=11)[0].numpy()
    assert np.array_equal(alone, whole[:5, 2])


@every_layer
def test_weight_drop_is_a_layer_with_other_weights(make):
    """R times its mask, the gradient times it, too; each weight has a mask of its own."""
    layer = make(I, H, dtype="float64", rng=0, **DEEP, weight_drop=0.4)
    generator = np.random.default_rng()
    generator.bit_generator.state = next(iter(layer.rng_state().values()))
    plain = make(I, H, dtype="float64", rng=0, **DEEP)
    masks = {}
    for name, weight in plain.named_parameters():
        if name.startswith("weight_hh"):
            ones = np.ones(weight.shape)
            masks[name] = functional.dropout(ones, 0.4, generator, training=True).numpy()
            weight.assign(weight.numpy() * masks[name])
    assert len({mask.tobytes() for mask in masks.values()}) == 4
    got, want = (results(each, sequences("float64"), lengths=LENGTHS) for each in (layer, plain))
    names = [name for name, _ in layer.named_parameters()]
    first = len(want) - len(names)
    want[first:] = [g * masks.get(name, 1) for name, g in zip(names, want[first:], strict=True)]
    assert_same_bits(got, want)


@every_layer
@every_mask
def test_gradients_with_masks_and_resets(make, masks):
    if "dropout" not in masks:
        masks = {**masks, "return_sequences": False}
    layer = make(3, 4, dtype="float64", rng=0, **DEEP, **masks)
    start = layer.rng_state()
    reset = np.zeros((4, B), bool)
    reset[[0, 2, 3], [0, 1, 2]] = True

    def function(x, *states):
        layer.load_rng_state(start)  # the same masks in every call
        state = states if layer.stack.has_cell_state else states[0]
        y, final = layer(x, state, [4, 3, 2], reset=reset)
        return y, *flat(final)

    states = [state.numpy() for state in flat(state_of(layer))]
    x = sequences("float64", shape=(4, B, 3))
    assert gradcheck(function, [x, *states], list(layer.parameters()))


def test_settings_can_be_read_and_are_told():
    layer = nn.LSTM(
        2, 3, zoneout=(0.1, 0.25), recurrent_dropout=0.5, weight_drop=0.125, recompute=7, rng=0
    )
    assert (layer.zoneout, layer.recurrent_dropout) == ((0.1, 0.25), 0.5)
    assert (layer.weight_drop, layer.recompute, layer.return_sequences) == (0.125, 7, True)
    told = "zoneout=(0.1, 0.25), recurrent_dropout=0.5, weight_drop=0.125, recompute=7"
    assert repr(layer).startswith(f"LSTM(2, 3, {told})  # x (T, B, 2) -> y (T, B, 3)")
    layer = nn.GRU(2, 3, zoneout=0.1, return_sequences=False, bidirectional=True, rng=0)
    assert layer.zoneout == (0.1, 0.0)
    told = "bidirectional=True, zoneout=0.1, return_sequences=False"
    assert repr(layer).startswith(f"GRU(2, 3, {told})  # x (T, B, 2) -> y (B, 6), h (2, B, 3)")


def test_weights_are_those_of_a_layer_without_variants():
    layer = nn.GRU(I, H, rng=0, **DEEP, **MASKS["all"], return_sequences=False, recompute=True)
    plain = nn.GRU(I, H, rng=1, **DEEP)
    plain.load_state_dict(layer.state_dict())
    assert plain.state_dict().keys() == layer.state_dict().keys()


# what a call returns and keeps


@every_layer
@pytest.mark.parametrize("options", [{}, DEEP], ids=["plain", "deep"])
@pytest.mark.parametrize("batch_first", [False, True])
def test_the_last_output(make, options, batch_first):
    options = {**options, "batch_first": batch_first, "dtype": "float64", "rng": 0}
    layer, every = make(I, H, return_sequences=False, **options), make(I, H, **options)
    x = sequences("float64", shape=(B, T, I) if batch_first else (T, B, I))
    y, final = layer(x, lengths=LENGTHS)
    steps, same = every(x, lengths=LENGTHS)
    steps = steps.numpy().swapaxes(0, 1) if not batch_first else steps.numpy()  # (B, T, D P)
    P = layer.stack.output_size
    assert y.shape == (B, layer.stack.directions * P)
    assert np.array_equal(y.numpy()[:, :P], steps[np.arange(B), np.array(LENGTHS) - 1, :P])
    assert np.array_equal(y.numpy()[:, P:], steps[:, 0, P:])
    assert_same_bits([s.numpy() for s in flat(final)], [s.numpy() for s in flat(same)])
    first = x[0] if batch_first else x[:, 0]
    alone, _ = layer(first)
    assert alone.shape == y.shape[1:]
    np.testing.assert_allclose(alone.numpy(), y.numpy()[0], rtol=1e-12, atol=1e-14)


def test_the_last_output_of_no_steps_is_the_initial_state():
    layer = nn.GRU(I, H, rng=0, return_sequences=False, **DEEP)
    state = state_of(layer)
    y, _ = layer(sequences(), state, [0, 3, 0])
    h = state.numpy()
    for b in (0, 2):
        assert np.array_equal(y.numpy()[b], np.concatenate([h[2, b], h[3, b]]))


@every_layer
@pytest.mark.parametrize("masks", [{}, MASKS["all"]], ids=["none", "masks"])
@pytest.mark.parametrize("return_sequences", [True, False])
@pytest.mark.parametrize("recompute", [True, 1, 4, 100])
def test_recompute_changes_no_bit(make, masks, return_sequences, recompute):
    found = []
    for again in (False, recompute):
        options = {"return_sequences": return_sequences, "recompute": again, **DEEP, **masks}
        layer = make(I, H, rng=0, **options)
        found.append(results(layer, sequences(), state_of(layer), lengths=LENGTHS))
    assert_same_bits(found[1], found[0])


# resets


@every_layer
@pytest.mark.parametrize("batch_first", [False, True])
def test_a_reset_is_a_new_sequence(make, batch_first):
    layer = make(I, H, dtype="float64", rng=0, batch_first=batch_first, **DEEP)
    x, state = sequences("float64"), state_of(layer)
    reset = np.zeros((T, B), bool)
    reset[[2, 4, 0], [0, 0, 2]] = True
    y, final = layer(
        x.swapaxes(0, 1) if batch_first else x,
        state,
        LENGTHS,
        reset=reset.T if batch_first else reset,
    )
    y = y.numpy().swapaxes(0, 1) if batch_first else y.numpy()
    plain = make(I, H, dtype="float64", rng=0, **DEEP)
    zeros = [np.zeros((4, s.shape[-1])) for s in flat(state)]

    def run(steps, b):
        """Its outputs where both ends start from zeros."""
        return plain(x[steps, b], tuple(zeros) if len(zeros) == 2 else zeros[0])[0].numpy()

    np.testing.assert_allclose(y[2:4, 0], run(slice(2, 4), 0), rtol=1e-12, atol=1e-14)
    first = [s.numpy()[:, 1] for s in flat(state)]
    whole, _ = plain(x[:2, 1], tuple(first) if len(first) == 2 else first[0])
    np.testing.assert_allclose(y[:2, 1], whole.numpy(), rtol=1e-12, atol=1e-14)
    sum((s * s).sum() for s in flat(final)).backward()
    for s in flat(state):
        assert not s.grad[[0, 2], 2].any()  # step 0 of the last sequence is cut
        assert s.grad[[1, 3], 2].all()
        assert s.grad[:, 1].all()


def test_a_reset_of_a_single_sequence():
    layer = nn.GRU(I, H, rng=0, bidirectional=True)
    x = sequences()
    mask = np.arange(T) == 3
    alone, _ = layer(x[:, 0], reset=mask)
    for same in (mask.tolist(), Tensor(mask)):
        assert np.array_equal(layer(x[:, 0], reset=same)[0].numpy(), alone.numpy())
    batch, _ = layer(x, reset=np.repeat(mask[:, None], B, axis=1))
    np.testing.assert_allclose(batch.numpy()[:, 0], alone.numpy(), rtol=1e-5, atol=1e-6)


@every_layer
def test_no_reset_is_none(make):
    layer = make(I, H, rng=0, **DEEP)
    x, state = sequences(), state_of(layer)
    want = results(layer, x, state, lengths=LENGTHS)
    layer2 = make(I, H, rng=0, **DEEP)
    mask = np.zeros((T, B), bool)
    assert_same_bits(results(layer2, x, state_of(layer2), lengths=LENGTHS, reset=mask), want)


@pytest.mark.parametrize(
    "name",
    ["dropout", "zoneout", "recurrent_dropout", "weight_drop", "return_sequences", "recompute"],
)
def test_a_layer_keeps_what_it_was_made_with(name):
    layer = nn.LSTM(I, H, rng=0)
    before = getattr(layer, name)
    with pytest.raises(AttributeError, match=name):
        setattr(layer, name, "no")
    assert getattr(layer, name) == before
    layer(sequences())
