"""Keras' arrays become modules that compute what Keras' documentation says, written out here.

LSTM        i f o = sigmoid(x K + h R + b), c~ = tanh(likewise), order i f c o
            c' = f c + i c~,   h' = o tanh(c')
GRU         z r = sigmoid(...), order z r h;   h' = z h + (1 - z) h~
            reset_after=True    h~ = tanh(x K + b_input + r (h R + b_recurrent))
            reset_after=False   h~ = tanh(x K + b + (r h) R)
SimpleRNN   h' = activation(x K + b + h R)
"""

from __future__ import annotations

import numpy as np
import pytest

import pyrnn
from pyrnn import nn
from pyrnn.exchange import Dense, to_keras

B, T, I, H = 3, 6, 4, 5
GATES = {"lstm": 4, "gru": 3, "gru before": 3, "simple_rnn": 1}
NAMES = {"gru before": "gru"}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_step(x, h, c, K, R, b):
    i, f, g, o = np.split(x @ K + h @ R + b, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(x, h, _, K, R, b):
    b_input, b_recurrent = b
    xz, xr, xh = np.split(x @ K + b_input, 3, axis=-1)
    hz, hr, hh = np.split(h @ R + b_recurrent, 3, axis=-1)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    return z * h + (1 - z) * np.tanh(xh + r * hh), None


def gru_before_step(x, h, _, K, R, b):
    xz, xr, xh = np.split(x @ K + b, 3, axis=-1)
    Rz, Rr, Rh = np.split(R, 3, axis=-1)
    z, r = sigmoid(xz + h @ Rz), sigmoid(xr + h @ Rr)
    return z * h + (1 - z) * np.tanh(xh + (r * h) @ Rh), None


def simple_rnn_step(x, h, _, K, R, b, activation=np.tanh):
    return activation(x @ K + b + h @ R), None


STEPS = {
    "lstm": lstm_step,
    "gru": gru_step,
    "gru before": gru_before_step,
    "simple_rnn": simple_rnn_step,
}


def run(step, x, K, R, b):
    """x (B, T, I) -> all outputs (B, T, H), h and c after the last step."""
    h, c, outputs = np.zeros((len(x), len(R))), np.zeros((len(x), len(R))), []
    for t in range(x.shape[1]):
        h, c = step(x[:, t], h, c, K, R, b)
        outputs.append(h)
    return np.stack(outputs, axis=1), h, c


def weights(rng, form, inputs=I, use_bias=True):
    """One direction's arrays, as get_weights gives them."""
    width = GATES[form] * H
    bias = rng.normal(size=(2, width) if form == "gru" else width)
    return [rng.normal(size=(inputs, width)), rng.normal(size=(H, width)), *[bias] * use_bias]


def without_bias(form, arrays):
    zeros = np.zeros((2, 3 * H) if form == "gru" else GATES[form] * H)
    return arrays if len(arrays) == 3 else [*arrays, zeros]


def settings(form):
    return {"reset_after": form == "gru"} if "gru" in form else {}


@pytest.mark.parametrize("form", GATES)
@pytest.mark.parametrize("use_bias", [True, False])
def test_one_layer(rng, form, use_bias):
    arrays, x = weights(rng, form, use_bias=use_bias), rng.normal(size=(B, T, I))
    module = pyrnn.from_keras(arrays, cell=NAMES.get(form, form), **settings(form))
    y, state = module(x)
    h, c = state if form == "lstm" else (state, None)
    expected, h_n, c_n = run(STEPS[form], x, *without_bias(form, arrays))
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(h.numpy()[0], h_n, rtol=1e-12, atol=1e-13)
    if c is not None:
        np.testing.assert_allclose(c.numpy()[0], c_n, rtol=1e-12, atol=1e-13)
    assert module.bias is use_bias


@pytest.mark.parametrize("form", GATES)
@pytest.mark.parametrize("use_bias", [True, False])
def test_bidirectional_stack(rng, form, use_bias):
    """Two Bidirectional layers, one on the other; their outputs stand side by side (concat)."""
    layers = [[weights(rng, form, inputs, use_bias) for _ in range(2)] for inputs in (I, 2 * H)]
    x = rng.normal(size=(B, T, I))
    stack = pyrnn.from_keras(
        [forward + backward for forward, backward in layers],
        cell=NAMES.get(form, form),
        bidirectional=True,
        **settings(form),
    )
    expected = x
    for forward, backward in layers:
        there, *_ = run(STEPS[form], expected, *without_bias(form, forward))
        back, *_ = run(STEPS[form], expected[:, ::-1], *without_bias(form, backward))
        expected = np.concatenate([there, back[:, ::-1]], axis=-1)
    y, _ = stack(x)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "function"), [("relu", lambda x: np.maximum(x, 0)), ("sigmoid", sigmoid)]
)
def test_the_activation_of_a_simple_rnn(rng, name, function):
    arrays, x = weights(rng, "simple_rnn"), rng.normal(size=(B, T, I)) / 10
    module = pyrnn.from_keras(arrays, cell="simple_rnn", activation=name)
    expected, *_ = run(lambda *a: simple_rnn_step(*a, activation=function), x, *arrays)
    np.testing.assert_allclose(module(x)[0].numpy(), expected, rtol=1e-11, atol=1e-12)


