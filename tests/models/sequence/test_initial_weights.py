"""Models that do not begin at random: word vectors, and a language model's weights."""

from __future__ import annotations

import gzip
import shutil

import numpy as np
import pytest

import pyrnn
from pyrnn.models import LanguageModel, SequenceClassifier, SequenceRegressor

TEXTS = ["a good film", "a bad film", "good", "bad one"] * 3
LABELS = ["pos", "neg"] * 6
QUICK = {"batch_size": 4, "epochs": 2}
VECTORS = "good 1 2 3\nbad 4 5 6\nparis 7 8 9\n"


@pytest.fixture
def vectors(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(VECTORS, "utf-8")
    return path


def small(**settings):
    return SequenceClassifier(**{"hidden_size": 5, **settings})


# word vectors


@pytest.mark.parametrize("form", ["glove", "word2vec", "gz"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_found_words_begin_with_their_vectors(tmp_path, form, dtype):
    path = tmp_path / ("v.txt.gz" if form == "gz" else "v.txt")
    content = ("3 3\n" if form == "word2vec" else "") + VECTORS
    path.write_bytes(gzip.compress(content.encode()) if form == "gz" else content.encode())
    model = small(vectors=str(path), dtype=dtype).for_data(TEXTS, LABELS)
    rows = model.network.encoder.embedding.weight.numpy()
    plain = small(embedding_size=3, dtype=dtype).for_data(TEXTS, LABELS)
    expected = plain.network.encoder.embedding.weight.numpy().copy()
    for word, vector in (("good", [1, 2, 3]), ("bad", [4, 5, 6])):
        expected[model.vectorizer.encode(word)] = vector
    np.testing.assert_array_equal(rows, expected)  # the others as without a file
    assert model.config.embedding_size == 3
    assert rows.dtype == dtype


@pytest.mark.parametrize("encoder", [{}, {"encoder": "conv", "hidden_size": 128, "filters": 4}])
@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_vectors_stay(vectors, encoder, frozen):
    model = small(vectors=str(vectors), freeze_embedding=frozen, **encoder)
    model.for_data(TEXTS, LABELS)
    before = model.network.encoder.embedding.weight.numpy().copy()
    model.fit(TEXTS, LABELS, learning_rate=0.1, **QUICK)
    after = model.network.encoder.embedding.weight.numpy()
    assert np.array_equal(before, after) is frozen
    if frozen:
        assert model.num_parameters() - model.num_parameters(trainable=True) == before.size


@pytest.mark.parametrize(
    ("settings", "texts", "words"),
    [
        ({"embedding_size": 4}, TEXTS, "embedding_size: expected 3, as in the file of vectors"),
        ({}, ["x", "y"] * 6, "vectors: expected a file with some of the 2 words of the data"),
        ({"unit": "characters"}, TEXTS, "vectors: expected a file with some of the 12 characters"),
        ({}, [[1.0], [2.0]] * 6, "vectors: expected None with frames of numbers"),
    ],
)
def test_vectors_that_do_not_fit(vectors, settings, texts, words):
    model = small(vectors=str(vectors), **settings)
    with pytest.raises(ValueError, match=f"^{words}"):
        model.fit(texts, LABELS, epochs=1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "vectors.txt: expected vectors of words; got none"),
        (b"good 1 2 3\nbad 4 5\n", "vectors.txt: line 2: expected a word and 3 values"),
        (b"good 1 2 x\n", "vectors.txt: line 1: expected numbers; got 'x'"),
        (b"good 1 2 nan\n", "vectors.txt: line 1: expected finite numbers"),
        (b"9 3\ngood 1 2 3\n", "expected 9 vectors, as line 1 says; got 1"),
    ],
)
def test_files_that_are_no_vectors(vectors, content, words):
    vectors.write_bytes(content)
    model = small(vectors=str(vectors))
    with pytest.raises(ValueError, match=words):
        model.fit(TEXTS, LABELS, epochs=1)
    vectors.unlink()
    with pytest.raises(FileNotFoundError, match=r"vectors\.txt"):
        model.fit(TEXTS, LABELS, epochs=1)
    assert model.config.embedding_size is None  # nothing is left of it
    with pytest.raises(ValueError, match="vectors: expected None with encoder='bag'"):
        SequenceClassifier(vectors=str(vectors), encoder="bag")


# a language model's weights

BOOK = "a good film is a bad film. one of them is good\n" * 6
SOURCES = {
    "characters": {},
    "words": {"unit": "words", "lowercase": True, "min_count": 2},
    "bytes": {"unit": "bytes"},
    "tied": {"tied": True, "embedding_size": 4},
    "adaptive": {"unit": "words", "softmax": "adaptive", "cutoffs": (3, 6)},
    "deep": {"num_layers": 2, "cell": "gru"},
    "float64": {"dtype": "float64", "cell": "rnn_tanh"},
    "normed": {"cell": "gru", "layer_norm": True, "zoneout": 0.25},
    "zoneout of both": {"num_layers": 2, "zoneout": (0.1, 0.3)},
}


@pytest.fixture
def source(tmp_path):
    def make(name):
        model = LanguageModel(hidden_size=5, **SOURCES[name])
        model.fit(BOOK, batch_size=2, bptt=8, max_steps=3)
        model.save(tmp_path / name)
        return tmp_path / name

    return make


@pytest.mark.parametrize("name", SOURCES)
def test_embedding_and_layers_are_the_language_models(source, name):
    folder = source(name)
    wanted = LanguageModel.load(folder)
    model = SequenceClassifier(start_from=str(folder)).for_data(TEXTS, LABELS)
    shutil.rmtree(folder)  # it is not needed any more
    encoder = model.network.encoder
    np.testing.assert_array_equal(
        encoder.embedding.weight.numpy()[2:], wanted.network.embedding.weight.numpy()
    )
    theirs = dict(wanted.network.recurrent.named_parameters())
    mine = dict(encoder.recurrent.named_parameters())
    assert set(mine) == set(theirs)
    for parameter, value in theirs.items():
        np.testing.assert_array_equal(mine[parameter].numpy(), value.numpy())
    for text in (*TEXTS[:4], "", "\u2603 unknown"):
        ids = wanted.tokenizer.lookup(text)
        assert model.vectorizer.encode(text).tolist() == (ids + 2).tolist()
    model.fit(TEXTS, LABELS, **QUICK)
    model.save(folder)
    loaded = pyrnn.load(folder)
    assert loaded.predict([*TEXTS, "", "\u2603"]) == model.predict([*TEXTS, "", "\u2603"])


@pytest.mark.parametrize("name", ["deep", "normed", "zoneout of both"])
def test_what_it_reads_forward_is_what_the_language_model_reads(source, name):
    """The states after each step are the same numbers."""
    folder = source(name)
    model = SequenceRegressor(start_from=str(folder), dropout_output=0.0).for_data(
        ["a good film", "bad"], [1.0, 2.0]
    )
    model.network.eval()
    wanted = LanguageModel.load(folder)
    wanted.network.eval()
    ids = wanted.tokenizer.lookup("a good")
    y, _ = wanted.network.recurrent(wanted.network.embedding(ids[:, None]), None)
    lengths = np.array([len(ids)])
    found, _ = model.network.encoder.read((ids + 2)[:, None], lengths, None, np.arange(1))
    np.testing.assert_array_equal(found.numpy(), y.numpy())


def test_the_other_direction_begins_at_random(source):
    folder = source("characters")
    model = SequenceClassifier(start_from=str(folder), bidirectional=True).for_data(TEXTS, LABELS)
    mine = dict(model.network.encoder.recurrent.named_parameters())
    theirs = dict(LanguageModel.load(folder).network.recurrent.named_parameters())
    for name, value in theirs.items():
        np.testing.assert_array_equal(mine[name].numpy(), value.numpy())
        assert not np.array_equal(mine[f"{name}_reverse"].numpy(), value.numpy())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"hidden_size": 7}, "hidden_size: expected 5, as in the file of start_from; got 7"),
        ({"cell": "rnn_tanh"}, "cell: expected 'gru', as in the file of start_from; got 'rnn_t"),
        ({"cell": "lstm"}, "cell: expected 'gru', as in the file of start_from; got 'lstm'"),
        ({"zoneout": 0.1}, "zoneout: expected 0.0, as in the file of start_from; got 0.1"),
        ({"layer_norm": True, "cell": "gru"}, "layer_norm: expected False, as in the file of st"),
        ({"unit": "bytes"}, "unit: expected 'characters', as in the file of start_from; got 'by"),
        ({"dtype": "float64"}, "dtype: expected 'float32', as in the file of start_from"),
        ({"num_layers": 3}, "num_layers: expected 2, as in the file"),
        ({"bidirectional": True}, "bidirectional: expected False beside start_from, whose model"),
        ({"lowercase": True}, "lowercase: expected None beside start_from"),
        ({"min_count": 2}, "min_count: expected 1 beside start_from"),
        ({"normalization": "NFKC"}, "normalization: expected None beside start_from"),
        ({"vectors": "v.txt"}, "vectors: expected None beside start_from"),
    ],
)
def test_settings_that_are_not_the_language_models(source, settings, words):
    model = SequenceClassifier(start_from=str(source("deep")), **settings)
    config = model.config
    with pytest.raises(ValueError, match=f"^{words}"):
        model.fit(TEXTS, LABELS, epochs=1)
    assert model.config == config


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"cell": "lstm"}, "cell: expected 'gru'"),
        ({"zoneout": 0.0}, "zoneout: expected 0.25"),
        ({"layer_norm": False}, "layer_norm: expected True"),
    ],
)
def test_a_default_that_is_given_contradicts_as_well(source, settings, words):
    folder = str(source("normed"))
    for given in (
        SequenceClassifier(start_from=folder, **settings),
        SequenceClassifier(SequenceClassifier.Config(**settings), start_from=folder),
        SequenceClassifier(SequenceClassifier.Config(start_from=folder), **settings),
    ):
        with pytest.raises(ValueError, match=f"^{words}, as in the file of start_from"):
            given.fit(TEXTS, LABELS, epochs=1)
    SequenceClassifier(start_from=folder, embedding_size=None).for_data(TEXTS, LABELS)


