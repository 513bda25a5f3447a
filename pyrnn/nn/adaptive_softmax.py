"""The output layer for many classes."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from pyrnn import functional
from pyrnn.autograd import Tensor
from pyrnn.functional.losses import Reduction
from pyrnn.kernels import arrays as xp
from pyrnn.kernels.scalars import integer, real
from pyrnn.nn import checks, initializers
from pyrnn.nn.container import ModuleList, Sequential
from pyrnn.nn.linear import Linear
from pyrnn.nn.module import Module


class AdaptiveSoftmax(Module):
    """A softmax over many classes, cheap where few of them are frequent (words are like that).

    Grave, Joulin, Cissé, Grangier and Jégou 2017 (arXiv 1609.04309); names, layouts and defaults
    are those of PyTorch's AdaptiveLogSoftmaxWithLoss. The classes must be numbered by falling
    frequency. The first ``cutoffs[0]`` are scored for every row; each later group, ended by the
    next cutoff or by the last class, is a cluster that is scored only for the rows whose target
    lies in it, with vectors that get shorter from cluster to cluster. The probabilities are exact:
    they add up to 1.

    Args:
        in_features: width I of the input.
        n_classes: V.
        cutoffs: rising, each in [1, V - 1]: where the clusters begin; K of them.
        div_value: vectors of cluster k = 1 ... K have max(1, I // div_value^k) elements; >= 1.
        head_bias: whether the head has a bias; the clusters have none.
        dtype: float32 or float64.
        rng: generator or integer seed for the initial values; None takes fresh entropy.

    Parameters:
        head.weight (cutoffs[0] + K, I), head.bias; for each cluster tail.k.0.weight (E_k, I) and
        tail.k.1.weight (its classes, E_k); uniform on ±1/sqrt(width of the input), as in PyTorch.

    Call: ``loss = softmax(x, targets, reduction=...)``, x (..., I), targets (...) -> as `forward`.
    `log_prob` gives the logarithms of all probabilities, `predict` the likeliest class.

    Raises:
        TypeError, ValueError: a size or a cutoff that is not what it should be.

    >>> import numpy
    >>> from pyrnn import nn
    >>> softmax = nn.AdaptiveSoftmax(8, 1000, cutoffs=[50, 300], rng=0)
    >>> x, targets = numpy.zeros((5, 8), "float32"), [3, 999, 60, 0, 400]
    >>> softmax(x, targets, reduction="none").shape
    (5,)
    >>> softmax.log_prob(x).shape
    (5, 1000)
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        *,
        dtype: Any = xp.float32,
        rng: initializers.Rng = None,
    ) -> None:
        self.in_features = integer("in_features", in_features, least=1)
        self.n_classes = integer("n_classes", n_classes, least=2)
        self.cutoffs = _cutoffs(cutoffs, self.n_classes)
        self.div_value = real("div_value", div_value, least=1)
        kind: Any = {"dtype": checks.float_dtype(dtype), "rng": initializers.generator(rng)}
        first, clusters = self.cutoffs[0], len(self.cutoffs)
        self.head = Linear(self.in_features, first + clusters, bias=head_bias, **kind)
        self.tail = ModuleList()
        for width, classes in tail_sizes(
            self.in_features, self.n_classes, self.cutoffs, self.div_value
        ):
            self.tail.append(
                Sequential(
                    Linear(self.in_features, width, bias=False, **kind),
                    Linear(width, classes, bias=False, **kind),
                )
            )

    def forward(
        self, x: Any, targets: Any, *, reduction: Reduction, ignore_index: int = -100
    ) -> Tensor:
        """x (..., I), targets: integers (...) -> -log p(target), in nats, reduced.

        Args:
            reduction: "none" for one loss a row, "sum", or "mean" over the rows that count.
            ignore_index: a target that counts for nothing: padding.

        Raises:
            TypeError, ValueError, IndexError: see `functional.adaptive_cross_entropy`.
        """
        return functional.adaptive_cross_entropy(
            self._checked(x),
            self.head.weight,
            self.head.bias,
            self._tail(),
            targets,
            self.cutoffs,
            ignore_index,
            reduction=reduction,
        )

    def log_prob(self, x: Any) -> Tensor:
        """x (..., I) -> log p of every class, (..., V)."""
        return functional.adaptive_log_softmax(
            self._checked(x), self.head.weight, self.head.bias, self._tail(), self.cutoffs
        )

    def predict(self, x: Any) -> Any:
        """x (..., I) -> the likeliest class of each row, an array of integers (...).

        Where the head's winner is a frequent class, no class of a cluster can be likelier, and the
        clusters are not scored.
        """
        rows = self._checked(x).detach()
        shape = rows.shape[:-1]
        rows = rows.reshape((-1, self.in_features) if rows.size else (0, self.in_features))
        best = xp.argmax(self.head(rows).data, axis=-1)  # (N,)
        unsure = xp.flatnonzero(best >= self.cutoffs[0])
        if unsure.size:
            best[unsure] = xp.argmax(self.log_prob(rows.data[unsure]).data, axis=-1)
        return best.reshape(shape)

    def _checked(self, x: Any) -> Tensor:
        x = checks.floats("x", x, self.head.weight.dtype)
        return checks.last_axis("x", x, self.in_features, "(..., in_features)")

    def _tail(self) -> list[tuple[Tensor, Tensor]]:
        clusters: Any = self.tail
        return [(narrow.weight, wide.weight) for narrow, wide in clusters]

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.n_classes}, {self.cutoffs}, div_value={self.div_value:g}"

    def shape_repr(self) -> str:
        return f"x (..., {self.in_features}), targets (...) -> loss"


def tail_sizes(
    in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float
) -> list[tuple[int, int]]:
    """(elements of a vector, classes) of each cluster."""
    ends = (*cutoffs[1:], n_classes)
    return [
        (max(1, int(in_features // div_value**k)), end - begin)
        for k, (begin, end) in enumerate(zip(cutoffs, ends, strict=True), start=1)
    ]


def zipf_cutoffs(n_classes: int) -> tuple[int, ...]:
    """Cutoffs for a vocabulary of V words of which nothing is known but its size.

    Where the r-th most frequent word has a share of about 1/r (Zipf), the first V^a words make up
    the share a of a text. The head takes three quarters of it, the first cluster 15 %, the second
    the last tenth: V^0.75 and V^0.9. ValueError for fewer than 3 words.
    """
    cuts = {round(n_classes**share) for share in (0.75, 0.9)}
    inside = tuple(sorted(cut for cut in cuts if 0 < cut < n_classes))
    if not inside:
        raise ValueError(f"n_classes: expected at least 3 to form clusters; got {n_classes}")
    return inside


def _cutoffs(cutoffs: Sequence[int], n_classes: int) -> tuple[int, ...]:
    try:
        cuts = tuple(operator.index(cut) for cut in cutoffs)
    except TypeError:
        raise TypeError(f"cutoffs: expected a sequence of integers; got {cutoffs!r:.80}") from None
    rising = all(a < b for a, b in zip((0, *cuts), (*cuts, n_classes), strict=True))
    if not cuts or not rising:
        raise ValueError(
            f"cutoffs: expected rising integers from 1 to n_classes - 1 = {n_classes - 1}, at "
            f"least one; got {list(cuts)}"
        )
    return cuts
