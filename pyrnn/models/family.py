"""What a family of models writes, and what it may leave as it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from pyrnn.files.content import Content
from pyrnn.files.strict_json import shortened
from pyrnn.nn import Module
from pyrnn.settings import Settings
from pyrnn.training import Loss, TrainingOptions


class Prediction(Protocol):
    """What a model says of one input; its str is one line."""

    def to_json(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        ...


@dataclass(frozen=True)
class NoColumns(Settings):
    """Of a family that reads no tables."""


@dataclass(frozen=True)
class NoDecoding(Settings):
    """Of a family whose predictions are made in one way."""


class Family(ABC):
    """What the parts of `Model` know of a family.

    family: its name on the command line. title: what its files call it. reads: from what to what.
    Config, Options, Columns: what a model is made of, how it is trained, which columns of a table
        it reads. monitors: the metrics that may say which weights are best, the first by default.
    from_files: examples for --help: (what kind of file, its name, the options of its columns).
    Decoding: how predictions are made of what the network says, where there is a choice.
    parallel: whether its data may come as two files, line k of targets beside line k of inputs.
    several: whether they may come as several files, one after the other.
    """

    family: ClassVar[str]
    title: ClassVar[str]
    reads: ClassVar[str]
    Config: ClassVar[type[Settings]]
    Options: ClassVar[type[TrainingOptions]] = TrainingOptions
    Columns: ClassVar[type[Settings]] = NoColumns
    Decoding: ClassVar[type[Settings]] = NoDecoding
    monitors: ClassVar[Mapping[str, Literal["min", "max"]]] = {"loss": "min"}
    from_files: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    parallel: ClassVar[bool] = False
    several: ClassVar[bool] = False

    def __init__(self, config: Any = None, **settings: Any) -> None:
        self.config: Any = settings_of("config", self.Config, config, settings)
        self.columns: Any = self.Columns()
        self._network: Any = None

    @abstractmethod
    def read(self, *data: Any, **named: Any) -> Any:
        """Data as the caller gives them, checked, in the family's own form."""

    @abstractmethod
    def hold_out(self, data: Any, share: float, seed: int) -> tuple[Any, Any]:
        """(training part, validation part) of data that `read` gave."""

    def learn(self, train: Any, held: Any) -> None:  # noqa: B027  # a family may have none
        """Fit vocabularies, labels, scalers to the training data; held: the validation data, or
        None."""

    def parts(self) -> dict[str, Any]:
        """What `learn` fitted, ready for JSON, by names of its own."""
        return {}

    def take(self, parts: Mapping[str, Any]) -> None:  # noqa: B027
        """Take up what `parts` gave, out of a file. Raises ValueError for anything else."""

    @abstractmethod
    def build(self, rng: np.random.Generator) -> Module:
        """The network that the config and the parts ask for."""

    @abstractmethod
    def batches(self, data: Any, options: Any, *, train: bool) -> Any:
        """The batches of data that `read` or `unlabelled` gave; they have a `fingerprint`.

        train: whether they are shuffled; else each item stands in just one batch of epoch 0.
        """

    @abstractmethod
    def loss(self, batch: Any, state: Any = None) -> Loss:
        """What the network makes of a batch; its output is what the metrics read."""

    def remarks(self) -> Sequence[str]:
        """What there is to say of a model that was trained, a line each."""
        return ()

    def settled(self) -> Mapping[str, Any]:
        """The settings that were left to the data, by name, as the model has them once built."""
        return {}

    def monitored(self) -> Mapping[str, Literal["min", "max"]]:
        """Those of `monitors` that the data have."""
        return self.monitors

    def check_parted(self, train: Any, held: Any) -> None:  # noqa: B027
        """Raise ValueError for validation data of the caller's own that are not as they ask to be
        parted."""

    def suited(self, options: Any, data: Any, held: Any) -> Any:
        """Options with numbers for those that go by the data, which are to be trained on.

        held: the validation data, or None. Raises ValueError for options that do not go with both.
        """
        return options

    def finish(self, options: Any, validation: Any) -> None:  # noqa: B027
        """What is to be done once a run has ended; validation: its batches, or None."""

    def metrics(self, data: Any) -> Any:
        """A new metric for data that `read` gave, see `pyrnn.metrics`; None for the loss alone."""
        return None

    def measure(self, metric: Any, batch: Any, found: Loss) -> None:
        """Let a metric take in a batch; by default its `targets` and the loss's output."""
        metric.update(batch.targets, found.output.numpy())

    def unlabelled(self, inputs: Sequence[Any]) -> Any:
        """Inputs to predict from, in the family's own form. Not of a family that has its own
        `predict`."""
        raise NotImplementedError

    def decode(self, batch: Any) -> list[Any]:
        """The predictions for a batch, in the order of its `numbers`; where `unlabelled` is."""
        raise NotImplementedError

    def blank(self) -> Prediction | None:
        """A prediction of nothing, which has what every prediction has; None where the family has
        none."""
        return None

    @abstractmethod
    def read_file(self, file: Content, columns: Any) -> tuple[Any, ...]:
        """What a file holds, as `fit` and `evaluate` take it. Raises ValueError naming a place.

        Of a family whose data may be `parallel` file may be a `pyrnn.files.parallel.Parallel`, of
        one whose data may be `several` a `pyrnn.files.several.Several`.
        """

    @abstractmethod
    def read_inputs(self, file: Content, columns: Any) -> Sequence[Any]:
        """What a file holds, as `predict` takes it. Raises ValueError naming the place."""

    def settled_columns(self, file: Any, columns: Any) -> Any:
        """Columns as a model keeps them that is to be trained on a file, or a table in memory."""
        return columns

    @property
    def units(self) -> str:
        """What the items of a batch are called."""
        return "examples"

    def check_state(self, state: Any, options: Any) -> None:
        """Raise TypeError or ValueError for a state, out of a checkpoint, that `loss` cannot take.

        Families that carry no state from batch to batch leave it as it is.
        """
        if state is not None:
            raise ValueError(f"state: expected none; got {shortened(state)}")

    # what follows

    @property
    def network(self) -> Any:
        """The layers. Raises ValueError before the model is built."""
        if self._network is None:
            raise ValueError(
                f"{type(self).__name__} is not built yet: fit(...) trains it, for_data(...) builds "
                "it, load(...) reads one"
            )
        return self._network

    def construct(self) -> None:
        """Build the network, with new weights."""
        self._network = self.build(np.random.default_rng(getattr(self.config, "seed", 0)))
        self._network.eval()

    @classmethod
    def format(cls) -> str:
        """What files of this family call themselves."""
        return f"pyrnn {cls.title}"

    def description(self) -> dict[str, Any]:
        """The settings, columns and fitted parts, ready for JSON."""
        self.network  # noqa: B018  # the error comes first
        columns = self.columns.to_json()
        about = {"columns": columns} if columns else {}
        return {"config": self.config.to_json(), **about, **self.parts()}


def settings_of(name: str, kind: type[Settings], given: Any, changes: Mapping[str, Any]) -> Any:
    """Settings of a class, given or its defaults, with some changed. Raises TypeError, ValueError,
    naming the argument or the setting."""
    try:
        return kind.of(given, **changes)
    except TypeError as error:
        if given is None or isinstance(given, kind):
            raise
        raise TypeError(f"{name}: {error}") from None
