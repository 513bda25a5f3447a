"""SequenceRegressor: a sequence to one number, or to several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pyrnn.autograd import Tensor
from pyrnn.data.frames import in_precision
from pyrnn.data.layouts import Beside, Record
from pyrnn.functional.lengths import within
from pyrnn.metrics import Regression
from pyrnn.models.examples import ExampleBatch, ExampleBatches, Examples, packed
from pyrnn.models.regressor.settings import RegressorColumns, RegressorConfig
from pyrnn.models.regressor.targets import Targets, is_of_steps, rows_of
from pyrnn.models.report import Report, Table, largest_errors
from pyrnn.models.sequence.inputs.truncation import truncated
from pyrnn.models.sequence.model import SequenceModel
from pyrnn.models.sequence.options import SequenceOptions
from pyrnn.streaming import Scaling
from pyrnn.training import Loss


@dataclass(frozen=True)
class NumberPrediction:
    """What a regressor says of one input: a number, or several by name."""

    values: Mapping[str, float]

    @property
    def value(self) -> float:
        """The number, or the first of several."""
        return next(iter(self.values.values()))

    def __str__(self) -> str:
        return ", ".join(f"{value:.6g}" for value in self.values.values())

    def to_json(self) -> dict[str, Any]:
        """The numbers by name."""
        return dict(self.values)


class SequenceRegressor(SequenceModel):
    """A sequence, of text or of numbers, to one number or to several.

    config, settings: see `RegressorConfig`.

    Inputs are frames: arrays (N, I) of I numbers a step, (N,) for one; or texts. Targets are a
    number for each, or K numbers; or (N, K), a row for each step: what is known after a step is
    then to say its target, in training. `predict` and `evaluate` take the last step; sequences
    without steps then have no part in training and evaluation.

    >>> import numpy as np
    >>> from pyrnn.models import SequenceRegressor
    >>> draw = np.random.default_rng(0)
    >>> series = [draw.uniform(size=(n, 1)) for n in draw.integers(2, 8, size=200)]
    >>> model = SequenceRegressor(hidden_size=16)
    >>> model.fit(series, [each.sum() for each in series], epochs=40, learning_rate=0.01).reason
    'epochs'
    >>> abs(model.predict([[0.5, 0.25]])[0].value - 0.75) < 0.2
    True
    """

    family = "regress"
    title = "sequence regressor"
    reads = "sequence: numbers"
    inputs, targets = "inputs", "targets"
    Config = RegressorConfig
    Options = SequenceOptions
    Columns = RegressorColumns
    monitors: ClassVar = {"loss": "min", "mae": "min", "rmse": "min", "r2": "max"}

    from_files: ClassVar = (
        ("One text per row", "reviews.csv", "--text review --target stars"),
        (
            "One series per row, in columns x0 to x49",
            "curves.csv",
            "--series x0:x49 --target speed,load",
        ),
        ("One step per row", "engines.csv", "--id unit --features s1,s2,s3 --target rul"),
    )

    def __init__(self, config: RegressorConfig | None = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._targets: Targets | None = None

    @property
    def units(self) -> str:
        """Steps, where each has a target; else sequences."""
        return "steps" if self._steps else super().units

    @property
    def outputs(self) -> int:
        """K."""
        assert self._targets is not None
        return self._targets.size

    # targets

    def check_targets(
        self, targets: Sequence[Any], data: str, places: Sequence[str] | None = None
    ) -> None:
        """A number, some numbers, or some a step; as many for each."""
        size = None if self._targets is None else self._targets.size
        for number, value in enumerate(targets):
            place = f"targets[{number}]" if places is None else places[number]
            rows = rows_of(value, place)
            size = rows.shape[1] if size is None and len(rows) else size
            if len(rows) and rows.shape[1] != size:
                hint = "" if np.ndim(value) > 1 else "; a number for each of N steps is (N, 1)"
                raise ValueError(
                    f"{place}: expected {size} numbers, as elsewhere; got {rows.shape[1]}{hint}"
                )

    def read(self, *data: Any, **named: Any) -> Examples:
        """See `Supervised.read`; where each step of frames is to have a target, it has one."""
        found = super().read(*data, **named)
        assert found.targets is not None
        for number, value in enumerate(found.targets):
            frames = found.inputs[number] if is_of_steps(value) else ""
            if not isinstance(frames, str) and len(frames) != len(value):
                raise ValueError(
                    f"targets[{number}]: expected a target for each of the sequence's "
                    f"{len(frames)} steps, or one for all; got {len(value)}"
                )
        return found

    def learn(self, train: Examples, held: Examples | None) -> None:
        """What `SequenceModel.learn` learns; a target at every step asks for an encoder that knows
        nothing of the steps to come.
        """
        super().learn(train, held)
        if not self._steps:
            return
        wanted = {"encoder": "recurrent", "bidirectional": False, "pooling": "last"}
        for name, value in wanted.items():
            given = getattr(self.config, name)
            if given not in (value, "attention"):  # which is the default, and has no use here
                raise ValueError(
                    f"{name}: expected {value!r} with a target at every step, which must be told "
                    f"without the steps to come; got {given!r}"
                )
        self.config = self.config.of(self.config, pooling="last")

    def learn_targets(self, train: Examples, held: Examples | None) -> None:
        """Their scale, and whether each step has one."""
        assert train.targets is not None
        self._targets = Targets.fit(train.targets, self.config.scale_targets)
        if held is not None and held.targets is not None:
            places = held.places or [f"valid: targets[{row}]" for row in range(len(held))]
            self.check_targets(held.targets, "the validation data", places)

    @property
    def _steps(self) -> bool:
        return self._targets is not None and self._targets.steps

    def parts(self) -> dict[str, Any]:
        """What was learnt of the inputs and of the targets."""
        assert self._targets is not None
        return {**super().parts(), "targets": self._targets.to_json()}

    def take(self, parts: Mapping[str, Any]) -> None:
        """All of it out of a file."""
        super().take(parts)
        self._targets = Targets.from_json(parts["targets"])

    def beside(self, columns: RegressorColumns) -> Beside:
        """The columns of targets."""
        return Beside(varying=columns.target)

    def target_from(self, record: Record, columns: RegressorColumns) -> Any:
        """K numbers; (N, K) where they change within a sequence."""
        rows = record.varying
        assert rows is not None
        text = isinstance(record.input, str)
        if rows.shape[1] == 1 and (text or len(rows) not in (1, len(record.input))):
            rows = rows.T  # several numbers in one cell
        return rows[0] if len(rows) and (rows == rows[:1]).all() else rows

    def encoded(self, targets: Sequence[Any]) -> np.ndarray:
        """(N, K), scaled: of a sequence, or of its last step."""
        assert self._targets is not None
        rows = [self._targets.scaled(v, f"targets[{k}]") for k, v in enumerate(targets)]
        return in_precision("targets", np.concatenate(rows), self.config.dtype)

    # training and use

    def batches(  # type: ignore[override]
        self, data: Examples, options: SequenceOptions, *, train: bool
    ) -> ExampleBatches:
        """The sequences in batches by length, with a target a step where there are such."""
        if data.targets is None or not self._steps:
            return super().batches(data, options, train=train)
        data = data.some(self.with_steps(data))
        assert data.targets is not None
        batches = super().batches(replace(data, targets=None), options, train=train)
        batches.targets = packed(
            self._of_steps(value, data.inputs[k], k) for k, value in enumerate(data.targets)
        )
        return batches

    def _of_steps(self, value: Any, sequence: Any, number: int) -> np.ndarray:
        """(N, K), those of the steps that are read."""
        assert self._targets is not None
        steps = self.input.steps_of(sequence)
        rows = self._targets.scaled(value, f"targets[{number}]", steps)
        return in_precision("targets", truncated(rows, self.config), self.config.dtype)

    def loss(self, batch: ExampleBatch, state: Any = None) -> Loss:
        """The squared or absolute error of scaled targets, the mean over K: over all steps where
        each has a target, else over the sequences.
        """
        run = self.network.steps if self._steps else self.network
        targets: Any = batch.targets
        z: Tensor = run(batch.inputs, batch.lengths, batch.static, batch.numbers)
        with np.errstate(over="ignore"):  # who asks sees to a loss that is not finite
            error = self._errors(z - targets)
        items = batch.sequences
        if self._steps:  # what stands past a length counts nothing
            error = error * self._there(batch)[:, :, None].astype(error.dtype)
            items = int(batch.lengths.sum())
        return Loss(error.sum() / float(self.outputs), items, None, z)

    def _errors(self, gap: Any) -> Any:
        """Of targets, element by element."""
        return abs(gap) if self.config.error == "absolute" else gap * gap

    def _there(self, batch: ExampleBatch) -> np.ndarray:
        """Whether a step is within its sequence, (T, B)."""
        return np.asarray(within(batch.lengths, len(batch.inputs)))

    def metrics(self, data: Examples) -> Regression:
        """Mean absolute error, root of the mean squared error, R²."""
        return Regression(self.outputs)

    def measure(self, metric: Any, batch: ExampleBatch, found: Loss) -> None:
        """In the targets' units; of all steps where each has a target."""
        assert batch.targets is not None
        there = self._there(batch) if self._steps else slice(None)
        metric.update(self._units(batch.targets[there]), self._units(found.output.numpy()[there]))

    def _scaled(self, numbers: np.ndarray) -> np.ndarray:
        assert self._targets is not None
        return self._targets.scaler.transform(numbers)

    def _units(self, scaled: Any) -> np.ndarray:
        assert self._targets is not None
        return self._targets.scaler.inverse(np.asarray(scaled, np.float64))

    def reported(self, data: Examples, batches: ExampleBatches) -> Report:
        """The metrics of the sequences, a table with a row a number where there are several, and
        the largest errors. Where each step has a target, it is by the last one of each sequence
        that has steps.
        """
        kept = self.with_steps(data) if self._steps else np.arange(len(data))
        assert data.targets is not None
        # As they were given: scaled and back is not the same
        truths = np.array([rows_of(data.targets[k], f"targets[{k}]")[-1] for k in kept.tolist()])
        said, metric, total = np.zeros(truths.shape), self.metrics(data), 0.0
        for batch, found in self.evaluated(batches):
            numbers, z, targets = batch.numbers, found.output.numpy(), batch.targets
            if self._steps:
                z, targets = _last(z, batch.lengths), self._scaled(truths[numbers])
            total += float(self._errors(z.astype(np.float64) - targets).sum()) / self.outputs
            said[numbers] = self._units(z)
            metric.update(truths[numbers], said[numbers])
        names = self._names()
        errors = largest_errors(truths, said, lambda k: self.shown(data.inputs[int(kept[k])]))
        return Report(
            {"loss": total / len(kept), **metric.compute()},
            table=Table.of("target", names, metric.per_target()) if len(names) > 1 else None,
            mistakes=[one._replace(number=int(kept[one.number])) for one in errors],
            truths=truths,
            predictions=said,
            targets=names,
        )

    def decode(self, batch: ExampleBatch) -> list[NumberPrediction]:
        """The numbers for each sequence."""
        z = self.network(batch.inputs, batch.lengths, batch.static).numpy()
        names = self._names()
        return [
            NumberPrediction(dict(zip(names, row, strict=True))) for row in self._units(z).tolist()
        ]

    def blank(self) -> NumberPrediction:
        """Zeros."""
        return NumberPrediction(dict.fromkeys(self._names(), 0.0))

    def _names(self) -> tuple[str, ...]:
        """Of the numbers: their columns, where a table has had them."""
        names: tuple[str, ...] = self.columns.target
        if len(names) == self.outputs:
            return names
        return tuple(f"{names[0]}_{k}" for k in range(1, self.outputs + 1))

    def streamed(self) -> list[Any]:
        """See `SequenceModel.streamed`; the outputs are in the targets' units, of the model's
        dtype."""
        layers = super().streamed()
        assert self._targets is not None
        scaler = self._targets.scaler
        return [*layers, Scaling(scaler.mean, scaler.deviation, back=True)]

    def outputs_in_short(self) -> str:
        """1 number."""
        return f"{self.outputs} number{'s' if self.outputs > 1 else ''}" + (
            " a step" if self._steps else ""
        )


def _last(rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """What stands at the last step, (T, B, K) -> (B, K)."""
    return np.asarray(rows[lengths - 1, np.arange(len(lengths))])