def test_the_form_of_a_gru_follows_from_its_bias(rng):
    assert pyrnn.from_keras(weights(rng, "gru"), cell="gru").reset_after
    assert not pyrnn.from_keras(weights(rng, "gru before"), cell="gru").reset_after
    assert pyrnn.from_keras(weights(rng, "gru", use_bias=False), cell="gru").reset_after


def test_embedding_and_dense(rng):
    table, K, b = rng.normal(size=(7, 3)), rng.normal(size=(4, 2)), rng.normal(size=2)
    ids, x = rng.integers(7, size=(2, 5)), rng.normal(size=(2, 5, 4))
    embedding = pyrnn.from_keras([table], cell="embedding")
    np.testing.assert_array_equal(embedding(ids).numpy(), table[ids])
    linear = pyrnn.from_keras([K, b], cell="dense")
    assert type(linear) is nn.Linear
    np.testing.assert_allclose(linear(x).numpy(), x @ K + b, rtol=1e-13)
    bare = pyrnn.from_keras([K], cell="dense")
    np.testing.assert_allclose(bare(x).numpy(), x @ K, rtol=1e-13)
    softmax = pyrnn.from_keras([K, b], cell="dense", activation="softmax")
    assert isinstance(softmax, Dense)
    e = np.exp(x @ K + b)
    np.testing.assert_allclose(softmax(x).numpy(), e / e.sum(-1, keepdims=True), rtol=1e-12)


def test_settings_that_arrays_do_not_tell(rng):
    arrays = [array.astype("float32") for array in weights(rng, "lstm")]
    module = pyrnn.from_keras(arrays, cell="lstm", batch_first=False)
    assert not module.batch_first
    assert module.dtype == "float32"
    assert pyrnn.from_keras(weights(rng, "lstm"), cell="lstm").dtype == "float64"
    assert pyrnn.from_keras(weights(rng, "lstm"), cell="lstm", dtype="float32").dtype == "float32"


MODULES = {
    "LSTM": nn.LSTM(I, H, rng=0, dtype="float64", init="torch"),
    "GRU": nn.GRU(I, H, rng=0, dtype="float64", init="torch"),
    "GRU, reset before": nn.GRU(
        I, H, reset_after=False, rng=0, dtype="float64", init="torch", bidirectional=True
    ),
    "RNN": nn.RNN(I, H, rng=0, dtype="float64", init="torch"),
    "without biases": nn.LSTM(I, H, bias=False, rng=0, dtype="float64", init="torch"),
    "stack": nn.GRU(I, H, 3, bidirectional=True, rng=0, dtype="float64", init="torch"),
}


@pytest.mark.parametrize("name", MODULES)
def test_there_and_back(rng, name):
    module, x = MODULES[name], rng.normal(size=(T, B, I))
    cell = {"LSTM": "lstm", "GRU": "gru", "RNN": "simple_rnn"}[type(module).__name__]
    again = pyrnn.from_keras(
        to_keras(module), cell, bidirectional=module.stack.bidirectional, batch_first=False
    )
    assert again.stack == module.stack
    np.testing.assert_allclose(again(x)[0].numpy(), module(x)[0].numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    "more",
    [
        {"peephole": True},
        {"coupled": True},
        {"proj_size": 2},
        {"zoneout": 0.1},
        {"layer_norm": True},
    ],
)
def test_an_lstm_that_keras_has_not(more):
    name, value = next(iter(more.items()))
    with pytest.raises(ValueError, match=rf"module: expected .* Keras has.*{name}={value}\)$"):
        to_keras(nn.LSTM(3, 5, **more, rng=0))


