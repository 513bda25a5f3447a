"""SequenceClassifier: a text to one of several labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pyrnn import functional
from pyrnn.data import Labels, TextVectorizer, checked_labels, class_weights
from pyrnn.metrics import Classification
from pyrnn.models.classifier.network import ClassifierNetwork
from pyrnn.models.classifier.settings import (
    ClassifierColumns,
    ClassifierConfig,
    ClassifierOptions,
)
from pyrnn.models.pairs import PairBatch, PairBatches, Pairs
from pyrnn.models.report import Mistake, Report
from pyrnn.models.supervised import Supervised
from pyrnn.training import Loss

SHOWN = 200  # characters of an input in a report


@dataclass(frozen=True)
class ClassPrediction:
    """What a classifier says of one input.

    label: the likeliest. probability: of it. probabilities: of all labels.
    """

    label: Any
    probability: float
    probabilities: Mapping[Any, float]

    def __str__(self) -> str:
        return str(self.label)

    def to_json(self) -> dict[str, Any]:
        """All of it by name; the labels that are keys become text, as JSON spells them."""
        return {
            "label": self.label,
            "probability": self.probability,
            "probabilities": {spelled(label): p for label, p in self.probabilities.items()},
        }


class SequenceClassifier(Supervised):
    """A text to one of several labels.

    config, settings: see `ClassifierConfig`.

    The vocabulary and the labels are those of the training texts, and are saved with the model,
    which takes raw strings.

    >>> from pyrnn.models import SequenceClassifier
    >>> texts = ["good film", "bad film", "a good one", "a bad one"] * 10
    >>> model = SequenceClassifier(hidden_size=16)
    >>> model.fit(texts, ["pos", "neg"] * 20, epochs=20, learning_rate=0.01).reason
    'epochs'
    >>> model.predict(["good", "how bad"])[1].label
    'neg'
    """

    family = "classify"
    title = "sequence classifier"
    reads = "text: a label"
    inputs, targets = "texts", "labels"
    Config = ClassifierConfig
    Options = ClassifierOptions
    Columns = ClassifierColumns
    monitors: ClassVar = {
        "loss": "min",
        "accuracy": "max",
        "f1_macro": "max",
        "balanced_accuracy": "max",
    }

    def __init__(self, config: ClassifierConfig | None = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._vectorizer: TextVectorizer | None = None
        self._labels: Labels | None = None

    @property
    def vectorizer(self) -> TextVectorizer:
        """Texts to ids. Raises ValueError before the model is built."""
        self.network  # noqa: B018  # it says what to do
        assert self._vectorizer is not None
        return self._vectorizer

    @property
    def labels(self) -> tuple[Any, ...]:
        """The labels, in the order of the network's outputs."""
        self.network  # noqa: B018
        assert self._labels is not None
        return self._labels.classes

    @property
    def units(self) -> str:
        """Texts."""
        return "texts"

    # data

    def check_input(self, value: Any, name: str) -> None:
        """A text."""
        if not isinstance(value, str):
            raise TypeError(f"{name}: expected a text; got {type(value).__name__} {value!r:.80}")

    def check_targets(
        self, targets: Sequence[Any], data: str, lines: Sequence[int] | None = None
    ) -> None:
        """Labels, all of one type, none empty, and those that the model knows once it is built."""
        if self._labels is None:
            list(checked_labels(targets, data, lines))
        else:
            self._labels.encode(targets, data, lines)

    def target_of(self, cell: Any) -> Any:
        """The label that a cell stands for: text, but for a model whose labels are none."""
        if self._labels is None or not isinstance(cell, str):
            return cell
        spellings = {text: one for one in self._labels for text in (spelled(one), str(one))}
        return spellings.get(cell, cell)

    def strata(self, data: Pairs) -> Sequence[Any] | None:
        """The labels."""
        return data.targets

    def learn(self, train: Pairs, held: Pairs | None) -> None:
        """The vocabulary and the labels of the training texts.

        Raises ValueError for fewer than two labels, and for one that the validation data alone
        have.
        """
        assert train.targets is not None
        labels = Labels.fit(train.targets)
        if len(labels) < 2:
            raise ValueError(f"labels: expected at least two; got one, {labels.classes[0]!r:.80}")
        if held is not None and held.targets is not None:
            labels.encode(held.targets, "the validation data")
        config = self.config
        self._vectorizer = TextVectorizer.fit(
            train.inputs,
            unit=config.unit,
            pattern=config.pattern,
            lowercase=config.lowercase,
            min_count=config.min_count,
            max_vocabulary=config.max_vocabulary,
        )
        self._labels = labels

    def parts(self) -> dict[str, Any]:
        """The vectorizer and the labels."""
        assert self._labels is not None
        return {"vectorizer": self.vectorizer.to_json(), "labels": self._labels.to_json()}

    def take(self, parts: Mapping[str, Any]) -> None:
        """Both out of a file."""
        self._vectorizer = TextVectorizer.from_json(parts["vectorizer"])
        if self._vectorizer.unit.name != self.config.unit:
            raise ValueError(
                f"vectorizer: expected one of {self.config.unit}; got {self._vectorizer.unit.name}"
            )
        self._labels = Labels.from_json(parts["labels"])

    def build(self, rng: np.random.Generator) -> ClassifierNetwork:
        """Encoder and output layer."""
        assert self._vectorizer is not None
        assert self._labels is not None
        return ClassifierNetwork(self._vectorizer.size, len(self._labels), self.config, rng)

    def sequence(self, value: str) -> np.ndarray:
        """What the encoder reads of a text: ids int64 (N,)."""
        ids = shortened(self.vectorizer.encode(value), self.config.max_length, self.config.keep)
        return np.asarray(self.network.encoder.prepare(ids))

    def encoded(self, targets: Sequence[Any]) -> np.ndarray:
        """The numbers of labels, int64 (N,)."""
        assert self._labels is not None
        return self._labels.encode(targets)

    def batches(  # type: ignore[override]
        self, data: Pairs, options: ClassifierOptions, *, train: bool
    ) -> PairBatches:
        """The texts in batches by length, with the weights of their classes."""
        batches = super().batches(data, options, train=train, bucket=options.bucket)
        if train and options.class_weights != "none" and batches.targets is not None:
            how, classes = options.class_weights, len(self.labels)
            batches.weights = class_weights(how, batches.targets, classes)
        return batches

    def loss(self, batch: PairBatch, state: Any = None) -> Loss:
        """-ln p of the labels, weighted where the batch has weights: B sum w l / sum w."""
        logits, targets = self.network(batch.inputs, batch.lengths), batch.targets
        assert targets is not None
        if batch.weights is None:
            value = functional.cross_entropy(logits, targets, reduction="sum")
        else:
            mean = functional.cross_entropy(logits, targets, batch.weights, reduction="mean")
            value = mean * float(batch.sequences)
        return Loss(value, batch.sequences, None, logits)

    def metrics(self, data: Pairs) -> Classification:
        """Accuracy, F1, balanced accuracy, log-loss, and the confusion matrix."""
        return Classification(len(self.labels))

    def decode(self, batch: PairBatch) -> list[ClassPrediction]:
        """The likeliest label of each text."""
        p = _softmax(self.network(batch.inputs, batch.lengths).numpy())  # (B, C)
        return [self._prediction(row) for row in p]

    def _prediction(self, p: np.ndarray) -> ClassPrediction:
        chosen = int(p.argmax())
        return ClassPrediction(
            self.labels[chosen],
            float(p[chosen]),
            dict(zip(self.labels, p.tolist(), strict=True)),
        )

    def reported(self, data: Pairs, batches: PairBatches) -> Report:
        """The metrics on labelled texts, the confusion matrix, and what the model got wrong."""
        metric = self.metrics(data)
        wrong: list[Mistake] = []
        for batch, found in self.evaluated(batches):
            metric.update(batch.targets, found.output.numpy())
            wrong += self._mistakes(data, batch, found.output.numpy())
        wrong.sort(key=lambda one: (-one.probability, one.number))
        return Report(metric.compute(), self.labels, metric.confusion, tuple(wrong))

    def _mistakes(self, data: Pairs, batch: PairBatch, logits: np.ndarray) -> list[Mistake]:
        assert batch.targets is not None
        p = _softmax(logits)
        chosen = p.argmax(axis=1)
        return [
            Mistake(
                int(batch.numbers[row]),
                " ".join(data.inputs[int(batch.numbers[row])][:SHOWN].split()),
                self.labels[int(batch.targets[row])],
                self.labels[int(chosen[row])],
                float(p[row, batch.targets[row]]),
                float(p[row, chosen[row]]),
            )
            for row in np.flatnonzero(chosen != batch.targets)
        ]

    def in_short(self) -> str:
        """Labels and encoder."""
        config = self.config
        what = f"{self.vectorizer.size:,} {config.unit} -> {len(self.labels)} labels"
        if config.encoder != "recurrent":
            return f"{what}, {config.encoder}"
        ways = "both ways, " if config.bidirectional else ""
        return f"{what}, {ways}{config.num_layers} x {config.hidden_size} {config.cell}"


def spelled(label: Any) -> str:
    """A label as text, numbers and truth values as JSON has them."""
    return label if isinstance(label, str) else json.dumps(label)


def shortened(ids: np.ndarray, most: int | None, keep: str) -> np.ndarray:
    """The last, or the first, `most` ids."""
    if most is None or len(ids) <= most:
        return ids
    return ids[-most:] if keep == "last" else ids[:most]


def _softmax(logits: np.ndarray) -> np.ndarray:
    """float64 (B, C)."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    return np.asarray(p / p.sum(axis=1, keepdims=True))
