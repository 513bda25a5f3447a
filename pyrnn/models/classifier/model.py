"""SequenceClassifier: a text to one of several labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pyrnn import functional
from pyrnn.data import Labels, TextVectorizer, class_weights, hold_out
from pyrnn.files.content import Content
from pyrnn.metrics import Classification
from pyrnn.models.classifier.examples import (
    LabelledBatch,
    LabelledBatches,
    LabelledTexts,
    shortened,
)
from pyrnn.models.classifier.network import ClassifierNetwork
from pyrnn.models.classifier.settings import (
    ClassifierColumns,
    ClassifierConfig,
    ClassifierOptions,
)
from pyrnn.models.model import Model
from pyrnn.models.report import Mistake, Report
from pyrnn.models.rows import rows_of
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
        """All of it by name; the labels that are keys become text."""
        return {
            "label": self.label,
            "probability": self.probability,
            "probabilities": {str(label): p for label, p in self.probabilities.items()},
        }


class SequenceClassifier(Model):
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

    def read(self, texts: Any = None, labels: Any = None, *more: Any) -> LabelledTexts:
        """Texts and their labels, as many of one as of the other."""
        if more:
            raise TypeError(f"data: expected texts and labels; got {2 + len(more)} of them")
        check_texts("texts", texts)
        if labels is None or isinstance(labels, str) or not hasattr(labels, "__len__"):
            raise TypeError(f"labels: expected a list of labels; got {type(labels).__name__}")
        if len(texts) != len(labels):
            raise ValueError(f"labels: expected {len(texts)}, one for each text; got {len(labels)}")
        if not len(texts):
            raise ValueError("texts: expected at least one; got none")
        return LabelledTexts(texts, labels)

    def hold_out(
        self, data: LabelledTexts, share: float, seed: int
    ) -> tuple[LabelledTexts, LabelledTexts]:
        """A share of each class, drawn at random."""
        train, held = hold_out(len(data.texts), share, seed, data.labels)
        return data.some(train), data.some(held)

    def learn(self, train: LabelledTexts, held: LabelledTexts | None) -> None:
        """The vocabulary and the labels of the training texts.

        Raises ValueError for fewer than two labels, and for one that the validation data alone
        have.
        """
        assert train.labels is not None
        labels = Labels.fit(train.labels)
        if len(labels) < 2:
            raise ValueError(f"labels: expected at least two; got one, {labels.classes[0]!r:.80}")
        if held is not None and held.labels is not None:
            labels.encode(held.labels, "the validation data")
        config = self.config
        self._vectorizer = TextVectorizer.fit(
            train.texts,
            unit=config.unit,
            pattern=config.pattern,
            lowercase=config.lowercase,
            min_count=config.min_count,
            max_vocabulary=config.max_vocabulary,
        )
        self._labels = labels

    def parts(self) -> dict[str, Any]:
        """The vectorizer and the labels."""
        self.network  # noqa: B018
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

    def batches(
        self, data: LabelledTexts, options: ClassifierOptions, *, train: bool
    ) -> LabelledBatches:
        """The texts in batches by length."""
        config, encoder = self.config, self.network.encoder
        sequences = [
            encoder.prepare(shortened(self.vectorizer.encode(text), config.max_length, config.keep))
            for text in data.texts
        ]
        targets = None
        if data.labels is not None:
            assert self._labels is not None
            which = "the training data" if train else "the data"
            targets = self._labels.encode(data.labels, which)
        weights = None
        if train and options.class_weights != "none" and targets is not None:
            weights = class_weights(options.class_weights, targets, len(self.labels))
        how = {"bucket": options.bucket, "seed": options.seed, "shuffle": train}
        return LabelledBatches(sequences, targets, options.batch_size, weights, **how)

    def loss(self, batch: LabelledBatch, state: Any = None) -> Loss:
        """-ln p of the labels, weighted where the batch has weights: B sum w l / sum w."""
        logits = self.network(batch.inputs, batch.lengths)
        if batch.weights is None:
            value = functional.cross_entropy(logits, batch.targets, reduction="sum")
        else:
            mean = functional.cross_entropy(logits, batch.targets, batch.weights, reduction="mean")
            value = mean * float(batch.sequences)
        return Loss(value, batch.sequences, None, logits)

    def metrics(self, data: LabelledTexts) -> Classification:
        """Accuracy, F1, balanced accuracy, log-loss, and the confusion matrix."""
        return Classification(len(self.labels))

    def unlabelled(self, inputs: Sequence[str]) -> LabelledTexts:
        """Texts without labels."""
        check_texts("inputs", inputs)
        return LabelledTexts(inputs)

    def decode(self, batch: LabelledBatch) -> list[ClassPrediction]:
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

    def report(self, texts: Any = None, labels: Any = None, *more: Any) -> Report:
        """The metrics on labelled texts, the confusion matrix, and what the model got wrong."""
        data = self.read(texts, labels, *more)
        assert data.labels is not None
        metric = self.metrics(data)
        batches = self.batches(data, self.Options(), train=False)
        wrong: list[Mistake] = []
        for batch, found in self.evaluated(batches):
            metric.update(batch.targets, found.output.numpy())
            wrong += self._mistakes(data, batch, found.output.numpy())
        wrong.sort(key=lambda one: (-one.probability, one.number))
        return Report(metric.compute(), self.labels, metric.confusion, tuple(wrong))

    def _mistakes(
        self, data: LabelledTexts, batch: LabelledBatch, logits: np.ndarray
    ) -> list[Mistake]:
        assert batch.targets is not None
        p = _softmax(logits)
        chosen = p.argmax(axis=1)
        return [
            Mistake(
                int(batch.numbers[row]),
                " ".join(data.texts[int(batch.numbers[row])][:SHOWN].split()),
                self.labels[int(batch.targets[row])],
                self.labels[int(chosen[row])],
                float(p[row, batch.targets[row]]),
                float(p[row, chosen[row]]),
            )
            for row in np.flatnonzero(chosen != batch.targets)
        ]

    # files

    def read_file(self, file: Content, columns: ClassifierColumns) -> tuple[list[str], list[str]]:
        """Texts and labels out of the columns of a table."""
        rows = rows_of(file, [columns.text, columns.label])
        texts = [row.values[columns.text] for row in rows]
        labels = [row.values[columns.label] for row in rows]
        Labels.fit(labels, file.name, [row.line for row in rows])  # an empty one is named here
        return texts, labels

    def read_inputs(self, file: Content, columns: ClassifierColumns) -> list[str]:
        """Texts out of a column of a table; of a plain file its lines."""
        rows = rows_of(file, [columns.text], lines=True)
        return [row.values[columns.text] for row in rows]

    def in_short(self) -> str:
        """Labels and encoder."""
        config = self.config
        what = f"{self.vectorizer.size:,} {config.unit} -> {len(self.labels)} labels"
        if config.encoder != "recurrent":
            return f"{what}, {config.encoder}"
        ways = "both ways, " if config.bidirectional else ""
        return f"{what}, {ways}{config.num_layers} x {config.hidden_size} {config.cell}"


def check_texts(name: str, texts: Any) -> None:
    """Raise TypeError unless these are texts in a list."""
    if isinstance(texts, str | bytes) or not hasattr(texts, "__len__"):
        raise TypeError(f"{name}: expected a list of texts; got {type(texts).__name__}")
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"{name}: expected texts; got {type(text).__name__} {text!r:.80} at position "
                f"{place}"
            )


def _softmax(logits: np.ndarray) -> np.ndarray:
    """float64 (B, C)."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    return np.asarray(p / p.sum(axis=1, keepdims=True))
