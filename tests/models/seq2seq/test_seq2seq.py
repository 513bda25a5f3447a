"""A sequence to a text: what is learnt, what is written, and hard input."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

import pyrnn
from pyrnn.models import Examples, Seq2Seq
from pyrnn.models.writing.batches import WrittenBatch

WORDS = ["abc", "bca", "cab", "acb", "bac", "cba", "ab", "bc", "ca"] * 10
TURNED = [word[::-1] for word in WORDS]
SOURCES = ["Ein Hund, der bellt.", "Zwei Hunde bellen!", "Ein Mann bellt.", "", "Der Mann, Peter."]
TARGETS = ["A dog that barks.", "Two dogs are barking!", "A man barks.", "", "The man, Peter."]


@pytest.fixture(scope="module")
def turner():
    """It turns words of three letters round."""
    model = Seq2Seq(unit="characters", hidden_size=32)
    model.fit(WORDS, TURNED, epochs=40, learning_rate=0.01)
    return model


def small(**settings):
    return Seq2Seq(**{"hidden_size": 6, **settings})


def rigged(model, **biases):
    """The model with output biases by token, whatever it reads."""
    vectorizer = model.written.vectorizer
    output = model.network.decoder.output
    names = {vectorizer.token(k): k for k in range(vectorizer.size)}
    bias = np.zeros(vectorizer.size, output.weight.dtype)
    for token, value in biases.items():
        bias[names[{"end": "<end>", "unknown": "<unk>", "start": "<start>"}.get(token, token)]] = (
            value
        )
    output.weight.assign(np.zeros(output.weight.shape, output.weight.dtype))
    output.bias.assign(bias)
    return model


# what is learnt


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"attention": "none"},
        {"attention": "none", "bidirectional": False, "cell": "lstm"},
        {"attention": "last"},
        {"input_feeding": False},
        {"attention": "dot", "cell": "lstm", "num_layers": 2},
        {"attention": "general", "shared_vocabulary": True, "tied": True},
        {"bidirectional": False, "attention": "dot"},
    ],
)
def test_words_are_turned_round(settings):
    model = Seq2Seq(unit="characters", hidden_size=32, **settings)
    model.fit(WORDS, TURNED, epochs=40, learning_rate=0.01)
    assert model.evaluate(WORDS, TURNED)["exact_match"] == 1


@pytest.mark.parametrize("schedule", ["constant", "linear", "exponential", "sigmoid"])
def test_with_what_it_would_have_written_itself(schedule):
    model = Seq2Seq(unit="characters", hidden_size=32)
    model.fit(
        WORDS,
        TURNED,
        epochs=40,
        learning_rate=0.01,
        teacher_forcing=0.5,
        teacher_forcing_schedule=schedule,
        teacher_forcing_epochs=10,
        label_smoothing=0.05,
    )
    assert model.evaluate(WORDS, TURNED)["exact_match"] == 1


def test_how_much_of_a_target_is_read_as_it_is():
    model = small(unit="characters").for_data(WORDS, TURNED)
    options = model.Options(batch_size=90, teacher_forcing=0.25, teacher_forcing_epochs=2)
    batches = model.batches(model.read(WORDS, TURNED), options, train=True)
    shares = [next(batches.epoch(epoch)).forced.mean() for epoch in (0, 1, 2, 5)]
    np.testing.assert_allclose(shares, [1, 0.625, 0.25, 0.25], atol=0.1)
    again = next(batches.epoch(1)).forced
    np.testing.assert_array_equal(next(batches.epoch(1)).forced, again)
    assert not np.array_equal(next(batches.epoch(2)).forced, again)
    plain = model.batches(model.read(WORDS, TURNED), model.Options(batch_size=90), train=True)
    assert next(plain.epoch(0)).forced is None


def test_what_it_reads_in_place_of_a_token_is_what_it_would_have_written():
    """Of a decoder that writes b whatever it reads, all tokens but the first are b."""
    model = rigged(small(unit="characters").for_data(WORDS, TURNED), b=9.0)
    network, b = model.network, int(model.written.encode("b")[0])
    targets = np.array([[4, 5], [6, 4], [3, 3]])
    numbers = np.arange(2)
    known = network.known(WrittenBatch(np.array([[4, 5]]), np.array([1, 1]), targets, numbers))
    own = network._own(network._fed(targets), known, np.array([3, 3]), numbers)
    np.testing.assert_array_equal(own, [[2, 2], [b, b], [b, b]])


def test_frames_to_texts():
    draw = np.random.default_rng(0)
    frames, texts = [], []
    for _ in range(60):
        levels = draw.integers(0, 3, draw.integers(1, 4))
        noise = draw.normal(scale=0.05, size=(3 * len(levels), 1))
        frames.append(np.repeat(levels, 3)[:, None] + noise)
        texts.append(" ".join(["low", "mid", "high"][level] for level in levels))
    model = Seq2Seq(hidden_size=24)
    model.fit(frames, texts, epochs=40, learning_rate=0.01)
    assert model.evaluate(frames, texts)["exact_match"] > 0.9
    (one,) = model.predict(frames[:1])
    assert one.source is None
    assert one.attention.shape == (len(one.tokens), len(frames[0]))


def test_static_features_are_part_of_the_start():
    """The same source in two languages, which a feature names."""
    static = [["de"], ["fr"]] * 20
    model = Seq2Seq(hidden_size=16, attention="none")
    model.fit(["dog"] * 40, ["Hund", "chien"] * 20, static=static, epochs=30, learning_rate=0.01)
    found = model.predict(Examples(["dog", "dog"], static=[["fr"], ["de"]]))
    assert [one.text for one in found] == ["chien", "Hund"]


# what is written


@pytest.mark.parametrize(
    "how", [{}, {"beam": 4, "nbest": 3}, {"sample": True, "top_k": 1}, {"max_length": 2}]
)
def test_alone_and_among_others(turner, how):
    """Bit for bit, in a batch of 32."""
    sources = [*WORDS[:9], "", "aaaa", "abcabcabcabc", "xyz"] * 3
    together = turner.predict(sources[:32], **how)
    for source, found in zip(sources[:13], together, strict=False):
        (alone,) = turner.predict([source], **how)
        assert alone.to_json() == found.to_json()
        np.testing.assert_array_equal(alone.attention, found.attention)


def test_attention_adds_up(turner):
    for one in turner.predict(["abc", "ab", "abcabc"]):
        assert one.attention.shape == (len(one.tokens), len(one.source))
        np.testing.assert_allclose(one.attention.sum(axis=1), 1, rtol=1e-5)
    first = turner.predict(["abc"])[0]
    assert first.source == ("a", "b", "c")
    assert first.tokens == ("c", "b", "a")
    assert first.attention.argmax(axis=1).tolist() == [2, 1, 0]


def test_a_beam_finds_what_is_likelier(turner):
    greedy, beam = turner.predict(WORDS[:9]), turner.predict(WORDS[:9], beam=5, length_penalty=0)
    for one, other in zip(greedy, beam, strict=True):
        assert other.score >= one.score - 1e-9
    (best,) = turner.predict(["abc"], beam=5, nbest=5)
    every = [best, *best.alternatives]
    assert len({one.text for one in every}) == 5
    scores = [one.score for one in every if one.finished]
    assert scores == sorted(scores, reverse=True)
    assert str(best) == " ||| ".join(one.text for one in every)
    content = json.loads(json.dumps(best.to_json()))
    assert [one["text"] for one in content["alternatives"]] == [one.text for one in every[1:]]


def test_a_length_penalty_favours_longer_ones():
    model = rigged(small(attention="last").for_data(["x"], ["a a a"]), end=0.3)
    texts = [
        model.predict(["x"], beam=3, max_length=6, length_penalty=alpha)[0].text for alpha in (0, 4)
    ]
    assert texts[0] == ""
    assert len(texts[1]) > len(texts[0])


def test_what_is_drawn_follows_the_seed(turner):
    how = {"sample": True, "temperature": 2.0}
    texts = [
        [one.text for one in turner.predict(WORDS[:9], seed=seed, **how)] for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]


# unknown words


@pytest.mark.parametrize("how", [{}, {"beam": 3, "nbest": 2}, {"sample": True}])
def test_unknown_words_are_copied_as_they_stand(how):
    """Whatever the attention looks at, it is a word or a sign of the source."""
    model = rigged(small(lowercase=True).for_data(SOURCES, TARGETS), unknown=30.0, end=29.0)
    source = "Kiew und Lwiw!"
    for one in (found := model.predict([source, source], max_length=4, **how)):
        for each in (one, *one.alternatives):
            assert set(each.tokens) <= {"Kiew", "und", "Lwiw", "!"}
            assert "<unk>" not in each.text
    place = [int(row.argmax()) for row in found[0].attention]
    assert [found[0].source[k] for k in place].count("<unk>") + found[0].tokens.count("!") == len(
        place
    )


@pytest.mark.parametrize(
    ("settings", "source"),
    [
        ({}, ""),
        ({"attention": "none"}, "Kiew"),
        ({"attention": "last"}, "Kiew"),
        ({"unit": "bytes"}, "\xe9"),
    ],
)
def test_what_cannot_be_copied_is_not_written(settings, source):
    model = rigged(small(**settings).for_data(SOURCES, TARGETS), unknown=50.0)
    for how in ({}, {"beam": 3}, {"sample": True}):
        (one,) = model.predict([source], **how)
        assert "<unk>" not in one.tokens
        assert np.isfinite(one.score)


# hard input


def test_sources_and_targets_of_every_length():
    model = Seq2Seq(hidden_size=6)
    model.fit(SOURCES, TARGETS, epochs=2)
    long = " ".join(["Hund"] * 3_000)
    found = model.predict(["", " \t", "!?\u2026", "xxx yyy", long, "\U0001f600" * 50])
    assert all(np.isfinite(one.score) for one in found)
    assert found[0].attention.shape[1] == found[1].attention.shape[1] == 0
    metrics = model.evaluate([long, ""], ["", long])
    assert all(np.isfinite(value) for value in metrics.values())


@pytest.mark.parametrize("settings", [{}, {"attention": "none"}, {"attention": "dot"}])
def test_a_batch_of_nothing_but_empty_ones(settings):
    model = small(**settings)
    model.fit([*SOURCES, "", ""], [*TARGETS, "", "A"], epochs=1, batch_size=1)
    assert len(model.predict(["", ""])) == 2
    assert np.isfinite(model.evaluate(["", ""], ["", ""])["loss"])


def test_one_token_and_ten_thousand():
    model = small(unit="characters")
    long = "ab" * 5_000
    model.fit([long, "a"], ["b", long], max_steps=2)
    assert np.isfinite(model.evaluate([long, "a"], ["b", long], max_length=5)["loss"])


def test_long_pairs_are_measured_in_parts(turner, monkeypatch):
    """Weights of attention for 40,000 tokens beside as many would take 6 GB."""
    sources, targets = [*WORDS[:5], "abc" * 7, ""], [*TURNED[:5], "cba" * 5, "ab"]
    whole = turner.evaluate(sources, targets)
    monkeypatch.setattr("pyrnn.models.writing.network.WEIGHTS", 300)
    parts = turner.evaluate(sources, targets)
    assert parts["loss"] == pytest.approx(whole["loss"], rel=1e-6)
    assert parts["exact_match"] == whole["exact_match"]


def test_a_target_that_is_none():
    with pytest.raises(TypeError, match=r"targets\[1\]: expected a text; got int 5"):
        small().for_data(["a", "b"], ["x", 5])
    with pytest.raises(ValueError, match="targets: expected 2, one for each of sources; got 1"):
        small().for_data(["a", "b"], ["x"])
    with pytest.raises(ValueError, match="shared_vocabulary: expected False with frames"):
        small(shared_vocabulary=True).for_data([[[1.0]], [[2.0]]], ["a", "b"])


# evaluation


def test_an_evaluation():
    pytest.importorskip("sacrebleu")
    model = small()
    model.fit(SOURCES, TARGETS, epochs=60, learning_rate=0.02)
    report = model.report(SOURCES, TARGETS)
    assert list(report.metrics) == ["loss", "perplexity", "bleu", "chrf", "exact_match"]
    assert report.metrics["perplexity"] == pytest.approx(np.exp(report.metrics["loss"]))
    assert "tok:13a" in report.signatures["bleu"]
    said = [one.text for one in model.predict(SOURCES)]
    right = [a == b for a, b in zip(said, TARGETS, strict=True)]
    assert report.metrics["exact_match"] == np.mean(right)
    wrong = {k for k, same in enumerate(right) if not same}
    assert {one.number for one in report.mistakes} == wrong
    for one in report.mistakes:
        assert (one.truth, one.prediction) == (TARGETS[one.number], said[one.number])
    assert model.evaluate(SOURCES, TARGETS, beam=3).keys() == report.metrics.keys()


def test_bleu_is_of_natural_text():
    """As a reader has it: the reference raw, the translation with its signs where they belong."""
    pytest.importorskip("sacrebleu")
    model = small()
    model.fit(SOURCES, TARGETS, epochs=150, learning_rate=0.02)
    metrics = model.evaluate(SOURCES, TARGETS)
    assert metrics["exact_match"] == 1
    assert metrics["bleu"] == pytest.approx(100)


def test_without_sacrebleu(monkeypatch):
    """One that is not there, or that is and cannot be imported."""
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    model = small().for_data(SOURCES, TARGETS)
    report = model.report(SOURCES, TARGETS)
    assert list(report.metrics) == ["loss", "perplexity", "exact_match"]
    assert report.signatures["bleu"] == "not computed, since sacrebleu cannot be imported"
    assert list(model.monitored()) == ["loss", "perplexity", "exact_match"]


# files


def test_two_vocabularies_or_one(tmp_path):
    for shared in (False, True):
        model = small(shared_vocabulary=shared)
        model.fit(SOURCES, TARGETS, epochs=1)
        model.save(tmp_path / str(shared))
        loaded = pyrnn.load(tmp_path / str(shared))
        assert (loaded.vectorizer is loaded.written.vectorizer) == shared
        assert (loaded.network.encoder.embedding is loaded.network.decoder.embedding) == shared
        assert loaded.predict(SOURCES) == model.predict(SOURCES)


@pytest.mark.parametrize("unit", ["characters", "bytes", "subwords", "regex"])
def test_other_units(unit, tmp_path):
    if unit == "subwords":
        pytest.importorskip("tokenizers")
    model = small(unit=unit, pattern=r"\w+" if unit == "regex" else None)
    model.fit(SOURCES, TARGETS, epochs=1)
    model.save(tmp_path)
    assert pyrnn.load(tmp_path).predict(SOURCES) == model.predict(SOURCES)


def test_word_vectors(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("Hund 1 2 3\n, 4 5 6\n", encoding="utf-8")
    model = small(vectors=str(path)).for_data(SOURCES, TARGETS)
    vectorizer, rows = model.vectorizer, model.network.encoder.embedding.weight.numpy()
    ids = vectorizer.encode("Hund,")
    np.testing.assert_array_equal(rows[ids], [[1, 2, 3], [4, 5, 6]])


def test_files_and_tables(tmp_path):
    pairs = list(zip(SOURCES, TARGETS, strict=True))
    lines = {
        "a.csv": ["source,target", *(f'"{s}","{t}"' for s, t in pairs)],
        "b.csv": ["de,en", *(f'"{s}","{t}"' for s, t in pairs)],
        "c.tsv": [f"{s}\t{t}" for s, t in pairs],
        "d.csv": ["source,target,to", *(f'"{s}","{t}",en' for s, t in pairs)],
        "e.jsonl": [json.dumps({"source": s, "target": t}) for s, t in pairs],
    }
    columns = {
        "b.csv": {"source_column": "de", "target_column": "en"},
        "d.csv": {"static": ("to",)},
    }
    for name, content in lines.items():
        (tmp_path / name).write_text("\n".join(content), encoding="utf-8")
        found = small().examples(tmp_path / name, **columns.get(name, {}))
        assert list(found) == SOURCES, name
        assert found.targets == TARGETS, name
    for name, content in {"s.de": SOURCES, "t.en": TARGETS}.items():
        (tmp_path / name).write_text("\n".join(content), encoding="utf-8")
    found = small().examples((tmp_path / "s.de", tmp_path / "t.en"))
    assert (list(found), found.targets) == (SOURCES, TARGETS)
    (tmp_path / "t.en").write_text("A dog.", encoding="utf-8")
    with pytest.raises(ValueError, match=r"s\.de.*t\.en: expected as many lines.*got 5 and 1"):
        small().examples((tmp_path / "s.de", tmp_path / "t.en"))
    table = {"de": SOURCES, "en": TARGETS}
    found = small().examples(table, source_column="de", target_column="en")
    assert (list(found), found.targets) == (SOURCES, TARGETS)
    with pytest.raises(ValueError, match=r"b\.csv: line 1: expected a column 'source'"):
        small().examples(tmp_path / "b.csv")
