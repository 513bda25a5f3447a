"""SequenceClassifier: a sequence to one of several labels, or to several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from pyrnn.data.layouts import Beside, Record
from pyrnn.models.classifier.outcomes import Outcome, SeveralLabels, outcome_from_json, outcome_kind
from pyrnn.models.classifier.predictions import spelled
from pyrnn.models.classifier.settings import (
    ClassifierColumns,
    ClassifierConfig,
    ClassifierOptions,
)
from pyrnn.models.examples import ExampleBatch, ExampleBatches, Examples
from pyrnn.models.report import Mistake, Report
from pyrnn.models.sequence.model import SequenceModel
from pyrnn.training import Loss


class SequenceClassifier(SequenceModel):
    """A sequence, of text or of numbers, to one of several labels, or to several.

    config, settings: see `ClassifierConfig`.

    Inputs are texts, or frames: arrays (N, I) of I numbers a step, (N,) for one. Targets are labels
    (strings, integers or truth values); or, where a sequence may have several or none, a list of
    labels for each, or {label: 0 or 1}.

    The vocabulary or the scaler, and the labels, are those of the training data, and are saved with
    the model, which takes raw inputs.

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
    reads = "sequence: one or several labels"
    inputs, targets = "inputs", "labels"
    Config = ClassifierConfig
    Options = ClassifierOptions
    Columns = ClassifierColumns
    monitors: ClassVar = {
        "loss": "min",
        "accuracy": "max",
        "f1_macro": "max",
        "balanced_accuracy": "max",
        "f1_micro": "max",
        "exact_match": "max",
    }

    from_files: ClassVar = (
        ("One text per row", "reviews.csv", "--text review --label sentiment"),
        ("One series per row, in columns x0 to x49", "curves.csv", "--series x0:x49 --label kind"),
        ("One step per row", "gestures.csv", "--id trial --features ax,ay,az --label class"),
        ("A folder or archive with one folder per class", "aclImdb.tar.gz", ""),
        (
            "Several labels per row, a column of 0 and 1 for each",
            "comments.csv",
            "--label toxic,rude",
        ),
    )

    def __init__(self, config: ClassifierConfig | None = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._outcome: Outcome | None = None

    @property
    def outcome(self) -> Outcome:
        """What is said of a sequence. Raises ValueError before the model is built."""
        self.network  # noqa: B018  # it says what to do
        assert self._outcome is not None
        return self._outcome

    @property
    def labels(self) -> tuple[Any, ...]:
        """The labels, in the order of the network's outputs."""
        return self.outcome.labels.classes

    # targets

    @property
    def outputs(self) -> int:
        """C."""
        assert self._outcome is not None
        return len(self._outcome.labels)

    def check_targets(
        self, targets: Sequence[Any], data: str, places: Sequence[str] | None = None
    ) -> None:
        """Labels, all of one type, none empty, and those that the model knows once it is built."""
        if not len(targets):
            return
        kind = outcome_kind(targets[0])
        if self._outcome is None:
            kind.check(targets, data, places)
        elif kind is not type(self._outcome):
            one, several = "one label", "several labels"
            wanted, got = (several, one) if self._outcome.several else (one, several)
            raise ValueError(f"labels: expected {wanted} for each input, as in training; got {got}")
        else:
            kind.check(targets, data, places)
            self._outcome.encode(targets, data, places)

    def strata(self, data: Examples) -> Sequence[Any] | None:
        """The labels."""
        assert data.targets is not None
        return outcome_kind(data.targets[0]).strata(data.targets)

    def learn_targets(self, train: Examples, held: Examples | None) -> None:
        """The labels of the training data.

        Raises ValueError for fewer than two, and for one that the validation data alone have.
        """
        assert train.targets is not None
        kind = outcome_kind(train.targets[0])
        self._outcome = kind.fit(train.targets)
        if held is not None and held.targets is not None:
            kind.check(held.targets, "the validation data", held.places)
            self._outcome.encode(held.targets, "the validation data", held.places)

    def parts(self) -> dict[str, Any]:
        """What was learnt of the inputs, and the labels."""
        return {**super().parts(), "labels": self.outcome.to_json()}

    def take(self, parts: Mapping[str, Any]) -> None:
        """All of it out of a file."""
        super().take(parts)
        self._outcome = outcome_from_json(parts["labels"])

    def encoded(self, targets: Sequence[Any]) -> np.ndarray:
        """int64 (N,), or (N, C) of 0 and 1."""
        return self.outcome.encode(targets)

    def beside(self, columns: ClassifierColumns) -> Beside:
        """The columns of labels."""
        return Beside(constant=columns.label)

    def target_from(self, record: Record, columns: ClassifierColumns) -> Any:
        """A label; or, of several columns, 0 or 1 for each."""
        if len(columns.label) > 1:
            return {name: self._flag(record, name) for name in columns.label}
        return self._known(record.constant[columns.label[0]])

    def _flag(self, record: Record, name: str) -> int:
        cell = record.constant[name]
        number = FLAGS.get(cell.strip() if isinstance(cell, str) else cell)
        if number is None:
            raise ValueError(
                f"{record.place}, column {name!r:.80}: expected 0 or 1, as of each of several "
                f"labels; got {cell!r:.80}"
            )
        return number

    def _known(self, cell: Any) -> Any:
        """The label that a cell stands for: text, but for a model whose labels are none.

        Blanks around it do not count, unless a model was trained on labels that have such.
        """
        if not isinstance(cell, str):
            return cell
        if self._outcome is None:
            return cell.strip()
        known = self._outcome.labels
        spellings = {text: one for one in known for text in (spelled(one), str(one))}
        return spellings.get(cell, spellings.get(cell.strip(), cell.strip()))

    # training and use

    def suited(self, options: Any, data: Examples, held: Examples | None) -> Any:
        """See `SequenceModel.suited`; thresholds are chosen on validation data."""
        if options.thresholds != "half":
            assert data.targets is not None
            if not outcome_kind(data.targets[0]).several:
                raise ValueError("thresholds: expected 'half' with one label for each input; got "
                                 f"{options.thresholds!r}")  # fmt: skip
            if held is None:
                raise ValueError("thresholds: expected 'half' without validation data; got "
                                 f"{options.thresholds!r}")  # fmt: skip
        return super().suited(options, data, held)

    def batches(  # type: ignore[override]
        self, data: Examples, options: ClassifierOptions, *, train: bool
    ) -> ExampleBatches:
        """The sequences in batches by length, with what is done to their labels in training."""
        batches = super().batches(data, options, train=train)
        if train and isinstance(batches.targets, np.ndarray):
            batches.smoothing = options.label_smoothing
            if options.class_weights != "none":
                batches.weights = self.outcome.weights(options.class_weights, batches.targets)
        return batches

    def loss(self, batch: ExampleBatch, state: Any = None) -> Loss:
        """-ln p of what is right, see outcomes.py."""
        z = self.network(batch.inputs, batch.lengths, batch.static, batch.numbers)
        return Loss(self.outcome.loss(z, batch), batch.sequences, None, z)

    def monitored(self) -> Any:
        """Those of one label a sequence, or of several."""
        known = ("loss", *self.outcome.monitors)
        return {name: better for name, better in self.monitors.items() if name in known}

    def metrics(self, data: Examples) -> Any:
        """What the outcome is measured by."""
        return self.outcome.metric()

    def decode(self, batch: ExampleBatch) -> list[Any]:
        """The prediction for each sequence."""
        z = self.network(batch.inputs, batch.lengths, batch.static).numpy()
        return list(self.outcome.predictions(z))

    def blank(self) -> Any:
        """All outputs 0."""
        return self.outcome.predictions(np.zeros((1, self.outputs)))[0]

    def reported(self, data: Examples, batches: ExampleBatches) -> Report:
        """The metrics on labelled inputs, what there is of tables, and what the model got wrong."""
        metric = self.metrics(data)
        wrong: list[Mistake] = []
        for batch, found in self.evaluated(batches):
            z = found.output.numpy()
            metric.update(batch.targets, z)
            wrong += self._mistakes(data, batch, z)
        wrong.sort(key=lambda one: (-one.probability, one.number))
        return self.outcome.report(metric, tuple(wrong))

    def _mistakes(self, data: Examples, batch: ExampleBatch, z: np.ndarray) -> list[Mistake]:
        found = []
        assert batch.targets is not None
        for row, mistake in self.outcome.mistakes(z, batch.targets):
            number = int(batch.numbers[row])
            found.append(Mistake(number, self.shown(data.inputs[number]), *mistake))
        return found

    def choose_thresholds(self, *data: Any, **named: Any) -> dict[Any, float]:
        """Where a sequence may have several labels: for each of them, from which probability on it
        is said to be there, so that its F1 on these data is best. They are saved with the model.

        data: inputs and labels, as `fit` takes them; take some that the model was not trained on.
        Raises ValueError for a model of one label.
        """
        if not isinstance(self.outcome, SeveralLabels):
            raise ValueError("thresholds: expected a model of several labels; got one of one label")
        found = self.read(*data, **named)
        self._choose(self.batches(found, self.Options(), train=False))
        return dict(zip(self.labels, self.outcome.thresholds.tolist(), strict=True))

    def _choose(self, batches: ExampleBatches) -> None:
        seen = [(found.output.numpy(), batch.targets) for batch, found in self.evaluated(batches)]
        z, targets = (np.concatenate(part) for part in zip(*seen, strict=True))
        assert isinstance(self.outcome, SeveralLabels)
        self.outcome.choose(z, targets)

    def remarks(self) -> Sequence[str]:
        """The thresholds that were chosen."""
        if not isinstance(self.outcome, SeveralLabels) or (self.outcome.thresholds == 0.5).all():
            return ()
        each = zip(self.labels, self.outcome.thresholds, strict=True)
        return ["thresholds: " + ", ".join(f"{label} {number:.3f}" for label, number in each)]

    def finish(self, options: ClassifierOptions, validation: ExampleBatches | None) -> None:
        """Choose the thresholds on the validation data, where they are to be chosen."""
        several = isinstance(self.outcome, SeveralLabels)
        if several and validation is not None and options.thresholds == "validation":
            self._choose(validation)

    def outputs_in_short(self) -> str:
        """3 labels, 3 labels side by side."""
        several = " side by side" if self.outcome.several else ""
        return f"{len(self.labels)} labels{several}"


FLAGS = {0: 0, 1: 1, "0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}
FLAGS |= {"False": 0, "True": 1, "no": 0, "yes": 1}
