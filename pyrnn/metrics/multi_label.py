"""How well several labels an example are told; the definitions are scikit-learn's.

Label c is said of example n where its probability p_nc = sigmoid(logit_nc) is at least the
threshold of c. With tp, fp, fn, tn the counts of a label (said rightly, said wrongly, missed, not
said rightly), N examples and C labels:

    precision_c    tp / (tp + fp)
    recall_c       tp / (tp + fn)
    f1_c           2 tp / (2 tp + fp + fn)
    f1_macro       the mean of the f1_c
    f1_micro       that of the sums of the counts over all labels
    exact_match    the share of examples of which every label is right (subset accuracy)
    hamming_loss   the sum of all fp + fn, / (N C)
    log_loss       the mean over examples and labels of -ln p of what is true, in nats

A fraction whose divisor is 0 is 0 (zero_division=0): so a label that is never true and never said
has f1 0, and counts in f1_macro.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import integer
from pyrnn.metrics.numbers import Shape, check_all, check_rows, numbers


class MultiLabel:
    """f1_micro, f1_macro, exact_match, hamming_loss and log_loss of C labels.

    labels: C, at least 1. thresholds: from which probability on a label is said, one for all or one
    a label, (C,); from 0 to 1, default 0.5.
    """

    def __init__(self, labels: int, thresholds: Any = 0.5) -> None:
        self.labels = integer("labels", labels, least=1)
        self.thresholds = _thresholds(thresholds, self.labels)  # (C,)
        self.examples = 0  # N
        self._counts = np.zeros((self.labels, 4), np.int64)
        self._exact = 0  # examples with all labels right
        self._nats = 0.0

    @property
    def counts(self) -> np.ndarray:
        """tp, fp, fn and tn of each label, int64 (C, 4), a copy."""
        return self._counts.copy()

    def update(self, targets: np.ndarray, output: np.ndarray, /) -> None:
        """Take in a batch.

        targets: (B, C), 1 where a label is true and 0 where it is not, or truth values.
        output: logits (B, C); an infinite one is a probability of 0 or 1.
        Raises TypeError, ValueError for anything else, NaN included; nothing is taken in then.
        """
        truth = _truth(targets, ("B", self.labels))
        logits = numbers("output", output, ("B", self.labels))
        check_rows(truth, logits)
        said = xp.sigmoid(logits) >= self.thresholds
        counts = [truth & said, ~truth & said, truth & ~said, ~truth & ~said]  # (B, C) each
        self._counts += np.stack([count.sum(axis=0) for count in counts], axis=1)
        self._exact += int((truth == said).all(axis=1).sum())
        # -ln sigmoid(z) = max(-z, 0) + ln(1 + exp(-|z|)), where z is the logit of what is true
        z = np.where(truth, logits, -logits)
        self._nats += float((np.maximum(-z, 0) + np.log1p(np.exp(-np.abs(z)))).sum())
        self.examples += len(truth)

    def merge(self, other: MultiLabel, /) -> None:
        """Take in all that another one has.

        Raises ValueError for another number of labels, or for other thresholds.
        """
        if other.labels != self.labels:
            raise ValueError(f"labels: expected {self.labels}; got {other.labels}")
        if not np.array_equal(other.thresholds, self.thresholds):
            raise ValueError(
                f"thresholds: expected {self.thresholds.tolist()!s:.80}; got "
                f"{other.thresholds.tolist()!s:.80}"
            )
        self.examples += other.examples
        self._counts += other._counts
        self._exact += other._exact
        self._nats += other._nats

    def compute(self) -> dict[str, float]:
        """The five numbers by name. Raises ValueError where nothing was taken in."""
        self._check_examples()
        tp, fp, fn, _ = self._counts.sum(axis=0)
        all_told = self.examples * self.labels
        return {
            "f1_micro": float(_f1(tp, fp, fn)),
            "f1_macro": float(_f1(*self._counts.T[:3]).mean()),
            "exact_match": self._exact / self.examples,
            "hamming_loss": float(fp + fn) / all_told,
            "log_loss": self._nats / all_told,
        }

    def per_label(self) -> dict[int, dict[str, float]]:
        """{c: {"support": ..., "precision": ..., "recall": ..., "f1": ...}}, for a table.

        support: of how many examples the label is true.
        Raises ValueError where nothing was taken in.
        """
        self._check_examples()
        tp, fp, fn, _ = self._counts.T  # (C,) each
        every = {
            "support": tp + fn,
            "precision": _share(tp, tp + fp),
            "recall": _share(tp, tp + fn),
            "f1": _f1(tp, fp, fn),
        }
        return {c: {name: v[c].item() for name, v in every.items()} for c in range(self.labels)}

    def _check_examples(self) -> None:
        if not self.examples:
            raise ValueError("examples: expected at least one; got none")


def best_thresholds(targets: Any, probabilities: Any) -> np.ndarray:
    """The thresholds with the best F1 of each label, float64 (C,), for `MultiLabel`.

    targets: (N, C), 1 where a label is true and 0 where it is not, or truth values. probabilities:
    (N, C), from 0 to 1.

    A threshold is 0.5, or the middle between two neighbours among 0 and the probabilities of the
    label, so that no rounding decides what is said. Of those with equally good F1 it is the nearest
    to 0.5, the lower of two as near; so it is 0.5 for a label that is never true. F1 on the data
    that thresholds were chosen on flatters them: measure on others (Lipton et al. 2014, Optimal
    thresholding of classifiers to maximize F1 measure).

    Raises TypeError for what are no numbers, ValueError for other shapes or values.
    """
    truth = _truth(targets, ("N", "C"))
    p = numbers("probabilities", probabilities, ("N", truth.shape[1]))
    check_rows(truth, p, "probabilities")
    check_all("probabilities", p, (p >= 0) & (p <= 1), "numbers from 0 to 1")
    return np.array([_best(*label) for label in zip(truth.T, p.T, strict=True)])


def _best(truth: np.ndarray, p: np.ndarray) -> float:
    """The best threshold of one label; truth bool (N,), p (N,)."""
    upper = np.unique(p)
    lower = np.concatenate([[0.0], upper[:-1]])[: len(upper)]
    middle = (lower + upper) / 2
    middle = np.where(middle > lower, middle, upper)  # between two without a number in between
    candidates = np.unique(np.append(middle, 0.5))
    tp = truth.sum() - np.searchsorted(np.sort(p[truth]), candidates)
    said = len(p) - np.searchsorted(np.sort(p), candidates)
    f1 = _share(2 * tp, truth.sum() + said)
    best = candidates[f1 == f1.max()]
    return float(best[np.abs(best - 0.5).argmin()])


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole of counts; 0 where whole is, as part then is."""
    return np.asarray(part / np.maximum(whole, 1))


def _f1(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray) -> np.ndarray:
    return _share(2 * tp, 2 * tp + fp + fn)


def _truth(targets: Any, shape: Shape) -> np.ndarray:
    """bool (B, C), out of what says 0 or 1."""
    values = numbers("targets", targets, shape)
    check_all("targets", values, (values == 0) | (values == 1), "0 or 1")
    return values == 1


def _thresholds(value: Any, labels: int) -> np.ndarray:
    """float64 (C,), each from 0 to 1."""
    values = numbers("thresholds", value, (), (labels,))
    check_all("thresholds", values, (values >= 0) & (values <= 1), "numbers from 0 to 1")
    return np.broadcast_to(values, (labels,)).copy()