def test_what_is_no_language_model(source, tmp_path):
    small().for_data(TEXTS, LABELS).save(tmp_path / "other")
    with pytest.raises(ValueError, match="expected a pyrnn language model; got 'pyrnn sequence cl"):
        SequenceClassifier(start_from=str(tmp_path / "other")).fit(TEXTS, LABELS)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        SequenceClassifier(start_from=str(tmp_path / "nowhere")).fit(TEXTS, LABELS)
    with pytest.raises(ValueError, match="start_from: expected None with frames of numbers"):
        SequenceClassifier(start_from=str(source("deep"))).fit([[1.0], [2.0]], ["a", "b"])
    with pytest.raises(ValueError, match="start_from: expected None with encoder='conv'"):
        SequenceClassifier(start_from=str(source("deep")), encoder="conv")


# runs that go on


@pytest.mark.parametrize("setting", ["vectors", "start_from"])
def test_a_run_goes_on_to_the_same_bits_and_without_the_file(setting, source, vectors, tmp_path):
    path = vectors if setting == "vectors" else source("characters")

    def model():
        return SequenceClassifier(**{setting: str(path)})

    options = {"batch_size": 4, "epochs": 4}
    whole = model()
    whole.fit(TEXTS, LABELS, **options)
    expected = whole.network.state_dict()
    for name in ("file", "no file"):
        folder = tmp_path / name
        model().fit(TEXTS, LABELS, **options, max_steps=5, folder=folder)
    again = model()
    again.fit(TEXTS, LABELS, **options, folder=tmp_path / "file", resume=True)
    np.testing.assert_equal(again.network.state_dict(), expected)
    path.rename(tmp_path / "elsewhere")
    loaded = pyrnn.load(tmp_path / "no file")
    loaded.fit(TEXTS, LABELS, **options, folder=tmp_path / "no file", resume=True)
    np.testing.assert_equal(loaded.network.state_dict(), expected)
    with pytest.raises(FileNotFoundError):  # a new model is built by what the file says
        model().fit(TEXTS, LABELS, **options, folder=tmp_path / "no file", resume=True)
