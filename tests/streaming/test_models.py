"""A stream of a model says of a prefix what the model says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pyrnn
from pyrnn import no_grad
from pyrnn.models import (
    Captioner,
    LanguageModel,
    Seq2Seq,
    SequenceClassifier,
    SequenceRegressor,
)

from .test_stream import same

TEXT = "to be, or not to be: that is the question. " * 4
TEXTS = ["good film", "bad film", "a good one", "a bad one"] * 4
LABELS = ["pos", "neg"] * 8
LITTLE: Any = {"hidden_size": 12, "seed": 3}


def series(count: int = 12, width: int = 2) -> list[np.ndarray]:
    draw = np.random.default_rng(0)
    return [draw.normal(3, 2, (n, width)) for n in draw.integers(3, 9, count)]


@pytest.mark.parametrize(
    "settings",
    [
        {"cell": "lstm"},
        {"cell": "gru", "num_layers": 2, "dropout_output": 0.5},
        {"cell": "lstm", "tied": True, "embedding_size": 7},
        {"cell": "lstm", "dtype": "float64", "zoneout": 0.1},
    ],
    ids=str,
)
def test_a_language_model(settings: dict[str, Any]) -> None:
    model = LanguageModel(**LITTLE, **settings).for_data(TEXT)
    stream = pyrnn.Stream(model)
    ids = model.tokenizer.encode("not to be")
    model.network.eval()
    with no_grad():
        logits, _ = model.network(ids[:, None])
    assert same(np.stack([stream.step(k) for k in ids]), logits.numpy()[:, 0])
    token = model.tokenizer.token(int(np.argmax(stream.step(ids[-1]))))
    assert token == model.predict(["not to bee"])[0].token


@pytest.mark.parametrize("inputs", ["texts", "frames", "frames as they are"])
def test_a_classifier(inputs: str) -> None:
    frames = inputs != "texts"
    data: Any = series(16) if frames else TEXTS
    scale = "none" if "are" in inputs else "standard"
    model = SequenceClassifier(**LITTLE, pooling="last", scale=scale, num_layers=2)
    model.fit(data, LABELS, max_steps=3)
    stream = pyrnn.Stream(model)
    model.network.eval()
    given = data[1].astype("float32") if frames else data[1]
    steps = given if frames else model.vectorizer.encode(given)
    for n, step in enumerate(steps, start=1):
        z = stream.step(step)
        sequence = model.sequence(given[:n] if frames else given)[:n]
        with no_grad():
            said = model.network(sequence[:, None], np.array([n])).numpy()
        assert same(z, said[0])


@pytest.mark.parametrize("each", [False, True], ids=["one target", "a target at every step"])
def test_a_regressor(each: bool) -> None:
    data = series()
    targets = [frames.cumsum(axis=0) for frames in data]
    model = SequenceRegressor(**LITTLE, pooling="last")
    model.fit(data, targets if each else [rows[-1] for rows in targets], max_steps=3)
    stream = pyrnn.Stream(model)
    frames = data[2].astype("float32")
    for n, frame in enumerate(frames, start=1):
        said = list(model.predict([frames[:n]])[0].values.values())
        assert same(stream.step(frame), np.float32(said))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "pooling: expected 'last'.*'attention'"),
        ({"pooling": "mean"}, "pooling: expected 'last'.*'mean'"),
        ({"pooling": "last", "bidirectional": True}, "^bidirectional: expected False"),
        ({"encoder": "conv"}, "encoder: expected 'recurrent'.*Conv"),
        ({"encoder": "bag"}, "encoder: expected 'recurrent'.*Bag"),
        ({"pooling": "last", "gaps": "mean"}, "gaps: expected 'error'"),
    ],
)
def test_models_of_which_there_is_no_stream(settings: dict[str, Any], message: str) -> None:
    little = {} if settings.get("encoder") else {"hidden_size": 4}
    model = SequenceClassifier(**little, **settings).for_data(series(16), LABELS)
    with pytest.raises(ValueError, match=message):
        pyrnn.Stream(model)


def test_static_features_and_adaptive_softmaxes_have_no_stream() -> None:
    model = SequenceRegressor(hidden_size=4, pooling="last")
    model.fit(series(), list(range(12)), static=[[k] for k in range(12)], max_steps=1)
    with pytest.raises(ValueError, match="static: expected a model without"):
        pyrnn.Stream(model)
    words = LanguageModel(hidden_size=4, unit="words", softmax="adaptive").for_data(TEXT)
    with pytest.raises(ValueError, match="softmax: expected 'full'"):
        pyrnn.StreamPool(words)


def test_what_writes_a_text_has_no_stream() -> None:
    pairs = [["a b", "b c"] * 4, ["x y", "y"] * 4]
    vectors = np.arange(32.0).reshape(8, 4) % 5
    for model in (
        Seq2Seq(hidden_size=4).for_data(*pairs),
        Captioner(hidden_size=4).for_data(vectors, pairs[1]),
    ):
        with pytest.raises(ValueError, match=rf"^model: .* got a {model.title}, which writes once"):
            pyrnn.Stream(model)


def test_a_model_that_is_not_built() -> None:
    with pytest.raises(ValueError, match="not built yet"):
        pyrnn.Stream(SequenceClassifier(pooling="last"))


WRONG = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf, "too large once scaled": 3e38}


@pytest.fixture(scope="module")
def regressor() -> Any:
    model = SequenceRegressor(**LITTLE, pooling="last")
    data = [frames * [1.0, 1e-3] for frames in series()]
    return model.fit(data, [rows[-1] for rows in data], max_steps=2) and model


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("how", ["array", "list", "float64"])
def test_frames_are_numbers(regressor: Any, value: float, how: str) -> None:
    """What `predict` refuses, a stream and a pool refuse, and go on as if it had not come."""
    frames = series()[0].astype("float32")
    wrong = frames[:3].copy()
    wrong[2, 1] = value
    with pytest.raises(ValueError, match="expected"):
        regressor.predict([wrong])
    given: Any = wrong.tolist() if how == "list" else wrong
    given = wrong.astype("float64") if how == "float64" else given
    stream, pool = pyrnn.Stream(regressor), pyrnn.StreamPool(regressor)
    session = pool.open()
    others = [pool.open(), pool.open()]
    fresh = stream.step(frames[0]), pool.step([session], frames[:1])
    state = stream.state
    amiss = "feature 1: expected a finite number of float32.*; got "
    with pytest.raises(ValueError, match=f"^x: {amiss}"):
        stream.step(given[2])
    with pytest.raises(ValueError, match=f"^xs: step 2, {amiss}"):
        stream.run(given)
    with pytest.raises(ValueError, match=f"^xs: step 2, {amiss}"):
        pool.run(session, given)
    with pytest.raises(ValueError, match=f"^x: row 2, {amiss}"):
        pool.step([*others, session], given)
    for name, array in state.items():
        assert same(stream.state[name], array)
        assert same(pool.state(session)[name], array)
        assert not pool.state(others[0])[name].any()
    with pytest.raises(ValueError, match="feature 0: expected a finite number of float32; got inf"):
        stream.step([1e39, 0.0])
    stream.reset()
    assert same(stream.step(frames[0]), fresh[0])


def test_large_frames_are_read(regressor: Any) -> None:
    """Far from zero, where the quick look does not suffice, and numbers all the same."""
    frame = np.array([1e30, 1.0], np.float32)
    said = regressor.predict([frame[None]])[0].values.values()
    assert same(pyrnn.Stream(regressor).step(frame), np.float32(list(said)))


@pytest.mark.parametrize("dtype", ["float64", "float16", "int64", ">f4"])
def test_frames_of_other_dtypes(regressor: Any, dtype: str) -> None:
    """They are taken as `predict` takes them, rounded to the model's dtype first."""
    frames = series()[0].astype(dtype)
    taken = frames.astype("float32")
    wanted = pyrnn.Stream(regressor).run(taken)
    stream, pool = pyrnn.Stream(regressor), pyrnn.StreamPool(regressor)
    assert same(np.stack([stream.step(frame) for frame in frames]), wanted)
    assert same(pyrnn.Stream(regressor).run(frames), wanted)
    assert same(pool.step([pool.open()], frames[:1]), wanted[:1])
