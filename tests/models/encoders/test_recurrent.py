"""The recurrent encoder in plain NumPy, and a start that static features give."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.kernels.stack import has_cell_state
from pyrnn.models import SequenceClassifier
from pyrnn.models.encoders.settings import POOLINGS
from pyrnn.models.stack_settings import LAYERS

from .small import DATA, IDS, LENGTHS, NUMBERS, STATIC, TOKENS, H, S, batch, network, weights


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def lstm_step(x, h, c, w, r, bw, br):
    """c' = f c + i g;  h' = o tanh(c')"""
    i, f, g, o = np.split(w @ x + bw + r @ h + br, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


@pytest.mark.parametrize("static", [0, S])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_equations(pooling, static):
    """Sequence by sequence, step by step; both ways, from a start of each."""
    net = network(TOKENS, static=static, pooling=pooling, bidirectional=True)
    w = weights(net)
    logits = net(*batch(net, IDS), STATIC if static else None).numpy()
    for b, n in enumerate(LENGTHS):
        starts, beside = np.zeros((2, H)), np.zeros(0)
        if static:
            beside = STATIC[b]
            z = w["encoder.start.weight"] @ beside + w["encoder.start.bias"]
            starts = np.tanh(z).reshape(2, H)
        x = w["encoder.embedding.weight"][IDS[b]]  # (n, E)
        ways = []
        for start, suffix in zip(starts, ("", "_reverse"), strict=True):
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            parts = [w[f"encoder.recurrent.{name}_l0{suffix}"] for name in names]
            h, c, steps = start, np.zeros(H), []
            for step in x[::-1] if suffix else x:
                h, c = lstm_step(step, h, c, *parts)
                steps.append(h)
            ways.append((steps[::-1] if suffix else steps, h))
        y = np.array([np.concatenate(pair) for pair in zip(ways[0][0], ways[1][0], strict=True)])
        if pooling == "last":
            f = np.concatenate([ways[0][1], ways[1][1]])
        elif n == 0:
            f = np.zeros(2 * H)
        elif pooling == "attention":
            a = w["encoder.attention.projection.weight"], w["encoder.attention.projection.bias"]
            scores = np.tanh(y @ a[0].T + a[1]) @ w["encoder.attention.context"]
            f = softmax(scores) @ y
        else:
            f = getattr(y, pooling)(axis=0)
        expected = w["output.weight"] @ np.concatenate([f, beside]) + w["output.bias"]
        np.testing.assert_allclose(logits[b], expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", LAYERS)
def test_the_state_before_the_first_step(cell, bidirectional, num_layers):
    """Each layer and direction has its own rows of W; without steps, they are what is known."""
    ways = 2 if bidirectional else 1
    settings = {"cell": cell, "bidirectional": bidirectional, "num_layers": num_layers}
    net = network(NUMBERS, static=S, pooling="last", **settings)
    encoder, w = net.encoder, weights(net)
    rows = num_layers * ways
    start = np.tanh(STATIC @ w["encoder.start.weight"].T + w["encoder.start.bias"])
    start = start.reshape(len(STATIC), rows, H).swapaxes(0, 1)  # (L D, B, H)
    frames = np.random.default_rng(3).normal(size=(4, len(STATIC), 3))
    lengths = np.array([4, 0, 2, 0, 1])
    state = (start, np.zeros_like(start)) if has_cell_state(cell) else start
    y, last = encoder.recurrent(frames, state, lengths=lengths)
    h = (last[0] if has_cell_state(cell) else last).numpy()
    expected = np.concatenate(list(h[-ways:]), axis=1)
    found = encoder(frames, lengths, STATIC).numpy()
    close = {"rtol": 1e-10, "atol": 1e-13}
    np.testing.assert_allclose(found, expected, **close)
    np.testing.assert_allclose(encoder.steps(frames, lengths, STATIC).numpy(), y.numpy(), **close)
    np.testing.assert_allclose(found[1], np.concatenate(list(start[-ways:, 1])), **close)


@pytest.mark.parametrize(
    "noise",
    [
        {"zoneout": (0.3, 0.2)},
        {"recurrent_dropout": 0.4},
        {"dropout_between": 0.4, "num_layers": 2},
    ],
    ids=lambda noise: next(iter(noise)),
)
def test_the_masks_of_an_example_go_with_its_number(noise):
    """In training, from the same state of the generator: in its batch, and in another one."""
    net = network(NUMBERS, bidirectional=True, **noise)
    inputs, lengths = batch(net, DATA[NUMBERS])
    net.train()
    start = net.rng_state()

    def call(rows, numbers):
        net.load_rng_state(start)
        return net(inputs[:, rows], lengths[rows], None, np.array(numbers)).numpy()

    numbers = [8, 0, 3, 21, 5]
    whole = call(range(5), numbers)
    np.testing.assert_allclose(call([3, 0], [21, 8]), whole[[3, 0]], rtol=1e-12, atol=1e-14)
    assert not np.allclose(call([3, 0], [0, 1]), whole[[3, 0]])


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_static_feature_turns_the_meaning_of_a_sequence_round(cell):
    """The label is a static feature XOR what the sequence has: neither alone tells anything, and no
    linear model can."""
    draw = np.random.default_rng(0)
    there, static = (draw.integers(0, 2, 400) for _ in range(2))
    frames = [draw.normal(size=(n, 2)) * 0.1 for n in draw.integers(3, 8, 400)]
    for one, yes in zip(frames, there, strict=True):
        one[draw.integers(len(one)), 0] += 2 * yes - 1
    labels = there ^ static
    beside = static[:, None].astype(float)
    parts = [part[:300] for part in (frames, labels, beside)]
    held = [part[300:] for part in (frames, labels, beside)]
    model = SequenceClassifier(cell=cell, hidden_size=16, dropout_output=0.0)
    model.fit(*parts, epochs=15, batch_size=20, learning_rate=0.01)
    assert model.evaluate(*held)["accuracy"] >= 0.97
    linear = SequenceClassifier(encoder="bag")
    linear.fit(*parts, epochs=15, batch_size=20, learning_rate=0.01)
    assert linear.evaluate(*held)["accuracy"] < 0.7
