"""The decoder: its equations, its gradients, and that steps one by one give what all at once do."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pyrnn import functional
from pyrnn.autograd import no_grad
from pyrnn.models.seq2seq.settings import Seq2SeqConfig
from pyrnn.models.writing.decoder import Decoder

V, F, E, S, U, B = 7, 5, 6, 4, 5, 3
KINDS = {
    "additive": {},
    "general, lstm": {"attention": "general", "cell": "lstm"},
    "dot": {"attention": "dot", "hidden_size": E},
    "fed nothing": {"input_feeding": False, "num_layers": 2},
    "last": {"attention": "last"},
    "last, deep lstm": {"attention": "last", "cell": "lstm", "num_layers": 2},
    "none": {"attention": "none"},
    "none, one way": {"attention": "none", "bidirectional": False, "hidden_size": F},
    "deep": {"num_layers": 3, "cell": "rnn_tanh"},
    "tied": {"tied": True},
}


def decoder_of(rng, **settings):
    config = Seq2SeqConfig(
        **{"hidden_size": 4, "embedding_size": 3, "dtype": "float64", **settings}
    )
    return Decoder(config, V, F, E if config.attends else 0, rng)


def known_of(decoder, rng):
    lengths = np.array([4, 0, 2])
    return decoder.known(rng.normal(size=(B, F)), rng.normal(size=(S, B, E)), lengths)


@pytest.fixture(params=KINDS)
def decoder(request, rng):
    return decoder_of(rng, **KINDS[request.param])


def test_step_by_step_as_all_at_once(decoder, rng):
    ids = rng.integers(0, V, (U, B))
    known = known_of(decoder, rng)
    with no_grad():
        whole = decoder(ids, known)
        states, found, weights = None, [], []
        for u in range(U):
            one = decoder(ids[u : u + 1], known, states)
            states = one.states
            found.append(decoder.logits(ids[u : u + 1], one).numpy())
            weights.append(one.weights)
        every = decoder.logits(ids, whole).numpy()
    np.testing.assert_array_equal(np.concatenate(found), every)
    if whole.weights is not None:
        steps = np.concatenate([each.numpy() for each in weights])
        np.testing.assert_array_equal(steps, whole.weights.numpy())


def test_rows_of_what_is_known_go_on_as_they_were(decoder, rng):
    ids, rows = rng.integers(0, V, (2, B)), np.array([2, 0, 0])
    known = known_of(decoder, rng)
    with no_grad():
        first = decoder(ids[:1], known)
        some = decoder(ids[1:, rows], known.some(rows), first.states.some(rows))
        every = decoder(ids[1:], known, first.states)
    found = decoder.logits(ids[1:, rows], some).numpy()
    np.testing.assert_array_equal(found, decoder.logits(ids[1:], every).numpy()[rows])


def test_past_a_length_nothing_counts(decoder, rng):
    ids, targets = rng.integers(0, V, (U, B)), rng.integers(0, V, (U, B))
    known, lengths = known_of(decoder, rng), np.array([5, 2, 1])
    loss = decoder.cross_entropy(ids, targets, decoder(ids, known, None, lengths), lengths)
    spoilt, wrong = ids.copy(), targets.copy()
    spoilt[2:, 1] = spoilt[1:, 2] = 0
    wrong[2:, 1] = wrong[1:, 2] = -100
    again = decoder.cross_entropy(spoilt, wrong, decoder(spoilt, known, None, lengths), lengths)
    assert again.item() == loss.item()
    each = sum(
        decoder.cross_entropy(
            ids[:n, b : b + 1],
            targets[:n, b : b + 1],
            decoder(ids[:n, b : b + 1], known.some(np.array([b]))),
            np.array([n]),
        ).item()
        for b, n in enumerate(lengths)
    )
    assert loss.item() == pytest.approx(each, rel=1e-12)


def test_gradients_meet_finite_differences(decoder, rng):
    ids, targets = rng.integers(0, V, (U, B)), rng.integers(0, V, (U, B))
    vector, memory = rng.normal(size=(B, F)), rng.normal(size=(S, B, E))
    lengths = np.array([5, 2, 0])

    def loss(smoothing=0.1):
        known = decoder.known(vector, memory, np.array([4, 0, 2]))
        written = decoder(ids, known, None, lengths)
        return decoder.cross_entropy(ids, targets, written, lengths, smoothing)

    decoder.zero_grad()
    loss().backward()
    step = 1e-6
    for name, parameter in decoder.named_parameters():
        value, gradient = parameter.numpy().copy(), np.asarray(parameter.grad)
        direction = rng.normal(size=value.shape)
        ends = []
        for sign in (1, -1):
            parameter.assign(value + sign * step * direction)
            ends.append(loss().item())
        parameter.assign(value)
        slope = (ends[0] - ends[1]) / (2 * step)
        assert (gradient * direction).sum() == pytest.approx(slope, rel=1e-5, abs=1e-7), name


def test_an_output_layer_of_zeros(rng):
    """ln V a token, 4 tokens for targets of 2 and 0: the ends are counted, the start is not."""
    decoder = decoder_of(rng)
    for parameter in (decoder.output.weight, decoder.output.bias):
        parameter.assign(np.zeros(parameter.shape))
    lengths = np.array([3, 1, 0])
    ids, targets = np.full((3, B), 2), np.full((3, B), 3)
    written = decoder(ids, known_of(decoder, rng), None, lengths)
    total = decoder.cross_entropy(ids, targets, written, lengths).item()
    assert total / lengths.sum() == pytest.approx(math.log(V), rel=1e-12)
    assert total / 4 == pytest.approx(1.945910, abs=1e-6)


def test_its_equations(rng):
    """Of the vector at every step, by NumPy: h_0 = tanh(W v + b), r = tanh(W_r [h; v; x] + b_r)."""
    decoder = decoder_of(rng, attention="last", cell="rnn_tanh")
    w = decoder.state_dict()
    v, ids = rng.normal(size=(1, F)), np.array([[2], [5]])
    h = np.tanh(v @ w["start.weight"].T + w["start.bias"])
    for token in ids[:, 0]:
        x = w["embedding.weight"][token][None]
        sums = np.concatenate([x, v], axis=1) @ w["layers.weight_ih_l0"].T
        sums += h @ w["layers.weight_hh_l0"].T
        h = np.tanh(sums + w["layers.bias_ih_l0"] + w["layers.bias_hh_l0"])
    r = np.concatenate([h, v, x], axis=1) @ w["readout.weight"].T + w["readout.bias"]
    expected = np.tanh(r) @ w["output.weight"].T + w["output.bias"]
    found = decoder.logits(ids, decoder(ids, decoder.known(v))).numpy()
    np.testing.assert_allclose(found[1:], expected, rtol=1e-12)


def test_a_class_as_the_start(rng):
    """One to many: what is written follows from a vector alone."""
    from pyrnn import optim

    words = np.array([[4, 5], [5, 6], [3, 3]])  # (U, B), the last is the end
    ids = np.concatenate([[[2, 2]], words[:-1]])
    decoder = decoder_of(rng, attention="last", hidden_size=8)
    classes = np.eye(F)[:2]
    adam, lengths = optim.Adam(decoder.parameters(), lr=0.05), np.array([3, 3])
    for _ in range(60):
        decoder.zero_grad()
        written = decoder(ids, decoder.known(classes), None, lengths)
        decoder.cross_entropy(ids, words, written, lengths).backward()
        adam.step()
    states, token, said = None, np.array([2, 2]), []
    for _ in range(3):
        written = decoder(token[None], decoder.known(classes), states)
        states = written.states
        token = decoder.logits(token[None], written).numpy().argmax(axis=1)
        said.append(token)
    np.testing.assert_array_equal(said, words)


def test_label_smoothing(rng):
    """(1 - e) of the loss, and e of the mean of -ln p over all tokens."""
    decoder, e = decoder_of(rng), 0.2
    ids, targets = rng.integers(0, V, (U, B)), rng.integers(0, V, (U, B))
    known, lengths = known_of(decoder, rng), np.array([5, 5, 5])
    written = decoder(ids, known)
    plain = decoder.cross_entropy(ids, targets, written, lengths).item()
    log_p = functional.log_softmax(decoder.logits(ids, written), axis=-1).numpy()
    expected = (1 - e) * plain - e * log_p.mean(axis=-1).sum()
    found = decoder.cross_entropy(ids, targets, written, lengths, e).item()
    assert found == pytest.approx(expected, rel=1e-12)
