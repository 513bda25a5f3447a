"""The labels of steps, and the spans that they stand for.

A label may stand for itself, as a part of speech. Or labels have a scheme, in which one says which
word begins a span and which goes on with it: B-PER I-PER O. These are learnt in the scheme BIOES,
which tells most (Ratinov and Roth 2009), and come back in the scheme of the data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pyrnn.data import Labels
from pyrnn.data.schemes import SCHEMES, Span, allowed, check_scheme, convert, detect, spans
from pyrnn.files.strict_json import shortened
from pyrnn.metrics import Classification, SpanF1
from pyrnn.models.report import Mistake, Report, Table
from pyrnn.models.tagger.settings import AUTO
from pyrnn.models.tagger.steps import placed

PLAIN = "none"
LEARNT = "bioes"  # what the network is trained on where labels have a scheme
SHOWN = 10  # labels in an error message
TYPELESS = re.compile("[BIESLU]-$")  # of which the type is missing


class Tags:
    """Labels that a network is trained on.

    labels: C of them, as the network has them. scheme: of the data, "none" where each label stands
        for itself.
    """

    def __init__(self, labels: Labels, scheme: str) -> None:
        self.labels, self.scheme = labels, scheme
        self._known: dict[Any, int] = {label: k for k, label in enumerate(labels)}
        self._spelled = {str(label): label for label in labels}

    @classmethod
    def fit(
        cls,
        targets: Sequence[Sequence[Any]],
        scheme: str,
        places: Sequence[str] | None = None,
    ) -> Tags:
        """The labels of training data, in a scheme or in the one that they have ("auto").

        places: where each sequence stands in a file. Raises ValueError for fewer than two labels,
        and for some that do not fit a scheme that is named.
        """
        if scheme != AUTO:
            check_scheme(targets, scheme, places)
        scheme = scheme_of(targets, scheme, places)
        found = {label for labels in targets for label in labels}
        if scheme != PLAIN:
            kinds = sorted({span.label for labels in targets for span in spans(labels, scheme)})
            found = {"O", *(f"{part}-{kind}" for kind in kinds for part in "BIES")}
        labels = Labels.fit(found)
        if len(labels) < 2:
            raise ValueError(f"labels: expected at least two; got one, {labels.classes[0]!r:.80}")
        return cls(labels, scheme)

    @classmethod
    def from_json(cls, content: Any) -> Tags:
        """What `to_json` wrote. Raises ValueError for anything else."""
        scheme = content.get("scheme") if isinstance(content, Mapping) else None
        if scheme not in SCHEMES:
            raise ValueError(
                f"scheme: expected one of {', '.join(SCHEMES)}; got {shortened(scheme)}"
            )
        labels = Labels.from_json(content)
        if scheme != PLAIN:
            allowed(labels.classes, LEARNT)  # or they are none
        return cls(labels, scheme)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {**self.labels.to_json(), "scheme": self.scheme}

    @property
    def have_spans(self) -> bool:
        """Whether the labels have a scheme."""
        return self.scheme != PLAIN

    def allowed(self) -> Any:
        """Which labels may follow which: see `nn.CRF`; None where all may."""
        return allowed(self.labels.classes, LEARNT) if self.have_spans else None

    def encode(self, labels: Sequence[Any], place: str) -> np.ndarray:
        """The numbers of a sequence's labels, int64 (N,). Raises ValueError, naming the place, for
        one that the training data do not have."""
        try:
            learnt = convert(labels, self.scheme, LEARNT) if self.have_spans else labels
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from error
        found = [self._known.get(label, -1) for label in learnt]
        if -1 in found:
            step = found.index(-1)
            raise ValueError(
                f"labels: label {labels[step]!r:.80} in {place}, step {step}, is not among the "
                f"training labels {self._in_words()}"
            )
        return np.array(found, np.int64)

    def _in_words(self) -> str:
        """Some of the labels; of those with a scheme, what they are of."""
        if self.have_spans:
            kinds = dict.fromkeys(str(label)[2:] for label in self.labels if label != "O")
            return f"O and those of {', '.join(f'{kind!r:.40}' for kind in [*kinds][:SHOWN])}"
        return ", ".join(f"{label!r:.40}" for label in [*self.labels][:SHOWN])

    def meant(self, label: Any) -> Any:
        """The label that one of a file stands for: text, but for a model whose labels are none."""
        if not isinstance(label, str) or self.have_spans:
            return label
        return label if label in self._known else self._spelled.get(label, label)

    def given(self, ids: Any) -> tuple[Any, ...]:
        """Labels in the scheme of the data."""
        labels = self.labels.decode(ids)
        return tuple(convert(labels, LEARNT, self.scheme) if self.have_spans else labels)

    def spans(self, labels: Sequence[Any]) -> list[Span]:
        """The spans of labels in the scheme of the data."""
        return list(spans(labels, self.scheme))

    # how well they are told

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of what labels are measured by, the loss among them."""
        if self.have_spans:
            return ("f1", "precision", "recall", "accuracy", "loss")
        return ("accuracy", "f1_macro", "loss")

    def metric(self) -> Any:
        """F1 of spans; or accuracy, and the mean of the labels' F1."""
        return SpanF1(self.spans) if self.have_spans else Classification(len(self.labels))

    def measure(self, metric: Any, truths: Sequence[Any], said: Sequence[Any]) -> None:
        """Let a metric take in sequences of numbers of labels, (N_b,) each."""
        if self.have_spans:
            metric.update([*map(self.given, truths)], [*map(self.given, said)])
        elif len(truths):
            # Not by logits: the likeliest labels together need not be those step by step
            chosen = np.eye(len(self.labels))[np.concatenate(said)]
            metric.update(np.concatenate(truths), chosen)

    def report(self, metric: Any, loss: float, mistakes: Sequence[Mistake]) -> Report:
        """The metrics, with a table of the types of spans or a confusion matrix of the labels."""
        every = {"loss": loss, **metric.compute()}
        metrics = {name: every[name] for name in self.metrics}
        if not self.have_spans:
            return Report(metrics, self.labels.classes, metric.confusion, mistakes)
        each = metric.per_label()
        table = Table.of("type", list(each), dict(enumerate(each.values())))
        return Report(metrics, table=table, mistakes=mistakes)


def scheme_of(
    targets: Sequence[Sequence[Any]], scheme: str, places: Sequence[str] | None = None
) -> str:
    """The scheme of labels: the one that is named, or which they have ("auto").

    Raises ValueError where only labels without their type, as B-, keep them from having one.
    """
    if scheme != AUTO:
        return scheme
    if not all(isinstance(label, str) for labels in targets for label in labels):
        return PLAIN
    found = str(detect(targets))
    if found == PLAIN:
        whole = [[label for label in labels if not TYPELESS.match(label)] for labels in targets]
        if detect(whole) != PLAIN:
            _refuse_typeless(targets, places)
    return found


def _refuse_typeless(targets: Sequence[Sequence[Any]], places: Sequence[str] | None) -> None:
    for place, labels in placed(targets, places):
        for step, label in enumerate(labels):
            if TYPELESS.match(label):
                raise ValueError(
                    f"labels: {place}, step {step}: expected a type behind the letter, as the "
                    f"other labels have one; got {label!r} (scheme='none' takes labels as they are)"
                )
