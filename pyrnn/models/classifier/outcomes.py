"""What a classifier says of a sequence: one label of several, or several labels at once.

    one label        p = softmax(z)      loss = -ln p of the label
    several labels   p = sigmoid(z)      loss = the mean over the labels of -ln p where it is one
                                         of the sequence's, of -ln (1 - p) where it is none

with z (B, C). Each outcome knows its labels, how targets become numbers, and what to say of z.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.data import Labels, checked_labels, class_weights
from pyrnn.kernels import arrays as xp
from pyrnn.metrics import Classification, MultiLabel, best_thresholds
from pyrnn.models.classifier.predictions import ClassPrediction, LabelsPrediction
from pyrnn.models.examples import ExampleBatch
from pyrnn.models.report import Mistake, Report, Table

MIXED = set | frozenset | list | tuple | Mapping  # what a target with several labels may be


class OneLabel:
    """One of C labels."""

    several: ClassVar[bool] = False
    monitors: ClassVar[tuple[str, ...]] = ("accuracy", "f1_macro", "balanced_accuracy")

    def __init__(self, labels: Labels) -> None:
        self.labels = labels

    @classmethod
    def fit(cls, targets: Sequence[Any]) -> OneLabel:
        """The labels of training data. Raises ValueError for fewer than two."""
        labels = Labels.fit(targets)
        if len(labels) < 2:
            raise ValueError(f"labels: expected at least two; got one, {labels.classes[0]!r:.80}")
        return cls(labels)

    @staticmethod
    def check(targets: Sequence[Any], data: str, places: Sequence[str] | None) -> None:
        """Raise TypeError, ValueError for what are no labels of one type."""
        list(checked_labels(targets, data, places))

    def encode(
        self, targets: Sequence[Any], data: str = "the data", places: Sequence[str] | None = None
    ) -> np.ndarray:
        """The numbers of labels, int64 (N,)."""
        return self.labels.encode(targets, data, places)

    @staticmethod
    def strata(targets: Sequence[Any]) -> Sequence[Any] | None:
        """The labels, whose shares are kept."""
        return targets

    def weights(self, how: str, targets: np.ndarray) -> np.ndarray:
        """Of the classes, float64 (C,)."""
        return class_weights(how, targets, len(self.labels))

    def loss(self, z: Tensor, batch: ExampleBatch) -> Tensor:
        """The sum over the batch; where classes have weights, B sum w l / sum w."""
        targets: Any = batch.targets
        how: Any = {"label_smoothing": batch.smoothing}
        if batch.weights is None:
            return functional.cross_entropy(z, targets, reduction="sum", **how)
        mean = functional.cross_entropy(z, targets, batch.weights, reduction="mean", **how)
        return mean * float(batch.sequences)

    def metric(self) -> Classification:
        """Accuracy, F1, balanced accuracy, log-loss, and the confusion matrix."""
        return Classification(len(self.labels))

    def probabilities(self, z: np.ndarray) -> np.ndarray:
        """float64 (B, C)."""
        shifted = z.astype(np.float64) - z.max(axis=1, keepdims=True)
        p = np.exp(shifted)
        return np.asarray(p / p.sum(axis=1, keepdims=True))

    def predictions(self, z: np.ndarray) -> list[ClassPrediction]:
        """The likeliest label of each sequence."""
        return [self._prediction(row) for row in self.probabilities(z)]

    def _prediction(self, p: np.ndarray) -> ClassPrediction:
        chosen = int(p.argmax())
        classes = self.labels.classes
        return ClassPrediction(
            classes[chosen], float(p[chosen]), dict(zip(classes, p.tolist(), strict=True))
        )

    def to_json(self) -> dict[str, Any]:
        """What `outcome_from_json` reads."""
        return self.labels.to_json()

    def report(self, metric: Classification, mistakes: tuple[Mistake, ...]) -> Report:
        """The metrics, the confusion matrix, and what was got wrong."""
        return Report(metric.compute(), self.labels.classes, metric.confusion, mistakes)

    def mistakes(self, z: np.ndarray, targets: np.ndarray) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """(row, (truth, prediction, their probabilities)) of what was got wrong."""
        p, classes = self.probabilities(z), self.labels.classes
        chosen = p.argmax(axis=1)
        for row in np.flatnonzero(chosen != targets):
            truth, said = int(targets[row]), int(chosen[row])
            yield (
                int(row),
                (classes[truth], classes[said], float(p[row, truth]), float(p[row, said])),
            )


class SeveralLabels:
    """Any of C labels, by themselves.

    labels: the names. thresholds: float64 (C,): from which probability on a sequence has a label.
    """

    several: ClassVar[bool] = True
    monitors: ClassVar[tuple[str, ...]] = ("f1_macro", "f1_micro", "exact_match")

    def __init__(self, labels: Labels, thresholds: np.ndarray | None = None) -> None:
        self.labels = labels
        half = np.full(len(labels), 0.5)
        self.thresholds = half if thresholds is None else thresholds

    @classmethod
    def fit(cls, targets: Sequence[Any]) -> SeveralLabels:
        """The labels that stand in training data."""
        return cls(Labels.fit(list(dict.fromkeys(name for one in targets for name in one))))

    @staticmethod
    def check(targets: Sequence[Any], data: str, places: Sequence[str] | None) -> None:
        """Raise TypeError, ValueError for what are no collections of labels."""
        kind = None  # of all labels
        for row, one in enumerate(targets):
            place = _place(row, data, places)
            if not isinstance(one, MIXED):
                raise TypeError(
                    f"labels: expected a list of labels, or a 0 or 1 for each, in every row; got "
                    f"{type(one).__name__} {one!r:.80} in {place}"
                )
            for name in checked_labels(one, data, [place] * len(one), kind):
                kind = type(name)
            for name, value in one.items() if isinstance(one, Mapping) else ():
                if isinstance(value, float | str) or value not in (0, 1):
                    raise ValueError(
                        f"labels: expected 0 or 1 for {name!r:.80}; got {value!r:.80} in {place}"
                    )

    def encode(
        self, targets: Sequence[Any], data: str = "the data", places: Sequence[str] | None = None
    ) -> np.ndarray:
        """1 where a sequence has a label, float64 (N, C)."""
        found = np.zeros((len(targets), len(self.labels)))
        for row, one in enumerate(targets):
            ids = self.labels.encode(list(one), data, [_place(row, data, places)] * len(one))
            values = list(one.values()) if isinstance(one, Mapping) else 1.0
            found[row, ids] = values
        return found

    @staticmethod
    def strata(targets: Sequence[Any]) -> Sequence[Any] | None:
        """None: each label has shares of its own."""
        return None

    def weights(self, how: str, targets: np.ndarray) -> np.ndarray:
        """Of a label where it is there, float64 (C,): (N - n_c) / n_c, so that both sides weigh the
        same; 1 for a label that is always or never there."""
        there = targets.sum(axis=0)
        mixed = (there > 0) & (there < len(targets))
        return np.where(mixed, (len(targets) - there) / np.maximum(there, 1), 1.0)

    def loss(self, z: Tensor, batch: ExampleBatch) -> Tensor:
        """The sum over the batch of the mean over the labels.

        Smoothed by e, targets are t (1 - e) + e / 2.
        """
        e = batch.smoothing
        targets: Any = batch.targets
        whole = functional.binary_cross_entropy_with_logits(
            z, targets * (1 - e) + e / 2 if e else targets, None, batch.weights, reduction="sum"
        )
        return whole / float(len(self.labels))

    def metric(self) -> MultiLabel:
        """F1 over all and over labels, the share of sequences with all labels right."""
        return MultiLabel(len(self.labels), self.thresholds)

    def probabilities(self, z: np.ndarray) -> np.ndarray:
        """float64 (B, C)."""
        return xp.sigmoid(z.astype(np.float64))

    def predictions(self, z: np.ndarray) -> list[LabelsPrediction]:
        """The labels of each sequence that are likely enough."""
        classes = self.labels.classes
        return [
            LabelsPrediction(
                tuple(c for c, v, t in zip(classes, p, self.thresholds, strict=True) if v >= t),
                dict(zip(classes, p.tolist(), strict=True)),
            )
            for p in self.probabilities(z)
        ]

    def to_json(self) -> dict[str, Any]:
        """What `outcome_from_json` reads."""
        return {**self.labels.to_json(), "thresholds": self.thresholds.tolist()}

    def report(self, metric: MultiLabel, mistakes: tuple[Mistake, ...]) -> Report:
        """The metrics, a table with a row a label, and what was got wrong."""
        return Report(
            metric.compute(),
            table=Table.of("label", self.labels.classes, metric.per_label()),
            mistakes=mistakes,
        )

    def mistakes(self, z: np.ndarray, targets: np.ndarray) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """(row, (truth, prediction, their probabilities)) of what was got wrong.

        Of a sequence it is the label that the model was most wrong of: with or without it.
        """
        p, classes = self.probabilities(z), self.labels.classes
        right = np.where(targets > 0, p, 1 - p)  # (B, C), of what is right
        wrong = (p >= self.thresholds) != (targets > 0)
        for row in np.flatnonzero(wrong.any(axis=1)):
            k = int(np.where(wrong[row], right[row], 2.0).argmin())
            there, not_there = str(classes[k]), f"not {classes[k]}"
            truth, said = (there, not_there) if targets[row, k] else (not_there, there)
            yield int(row), (truth, said, float(right[row, k]), float(1 - right[row, k]))

    def choose(self, z: np.ndarray, targets: np.ndarray) -> None:
        """Take for each label the threshold with the best F1 on some data, (N, C) each."""
        self.thresholds = best_thresholds(targets, self.probabilities(z))


def _place(row: int, data: str, places: Sequence[str] | None) -> str:
    return f"row {row} of {data}" if places is None else places[row]


Outcome = OneLabel | SeveralLabels


def outcome_kind(target: Any) -> type[OneLabel] | type[SeveralLabels]:
    """What data have whose first target this is."""
    return SeveralLabels if isinstance(target, MIXED) else OneLabel


def outcome_from_json(content: Any) -> Outcome:
    """The outcome that `to_json` wrote. Raises ValueError for anything else."""
    labels = Labels.from_json(content)
    if "thresholds" not in content:
        return OneLabel(labels)
    thresholds = np.array(content["thresholds"], np.float64)
    if thresholds.shape != (len(labels),) or not ((thresholds >= 0) & (thresholds <= 1)).all():
        raise ValueError(f"thresholds: expected {len(labels)} numbers from 0 to 1; got others")
    return SeveralLabels(labels, thresholds)