def test_there_and_back_without_recurrence(rng):
    for module, cell in (
        (nn.Linear(3, 2, rng=rng), "dense"),
        (nn.Embedding(5, 2, rng=rng), "embedding"),
    ):
        again = pyrnn.from_keras(to_keras(module), cell)
        np.testing.assert_equal(again.state_dict(), module.state_dict())
    with pytest.raises(TypeError, match=r"module: expected an LSTM, .*; got Dropout"):
        to_keras(nn.Dropout(0.5))


def zeros(*shapes):
    return [np.zeros(shape, "float32") for shape in shapes]


ONE = zeros((4, 20), (5, 20), 20)
WRONG = {
    "no cell": (ONE, {"cell": None}, "cell: expected one of lstm, .*; got None"),
    "another cell": (ONE, {"cell": "LSTM2"}, "cell: expected one of .*; got 'LSTM2'"),
    "nothing": ([], {"cell": "lstm"}, "source: expected the arrays of a layer; got an empty"),
    "too few": (ONE[:1], {"cell": "lstm"}, "source: expected kernel, .*; got 1 arrays"),
    "a flat stack": (ONE * 2, {"cell": "lstm"}, "got 6 arrays .a stack is a list with such"),
    "one direction": (ONE, {"cell": "lstm", "bidirectional": True}, "both directions; got 3"),
    "another cell's": (ONE, {"cell": "gru"}, r"recurrent_kernel: expected shape .H, 3 H.* 20\)"),
    "torch's layout": (
        zeros((20, 4), (20, 5), 20), {"cell": "lstm"}, r"recurrent_kernel: .* got \(20, 5\)",
    ),
    "kernel": (zeros((4, 19), (5, 20)), {"cell": "lstm"}, r"kernel: expected shape \(I, 4 H\)"),
    "bias": (zeros((4, 20), (5, 20), 5), {"cell": "lstm"}, r"bias: expected shape \(20,\); got"),
    "two biases of an LSTM": (zeros((4, 20), (5, 20), (2, 20)), {"cell": "lstm"}, "bias: expected"),
    "GRU's bias": (
        zeros((4, 15), (5, 15), (3, 15)), {"cell": "gru"}, r"\(15,\) or \(2, 15\); got \(3, 15\)",
    ),
    "reset_after": (
        zeros((4, 15), (5, 15), 15),
        {"cell": "gru", "reset_after": True},
        r"bias: expected shape \(2, 3 H\) with reset_after=True; got \(15,\)",
    ),
    "second layer": (
        [ONE, zeros((6, 20), (5, 20), 20)], {"cell": "lstm"}, "do not fit together: weight_ih_l1",
    ),
    "second layer's shape": (
        [ONE, zeros((5, 20), (5, 10), 20)], {"cell": "lstm"}, "source: layer 1: recurrent_kernel",
    ),
    "activation": (ONE, {"cell": "lstm", "activation": "relu"}, "activation: expected tanh"),
    "nonlinearity": (
        zeros((4, 5), (5, 5)), {"cell": "simple_rnn", "activation": "elu"}, "nonlinearity: expect",
    ),
    "dense activation": (
        zeros((4, 5)), {"cell": "dense", "activation": "gelu"}, "activation: expected one of",
    ),
    "dense": (zeros((4, 5), 4), {"cell": "dense"}, r"expected kernel \(I, O\).*\(4, 5\), \(4,\)"),
    "embedding": (zeros(4), {"cell": "embedding"}, r"expected one array, embeddings \(V, E\)"),
    "two tables": ([zeros((4, 5))] * 2, {"cell": "embedding"}, "the arrays of one embedding layer"),
    "directions of a table": (
        zeros((4, 5)), {"cell": "embedding", "bidirectional": True}, "bidirectional: expected a r",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_named(case):
    source, options, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        pyrnn.from_keras(source, **options)


def test_what_holds_no_floats_is_named():
    with pytest.raises(
        TypeError, match=r"source\[1\]: expected floats .* int64 of shape \(5, 20\)"
    ):
        pyrnn.from_keras([ONE[0], ONE[1].astype("int64")], cell="lstm")
    with pytest.raises(TypeError, match=r"source\[0\]: expected an array; got float"):
        pyrnn.from_keras([[1.0, 2.0]], cell="lstm")
    with pytest.raises(TypeError, match=r"source: expected a path, a model .*; got int"):
        pyrnn.from_keras(3)
