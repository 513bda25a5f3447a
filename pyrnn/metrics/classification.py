"""How well classes are told apart; the definitions are scikit-learn's.

With n_ij the examples of class i that were taken for class j, N their sum, and c any class that
stands among the truths or the predictions:

    accuracy           sum_c n_cc / N
    balanced accuracy  the mean of n_cc / sum_j n_cj over the classes among the truths
    F1_c               2 n_cc / (sum_j n_cj + sum_i n_ic);  f1_macro: its mean over the classes c
    log-loss           the mean of -ln p(true class), in nats
"""

from __future__ import annotations

import numpy as np

from pyrnn.kernels.scalars import integer


class Classification:
    """accuracy, f1_macro, balanced_accuracy and log_loss of C classes.

    classes: C, at least 1.
    """

    def __init__(self, classes: int) -> None:
        self.classes = integer("classes", classes, least=1)
        self._confusion = np.zeros((self.classes, self.classes), np.int64)
        self._nats = 0.0

    @property
    def confusion(self) -> np.ndarray:
        """The confusion matrix, int64 (C, C), a copy; row i, column j: class i as class j."""
        return self._confusion.copy()

    @property
    def examples(self) -> int:
        """The examples taken in, N."""
        return int(self._confusion.sum())

    def update(self, targets: np.ndarray, output: np.ndarray, /) -> None:
        """Take in a batch.

        targets: the true classes, integers (B,) from 0 to C - 1.
        output: (B, C), logits; log-probabilities are such. The prediction is the largest, the first
            of equal ones. Minus infinity is a probability of 0.
        Raises TypeError, ValueError for anything else, NaN included; nothing is taken in then.
        """
        truth = np.asarray(targets)
        logits = np.asarray(output, np.float64)
        if truth.dtype.kind not in "iu":
            raise TypeError(f"targets: expected integers (B,); got {truth.dtype}")
        if truth.ndim != 1 or logits.shape != (len(truth), self.classes):
            raise ValueError(
                f"output: expected (B, {self.classes}) beside targets (B,); got {logits.shape} "
                f"beside {truth.shape}"
            )
        if not len(truth):
            return
        if truth.min() < 0 or truth.max() >= self.classes:
            raise ValueError(
                f"targets: expected 0 to {self.classes - 1}; got {truth.min()} to {truth.max()}"
            )
        top = logits.max(axis=1, keepdims=True)  # (B, 1); NaN where any is
        if not np.isfinite(top).all():
            raise ValueError(
                f"output: expected a finite largest logit in each row; got "
                f"{top[~np.isfinite(top)][0]}"
            )
        # -ln p_c = ln sum_j exp(a_j - max a) - (a_c - max a)
        shifted = logits - top
        nats = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(truth)), truth]
        pairs = truth.astype(np.int64) * self.classes + logits.argmax(axis=1)
        counts = np.bincount(pairs, minlength=self.classes**2)
        self._confusion += counts.reshape(self._confusion.shape)
        self._nats += float(nats.sum())

    def merge(self, other: Classification, /) -> None:
        """Take in all that another one has. Raises ValueError for another number of classes."""
        if other.classes != self.classes:
            raise ValueError(f"classes: expected {self.classes}; got {other.classes}")
        self._confusion += other._confusion
        self._nats += other._nats

    def compute(self) -> dict[str, float]:
        """The four numbers by name. Raises ValueError where nothing was taken in."""
        examples = self.examples
        if not examples:
            raise ValueError("examples: expected at least one; got none")
        right = np.diagonal(self._confusion)  # (C,)
        true = self._confusion.sum(axis=1)  # (C,)
        said = self._confusion.sum(axis=0)  # (C,)
        there, either = true > 0, true + said > 0
        return {
            "accuracy": float(right.sum() / examples),
            "f1_macro": float((2 * right[either] / (true + said)[either]).mean()),
            "balanced_accuracy": float((right[there] / true[there]).mean()),
            "log_loss": self._nats / examples,
        }
