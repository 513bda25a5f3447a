"""Models of every family that can be streamed, and what each says of the steps so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from pyrnn import no_grad
from pyrnn.models import (
    Forecaster,
    LanguageModel,
    SequenceClassifier,
    SequenceRegressor,
    SequenceTagger,
    Transcriber,
)

LITTLE: Any = {"hidden_size": 12, "seed": 3}
ONE_WAY: Any = {**LITTLE, "bidirectional": False, "output_layer": "softmax"}
SENTENCES = [["Ann", "saw", "Bob"], ["Bob", "slept"], ["we", "saw", "Zebedee", "in", "Rome"]] * 4
TAGS = [["B-PER", "O", "B-PER"], ["B-PER", "O"], ["O", "O", "B-PER", "O", "O"]] * 4


class Case(NamedTuple):
    """model: trained, a little. steps: some of a sequence, at least seven.

    said(steps): what the model's own network says behind each of them, (T, O). dtype: of what goes
    out, and of the states.
    """

    model: Any
    steps: Sequence[Any]
    said: Callable[[Sequence[Any]], np.ndarray]

    @property
    def dtype(self) -> str:
        # a forecast is in the units of what it adds to, which float32 has no room for
        return "float64" if isinstance(self.model, Forecaster) else self.model.config.dtype


def series(count: int = 12, width: int = 2) -> list[np.ndarray]:
    draw = np.random.default_rng(0)
    return [draw.normal(3, 2, (n, width)) for n in draw.integers(3, 9, count)]


def language_model(**settings: Any) -> Case:
    model = LanguageModel(**LITTLE, **settings).for_data("to be, or not to be " * 4)

    def said(ids: Sequence[int]) -> np.ndarray:
        with no_grad():
            return np.asarray(model.network.eval()(np.array(ids)[:, None])[0].numpy()[:, 0])

    return Case(model, model.tokenizer.encode("not to be").tolist(), said)


def classifier(**settings: Any) -> Case:
    texts = ["good film", "bad film", "a good one", "a bad one"] * 4
    model = SequenceClassifier(**LITTLE, pooling="last", **settings)
    model.fit(texts, ["pos", "neg"] * 8, max_steps=3)

    def said(ids: Sequence[int]) -> np.ndarray:
        given, lengths = np.array(ids)[:, None], np.array([len(ids)])
        with no_grad():
            return np.asarray(model.network.eval().steps(given, lengths).numpy()[:, 0])

    return Case(model, model.vectorizer.encode("a good one bad film so so").tolist(), said)


def regressor(**settings: Any) -> Case:
    data = series()
    model = SequenceRegressor(**LITTLE, pooling="last", **settings)
    model.fit(data, [frames.cumsum(axis=0) for frames in data], max_steps=3)

    def said(frames: Sequence[Any]) -> np.ndarray:
        behind = [model.predict([np.stack(frames[:n])])[0] for n in range(1, len(frames) + 1)]
        rows = [list(one.values.values()) for one in behind]
        return np.array(rows, model.config.dtype)

    return Case(model, list(np.concatenate(data)[:9].astype("float32")), said)


def tagger(data: Any, labels: Any, steps: Sequence[Any], **settings: Any) -> Case:
    model = SequenceTagger(**ONE_WAY, **settings)
    model.fit(data, labels, max_steps=3)

    def said(given: Sequence[Any]) -> np.ndarray:
        sequence = np.stack(given) if isinstance(given[0], np.ndarray) else [*given]
        # beside a longer one, of words and letters of its own
        unlabelled = model.unlabelled([sequence, [*data[0], *data[1], *data[2]]])
        if isinstance(sequence, np.ndarray):
            unlabelled = model.unlabelled([sequence])
        (batch,) = model.batches(unlabelled, model.Options(), train=False).epoch(0)
        model.network.eval()
        with no_grad():
            z = model.network.emissions(batch).numpy()
        return np.asarray(z[: len(given), batch.numbers.tolist().index(0)])

    return Case(model, steps, said)


def tagger_of_frames(**settings: Any) -> Case:
    data = series()
    labels = [["up" if x > 3 else "down" for x in frames[:, 0]] for frames in data]
    return tagger(data, labels, list(np.concatenate(data)[:9].astype("float32")), **settings)


def tagger_of_words(**settings: Any) -> Case:
    words = ["Ann", "saw", "qqq", "Zebedee", "saw", "ann", "in", "\u5317\u4eac", "x" * 70]
    return tagger(SENTENCES, TAGS, words, **settings)


def transcriber(**settings: Any) -> Case:
    data = series()
    model = Transcriber(**LITTLE, bidirectional=False, **settings)
    model.fit(data, ["ab"[len(frames) % 2] for frames in data], max_steps=3)

    def said(steps: Sequence[Any]) -> np.ndarray:
        width = model.config.frames_per_step
        frames = np.stack(steps).reshape(len(steps) * width, 2)
        unlabelled = model.unlabelled([frames])
        (batch,) = model.batches(unlabelled, model.Options(), train=False).epoch(0)
        model.network.eval()
        with no_grad():
            return np.asarray(model.network.emissions(batch).numpy()[:, 0])

    count = 9 * model.config.frames_per_step
    frames = np.concatenate(data)[:count].astype("float32")
    return Case(model, list(frames.reshape(9, -1)), said)


def forecaster(series: Any = None, **settings: Any) -> Case:
    data = np.sin(np.arange(120) / 3) + np.arange(120) / 40 if series is None else series
    model = Forecaster(horizon=3, context=5, hidden_size=12, seed=3, **settings)
    model.fit(data, max_steps=3)

    def said(steps: Sequence[Any]) -> np.ndarray:
        found = []
        for n in range(1, len(steps) + 1):
            if n < 5:
                found.append(np.full_like(first, np.nan))
                continue
            prediction = model.predict(np.stack(steps[:n]))[0]
            levels = prediction.quantiles
            found.append(prediction.values if levels is None else levels)
        return np.stack(found)

    targets, levels = data.reshape(len(data), -1).shape[1], settings.get("quantiles")
    first = np.zeros((3, targets) if levels is None else (3, targets, len(levels)))
    return Case(model, list(data[40:49]), said)


MAKE: dict[str, Callable[[], Case]] = {
    "language model": language_model,
    "classifier": classifier,
    "regressor": regressor,
    "tagger of frames": tagger_of_frames,
    "tagger of frames, float64": lambda: tagger_of_frames(dtype="float64", num_layers=2),
    "tagger of words alone": lambda: tagger_of_words(characters="none"),
    "tagger of words, filters": lambda: tagger_of_words(characters="conv"),
    "tagger of words, both ways": lambda: tagger_of_words(characters="lstm", cell="gru"),
    "tagger of words, float64": lambda: tagger_of_words(dtype="float64", zoneout=0.1),
    "transcriber": transcriber,
    "transcriber, two frames a step": lambda: transcriber(frames_per_step=2, cell="gru"),
    "forecaster": forecaster,
    "forecaster, the last value": lambda: forecaster(residual="last", cell="lstm"),
    "forecaster, no residual": lambda: forecaster(residual="none", linear=False),
    "forecaster, a season": lambda: forecaster(residual="season", season=4, dtype="float64"),
    "forecaster, quantiles": lambda: forecaster(quantiles=(0.1, 0.5, 0.9)),
    "forecaster of two": lambda: forecaster(np.random.default_rng(1).normal(9, 3, (99, 2))),
}


@cache
def case(name: str) -> Case:
    """The case of a name; trained once."""
    return MAKE[name]()
