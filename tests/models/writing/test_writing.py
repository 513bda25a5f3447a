"""What the families that write have in common: what is written, step by step, on small cases."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.models import Captioner, Seq2Seq
from pyrnn.models.writing import Decoding
from pyrnn.models.writing.steps import Steps

POINTS = np.random.default_rng(0).normal(size=(40, 3))


def translator(targets, **settings):
    kinds = {"unit": "characters", "target_unit": "words"}  # so that nothing can be copied
    return Seq2Seq(hidden_size=6, **kinds, **settings), ["x", "y z"] * 20, targets


def plain_translator(targets, **settings):
    return translator(targets, attention="last", **settings)


def of_vectors(targets, **settings):
    return Captioner(hidden_size=6, unit="words", **settings), POINTS, targets


def of_labels(targets, **settings):
    settings = {"condition": "start", **settings}
    return Captioner(hidden_size=6, unit="words", **settings), ["x", "y"] * 20, targets


WRITERS = {
    "translator": translator,
    "translator without attention": plain_translator,
    "captioner of vectors": of_vectors,
    "captioner of labels": of_labels,
}


@pytest.fixture(params=WRITERS)
def writer(request):
    """A function of targets: a model that is built, and inputs."""

    def make(*targets, **settings):
        every = (list(targets) * 40)[:40]
        model, inputs, every = WRITERS[request.param](every, **settings)
        model.for_data(inputs, every)
        return model, inputs, every

    return make


def rigged(model, **biases):
    """The model with output biases by token, whatever it reads."""
    vectorizer, output = model.written.vectorizer, model.network.decoder.output
    names = {vectorizer.token(k): k for k in range(vectorizer.size)}
    bias = np.zeros(vectorizer.size, output.weight.dtype)
    reserved = {"end": "<end>", "unknown": "<unk>", "start": "<start>", "padding": "<pad>"}
    for token, value in biases.items():
        bias[names[reserved.get(token, token)]] = value
    output.weight.assign(np.zeros(output.weight.shape, output.weight.dtype))
    output.bias.assign(bias)
    return model


def test_a_token_costs_what_it_does(writer):
    """An output layer of zeros, V 7, targets of 2 and 0 tokens: ln 7 for each token and end."""
    model, inputs, _ = writer("a b", "c")
    assert rigged(model).outputs == 7
    metrics = model.evaluate(inputs[:2], ["a b", ""])
    assert metrics["loss"] == pytest.approx(1.945910, abs=1e-6)
    assert metrics["perplexity"] == pytest.approx(7, rel=1e-5)
    data = model.read(inputs[:2], ["a b", ""])
    items = [model.loss(batch).items for batch in model.batches(data, model.Options(), train=False)]
    assert sum(items) == 4


@pytest.mark.parametrize(
    ("alpha", "text", "score"), [(0, "", -0.5978), (1, "", -0.5978), (2, "a a", -0.5069)]
)
def test_a_beam_of_two(writer, monkeypatch, alpha, text, score):
    """At first the end .55, a .45; after a: a .95, the end .05; later the end .95, a .05."""
    model, inputs, _ = writer("a")
    a, end = int(model.written.encode("a")[0]), model.written.vectorizer.end_id
    table, asked, step = [(0.45, 0.55), (0.95, 0.05), (0.05, 0.95)], [], Steps.step

    def told(self, ids, position):
        z, position = step(self, ids, position)
        p = table[min(len(asked), 2)]
        asked.append(ids)
        z = np.full_like(z, -np.inf)
        z[:, [a, end]] = np.log(p)
        return z, position

    monkeypatch.setattr(Steps, "step", told)
    (one,) = model.predict(inputs[:1], beam=2, length_penalty=alpha, max_length=12)
    assert (one.text, one.finished) == (text, True)
    assert one.score == pytest.approx(score, abs=1e-4)


def test_two_words_and_one_at_most(writer):
    """Three texts, and none that goes on after its end."""
    model, inputs, _ = writer("a b")
    (best,) = rigged(model, end=1.0).predict(inputs[:1], beam=4, nbest=4, max_length=1)
    every = [best, *best.alternatives]
    assert [one.text for one in every] == ["", "a", "b"]
    assert [one.finished for one in every] == [True, False, False]


@pytest.mark.parametrize("how", [{}, {"beam": 3}, {"sample": True}])
def test_an_end_that_never_comes(writer, how):
    model, inputs, _ = writer("a b c")
    rigged(model, end=-1e4)
    (one,) = model.predict(inputs[:1], **how)
    assert (len(one.tokens), one.finished) == (2 * 3 + 5, False)
    (one,) = model.predict(inputs[:1], max_length=4, **how)
    assert (len(one.tokens), one.finished) == (4, False)


@pytest.mark.parametrize("how", [{}, {"beam": 2}, {"sample": True}])
def test_what_is_never_written(writer, how):
    model, inputs, _ = writer("a b", "c")
    rigged(model, start=90.0, padding=99.0, unknown=95.0, a=1.0)
    (one,) = model.predict(inputs[:1], max_length=5, **how)
    assert not {"<pad>", "<start>", "<end>", "<unk>"} & set(one.tokens)
    assert np.isfinite(one.score)


@pytest.mark.parametrize(
    "how",
    [{}, {"beam": 4, "nbest": 3}, {"sample": True, "samples": 3, "seed": 2}, {"max_length": 2}],
)
def test_alone_and_among_others(writer, how):
    """Bit for bit, in a batch of 32; of samples those of the first place."""
    model, inputs, _ = writer("a b c", "b a", "c", max_vocabulary=2)
    model.fit(inputs, (["a b c", "b a", "c"] * 40)[:40], max_steps=20)
    together = model.predict(inputs[:32], **how)
    for k in range(32):
        if "sample" in how and k:
            turned = [inputs[k], *inputs[:k]]
            assert model.predict(turned, **how)[1 : k + 1] != together[:k]
            break
        assert model.predict(inputs[k : k + 1], **how)[0].to_json() == together[k].to_json()


def test_samples(writer):
    """Each of its own, the same however many there are beside it."""
    model, inputs, _ = writer("a b c", "b a", "c", max_vocabulary=3)
    three = model.predict(inputs[:4], sample=True, samples=3, seed=5)
    five = model.predict(inputs[:9], sample=True, samples=5, seed=5)
    for one, other in zip(three, five, strict=False):
        every = [other, *other.alternatives]
        assert [one.text, *(each.text for each in one.alternatives)] == [
            each.text for each in every[:3]
        ]
        assert len(every) == 5
    assert len({(one.text, *(each.text for each in one.alternatives)) for one in five}) > 1
    assert three != model.predict(inputs[:4], sample=True, samples=3, seed=6)


def test_samples_follow_the_probabilities(writer):
    """Of a model that ends at once with p = 1/2 and else says a: 2 a's with p = 1/8."""
    model, inputs, _ = writer("a")
    rigged(model)
    draws = model.predict(inputs[:2], sample=True, samples=2000, max_length=20)
    for one in draws:
        texts = [one.text, *(each.text for each in one.alternatives)]
        shares = [texts.count(" ".join(["a"] * n)) / len(texts) for n in range(3)]
        np.testing.assert_allclose(shares, [1 / 2, 1 / 4, 1 / 8], atol=0.035)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"samples": 2}, "samples: expected 1 with sample=False; got 2"),
        ({"samples": 0, "sample": True}, "samples: expected a whole number of at least 1"),
        ({"seed": 1}, "seed: expected 0 with sample=False; got 1"),
        ({"length_penalty": 0.0}, "length_penalty: expected 0.6 with beam=1; got 0.0"),
    ],
)
def test_decoding_that_cannot_be(settings, words):
    with pytest.raises(ValueError, match=words):
        Decoding(**settings)


def test_long_ones_are_written_in_small_batches(writer, monkeypatch):
    model, inputs, _ = writer("a b", "c")
    monkeypatch.setattr("pyrnn.models.writing.batches.STEPS", 12)
    data = model.read(inputs[:9], ["a b", *["c"] * 7, "a b " * 9])
    batches = [*model.batches(data, model.Options(), train=False)]
    assert sorted(k for batch in batches for k in batch.numbers.tolist()) == list(range(9))
    for batch in batches:
        assert len(batch.numbers) == 1 or len(batch.numbers) * max(
            *batch.target_lengths, *batch.lengths
        ) <= 12  # fmt: skip
    assert len(batches) > 3
