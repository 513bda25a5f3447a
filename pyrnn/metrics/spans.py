"""How well spans with a label are found, as entities in a text; the counts are conlleval's.

A predicted span is right where a true one has its first step, its last one and its label. With g
true spans, p predicted ones and c right ones over all sentences:

    precision   c / p
    recall      c / g
    f1          2 c / (g + p)
    accuracy    the share of steps whose label is right

A fraction whose divisor is 0 is 0: where nothing but O is said, and rightly so, accuracy is 1 and
f1 is 0. (Tjong Kim Sang and Buchholz 2000, Introduction to the CoNLL-2000 shared task: chunking.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import eq
from typing import Any


class SpanF1:
    """f1, precision, recall and accuracy of sentences of labels.

    spans: N labels -> their spans, (label, first step, end) each, as those of
        `pyrnn.data.schemes.spans` with a scheme.
    """

    def __init__(self, spans: Callable[[Sequence[Any]], Iterable[tuple[Any, int, int]]]) -> None:
        self.spans = spans
        self.steps = self.right = 0  # labels, and those that were predicted
        self._true: Counter[Any] = Counter()  # spans by label
        self._predicted: Counter[Any] = Counter()
        self._right: Counter[Any] = Counter()

    def update(
        self,
        gold: Sequence[Sequence[Any]],
        predicted: Sequence[Sequence[Any]],
        lengths: Sequence[int] | None = None,
        /,
    ) -> None:
        """Take in B sentences: the true labels of each, and those that were predicted.

        lengths: (B,), how many of the labels count; default None, all.
        Raises ValueError for another number of sentences or labels, naming the sentence, and as
        `spans` does; nothing is taken in then.
        """
        if not len(gold) == len(predicted) == (len(gold) if lengths is None else len(lengths)):
            counts = "" if lengths is None else f" and {len(lengths)} lengths"
            raise ValueError(
                f"predicted: expected {len(gold)} sentences, as in gold; got {len(predicted)}"
                f"{counts}"
            )
        part = SpanF1(self.spans)
        for number, (true, said) in enumerate(zip(gold, predicted, strict=True)):
            if lengths is not None:
                true, said = true[: lengths[number]], said[: lengths[number]]
            if len(true) != len(said):
                raise ValueError(
                    f"predicted: sentence {number}: expected {len(true)} labels, as in gold; got "
                    f"{len(said)}"
                )
            part._add(true, said)
        self.merge(part)

    def _add(self, true: Sequence[Any], said: Sequence[Any]) -> None:
        self.steps += len(true)
        self.right += sum(map(eq, true, said))
        there, found = set(self.spans(true)), set(self.spans(said))
        self._true.update(span[0] for span in there)
        self._predicted.update(span[0] for span in found)
        self._right.update(span[0] for span in there & found)

    def merge(self, other: SpanF1, /) -> None:
        """Take in all that another one has."""
        self.steps += other.steps
        self.right += other.right
        self._true.update(other._true)
        self._predicted.update(other._predicted)
        self._right.update(other._right)

    def compute(self) -> dict[str, float]:
        """The four numbers by name. Raises ValueError where no label was taken in."""
        if not self.steps:
            raise ValueError("labels: expected at least one; got none")
        counts = (counter.total() for counter in (self._true, self._predicted, self._right))
        return {**_numbers(*counts), "accuracy": self.right / self.steps}

    def per_label(self) -> dict[Any, dict[str, float]]:
        """{label: {"support": ..., "predicted": ..., "precision": ..., "recall": ..., "f1": ...}},
        for a table with a row a label of spans, in their order.

        support, predicted: how many spans there are with the label, and how many are said.
        """
        labels = sorted(self._true | self._predicted)
        return {
            label: {
                "support": self._true[label],
                "predicted": self._predicted[label],
                **_numbers(self._true[label], self._predicted[label], self._right[label]),
            }
            for label in labels
        }


def _numbers(true: int, predicted: int, right: int) -> dict[str, float]:
    return {
        "precision": right / predicted if predicted else 0.0,
        "recall": right / true if true else 0.0,
        "f1": 2 * right / (true + predicted) if true + predicted else 0.0,
    }
