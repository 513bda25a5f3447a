"""What a model makes of data: metrics and predictions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyrnn.autograd import no_grad
from pyrnn.models.family import Family
from pyrnn.models.report import Report
from pyrnn.training import Loss


class Evaluation(Family):
    """Evaluation and prediction: no gradient is recorded, and no dropout acts."""

    def evaluate(self, *data: Any, **named: Any) -> dict[str, float]:
        """The metrics of the model on data, as `fit` takes them."""
        return dict(self.report(*data, **named).metrics)

    def report(self, *data: Any, **named: Any) -> Report:
        """The metrics of the model on data, and what else there is to say of it."""
        self.network  # noqa: B018  # the error comes first
        found = self.read(*data, **named)
        return self.reported(found, self.batches(found, self.Options(), train=False))

    def reported(self, data: Any, batches: Any) -> Report:
        """The report on data that `read` gave, in batches; a family may have more to say."""
        return Report(self.measured(data, batches))

    def measured(self, data: Any, batches: Any) -> dict[str, float]:
        """What `monitors` names, over batches."""
        metric = self.metrics(data)
        total, items = 0.0, 0
        for batch, found in self.evaluated(batches):
            if metric is not None:
                self.measure(metric, batch, found)
            total += float(found.value.item())
            items += found.items
        every = {"loss": total / items, **(metric.compute() if metric is not None else {})}
        return {name: every[name] for name in self.monitors if name in every}

    def evaluated(self, batches: Iterable[Any]) -> Iterator[tuple[Any, Loss]]:
        """Each batch and what the network makes of it.

        Raises FloatingPointError for a loss that is not finite.
        """
        if self.network.training:
            self.network.eval()
        state = None
        for batch in batches:
            with no_grad():
                found = self.loss(batch, state)
            if not math.isfinite(found.value.item()):
                raise FloatingPointError(f"the loss of a batch is {found.value.item()}")
            state = found.state
            yield batch, found

    def predict(self, inputs: Sequence[Any]) -> list[Any]:
        """A prediction for each input, in their order.

        Raises TypeError where inputs is a single one; it stands in a list, too.
        """
        check_inputs(inputs)
        return self.predicted(inputs, self.decode)

    def predicted(self, inputs: Sequence[Any], decode: Callable[[Any], list[Any]]) -> list[Any]:
        """The same by a function of a batch; for families whose `predict` takes more."""
        if self.network.training:
            self.network.eval()
        found: list[Any] = [None] * len(inputs)
        if len(inputs):
            batches = self.batches(self.unlabelled(inputs), self.Options(), train=False)
            for batch in batches:
                with no_grad():
                    decoded = decode(batch)
                for number, prediction in zip(batch.numbers, decoded, strict=True):
                    found[int(number)] = prediction
        return found


def check_inputs(inputs: Any) -> None:
    """Raise TypeError for a single input, and for what has no order."""
    hint = "; a single one stands in a list, too: predict([...])[0]"
    check_list("inputs", inputs, "a list of inputs", hint)


def check_list(name: str, value: Any, expected: str, hint: str = "") -> None:
    """Raise TypeError for what has no length and no order: a text, a dict, a set, a generator."""
    ordered = hasattr(value, "__len__") and hasattr(value, "__getitem__")
    if isinstance(value, str | bytes | Mapping) or not ordered:
        raise TypeError(f"{name}: expected {expected}; got {type(value).__name__}{hint}")


def check_single(decoding: Any, *names: str) -> None:
    """Raise ValueError where settings ask for several predictions of an input, of which an
    evaluation has no use for more than the best."""
    for name in names:
        if (given := getattr(decoding, name)) != 1:
            raise ValueError(f"{name}: expected 1 in an evaluation, of one text each; got {given}")
