"""What all families of models share: training, evaluation, prediction, files.

A family is a subclass, in a file or folder of its own, and a line in `families.FAMILIES`. It says
what it is made of (Config), how it is trained (Options) and which columns of a table it reads
(Columns), and writes

    read             what the caller gave -> the family's own data
    hold_out         which share of the data is kept back for validation
    build            the network
    batches          data -> batches
    loss             a batch -> Loss: the sum over its items, what the metrics read
    unlabelled, decode   inputs -> data without targets; a batch -> predictions
    read_file, read_inputs   the user's files

and where it has them

    learn            vocabularies, labels, scalers: from the training data alone
    parts, take      those as JSON, and back
    metrics          what measures a validation, beside the loss

The command line, checkpoints, resuming, model folders and the tests follow from these.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np

from pyrnn.autograd import no_grad
from pyrnn.files.checkpoint import WRONG, CheckpointError, in_short
from pyrnn.files.content import Content
from pyrnn.files.model_folder import ModelFolderError, read_model, write_model
from pyrnn.files.run_folder import read_run
from pyrnn.files.strict_json import shortened, write_json
from pyrnn.kernels.scalars import real
from pyrnn.models.report import Report
from pyrnn.nn import Module, skeleton
from pyrnn.settings import Settings
from pyrnn.training import (
    DivergenceError,
    EndRecord,
    Loop,
    Loss,
    Monitor,
    Record,
    RunFolder,
    RunResult,
    StepRecord,
    TrainingOptions,
    module_task,
)
from pyrnn.training.loop import Callback

VERSION = 1  # of the layout of a model's folder


class Prediction(Protocol):
    """What a model says of one input; its str is one line."""

    def to_json(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        ...


@dataclass(frozen=True)
class NoColumns(Settings):
    """Of a family that reads no tables."""


class Model(ABC):
    """A network with all that turns data into its batches, and its outputs into predictions.

    config: what it is made of, see its class's Config; settings: those that differ from it, or from
        the defaults, by name.

    A model is built when it meets data: `fit`, `training` or `for_data`; or when it is loaded.
    Raises ValueError, TypeError for settings that are none, naming them.
    """

    family: ClassVar[str]
    title: ClassVar[str]
    reads: ClassVar[str]
    Config: ClassVar[type[Settings]]
    Options: ClassVar[type[TrainingOptions]] = TrainingOptions
    Columns: ClassVar[type[Settings]] = NoColumns
    monitors: ClassVar[Mapping[str, Literal["min", "max"]]] = {"loss": "min"}

    def __init__(self, config: Any = None, **settings: Any) -> None:
        self.config: Any = _settings("config", self.Config, config, settings)
        self.columns: Any = self.Columns()
        self._network: Any = None
        self._trained: Mapping[str, Any] | None = None
        self._loop: Loop | None = None

    # what a family writes

    @abstractmethod
    def read(self, *data: Any) -> Any:
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

    @abstractmethod
    def read_file(self, file: Content, columns: Any) -> tuple[Any, ...]:
        """What a file holds, as `fit` and `evaluate` take it. Raises ValueError naming a place."""

    @abstractmethod
    def read_inputs(self, file: Content, columns: Any) -> list[Any]:
        """What a file holds, as `predict` takes it. Raises ValueError naming the place."""

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

    # training

    def fit(
        self,
        *data: Any,
        valid: Any = None,
        options: Any = None,
        folder: str | Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        progress: bool = False,
        callbacks: Sequence[Callback] = (),
        **settings: Any,
    ) -> RunResult:
        """Train on data; see `training`, whose arguments these are, and run it to its end.

        progress: show a bar on the terminal's stderr; default no.
        Returns the run's result. Ctrl-C or SIGTERM ends it after the present step, with a
        checkpoint written (reason "interrupted"). Raises DivergenceError when the loss or its
        gradient is no finite number; the model then has the best weights so far, or those of the
        latest checkpoint.
        """
        loop = self.training(
            *data,
            valid=valid,
            options=options,
            folder=folder,
            resume=resume,
            overwrite=overwrite,
            callbacks=callbacks,
            **settings,
        )
        return self.run(loop, progress=progress)

    def training(
        self,
        *data: Any,
        valid: Any = None,
        options: Any = None,
        folder: str | Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        callbacks: Sequence[Callback] = (),
        clock: Callable[[], float] = time.monotonic,
        **settings: Any,
    ) -> Loop:
        """A training run, ready to start: iterate over it for its records.

        data: as the family has them: a text; texts and labels ...
        valid: what is held out to validate on: None (the default) for nothing, a share of the data,
            between 0 and 1, or a tuple of data of its own.
        options: see the class's Options; default those. settings: options that differ, by name.
        folder: where last.safetensors, best.safetensors and history.jsonl go; None (the default)
            writes nothing.
        resume: go on from last.safetensors of the folder, with the same data, options (but for the
            limits and reports) and config. As long as no limit counts minutes, the weights come out
            the same, bit for bit, as those of a run that was never broken off; under a higher
            limit, as those of a run that had it from the start, unless schedule="cosine", which
            follows the limit.
        overwrite: replace another run in the folder; default: an error.
        callbacks: functions of (loop, record), called with each record.
        clock: seconds, rising, by which the run counts its time; default the real ones.

        The first training builds the model: vocabularies, labels and scalers are fitted to the
        training part of the data alone. A new run begins with the model's present weights. At its
        end the model has the weights of the best validation (`restore_best`), else the last. A run
        that ends between two validations makes one more, which counts for these weights alone: a
        run that is resumed knows nothing of it, and best.safetensors is of the best of the others,
        where there are any.

        Raises ValueError for data or settings that cannot be; FileExistsError, FileNotFoundError,
        CheckpointError as `Loop.start` and `Loop.resume`.
        """
        options = _settings("options", self.Options, options, settings)
        train, held = self._parted(data, valid, options)
        if self._network is None:
            self._make(train, held)
        batches = self.batches(train, options, train=True)
        validation = None if held is None else self.batches(held, options, train=False)
        evaluate = None if held is None else partial(self._measured, held, validation)
        task = module_task(
            self.network,
            batches,
            options,
            loss=self.loss,
            evaluate=evaluate,
            monitor=self._monitor(options),
            identity={
                "family": self.family,
                "model": self.description(),
                "data": batches.fingerprint(),
                "validation": None if validation is None else validation.fingerprint(),
            },
            check_state=partial(self.check_state, options=options),
        )
        loop = Loop(
            task,
            options,
            None if folder is None else RunFolder(folder),
            clock,
            [self._note, *callbacks],
        )
        if resume:
            loop.resume()
        else:
            reseed(self.network, options.seed)
            loop.start(overwrite=overwrite)
        return loop

    def run(self, loop: Loop, *, progress: bool = False) -> RunResult:
        """Run what `training` has made ready to its end; all else as `fit`."""
        records: Iterator[Record] = loop.run()
        if progress:
            from pyrnn.training.progress import watch

            records = watch(records, loop.budget, unit=self.units)
        with loop.interruption:  # while the records are shown, too
            for _ in records:
                pass
        result = loop.result
        if result.reason == "diverged":
            restored = f"; the model now has {loop.restored}" if loop.restored else ""
            raise DivergenceError(
                f"{result.end.detail}{restored}. Lower learning_rate "
                f"({loop.options.learning_rate}) or clip_norm ({loop.options.clip_norm})"
            )
        return result

    def for_data(self, *data: Any) -> Self:
        """The model, built for data, all of which count as training data, and not trained."""
        self._make(self.read(*data), None)
        return self

    def _parted(self, data: tuple[Any, ...], valid: Any, options: Any) -> tuple[Any, Any]:
        """The training and the validation data; None where there are no such."""
        every = self.read(*data)
        if valid is None:
            return every, None
        if isinstance(valid, tuple):
            return every, self.read(*valid)
        share = real("valid", valid, above=0, below=1)
        return self.hold_out(every, share, options.seed)

    def _make(self, train: Any, held: Any) -> None:
        self.learn(train, held)
        self.construct()

    def construct(self) -> None:
        """Build the network, with new weights."""
        self._network = self.build(np.random.default_rng(getattr(self.config, "seed", 0)))
        self._network.eval()

    def _monitor(self, options: Any) -> Monitor:
        name = options.monitor or next(iter(self.monitors))
        if name not in self.monitors:
            known = ", ".join(self.monitors)
            raise ValueError(f"monitor: expected one of {known}; got {shortened(name)}")
        return Monitor(name, self.monitors[name])

    def _note(self, loop: Loop, record: Record) -> None:
        """A loop has changed the weights: it says how they were trained from now on."""
        if isinstance(record, StepRecord):
            self._loop = loop
        elif isinstance(record, EndRecord):
            self._loop, self._trained = None, loop.trained

    @property
    def trained(self) -> Mapping[str, Any] | None:
        """How the weights were trained, ready for JSON; None where they were not."""
        return self._trained if self._loop is None else self._loop.trained

    @trained.setter
    def trained(self, record: Mapping[str, Any] | None) -> None:
        self._loop, self._trained = None, record

    # use

    @property
    def network(self) -> Any:
        """The layers. Raises ValueError before the model is built."""
        if self._network is None:
            raise ValueError(
                f"{type(self).__name__} is not built yet: fit(...) trains it, for_data(...) builds "
                "it, load(...) reads one"
            )
        return self._network

    def evaluate(self, *data: Any) -> dict[str, float]:
        """The metrics of the model on data, as `fit` takes them."""
        return dict(self.report(*data).metrics)

    def report(self, *data: Any) -> Report:
        """The metrics of the model on data, and what else there is to say of it."""
        self.network  # noqa: B018  # the error comes first
        found = self.read(*data)
        return Report(self._measured(found, self.batches(found, self.Options(), train=False)))

    def _measured(self, data: Any, batches: Any) -> dict[str, float]:
        """What `monitors` names, over batches; no gradient is recorded and no dropout acts."""
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
        """Each batch and what the network makes of it; no gradient is recorded, nothing dropped."""
        if self.network.training:
            self.network.eval()
        state = None
        for batch in batches:
            with no_grad():
                found = self.loss(batch, state)
            state = found.state
            yield batch, found

    def predict(self, inputs: Sequence[Any]) -> list[Any]:
        """A prediction for each input, in their order.

        Raises TypeError where inputs is a single one; it stands in a list, too.
        """
        check_inputs(inputs)
        if self.network.training:
            self.network.eval()
        found: list[Any] = [None] * len(inputs)
        if len(inputs):
            batches = self.batches(self.unlabelled(inputs), self.Options(), train=False)
            for batch in batches:
                with no_grad():
                    decoded = self.decode(batch)
                for number, prediction in zip(batch.numbers, decoded, strict=True):
                    found[int(number)] = prediction
        return found

    def parameters(self) -> Iterator[Any]:
        """The network's parameters."""
        return iter(self.network.parameters())

    def num_parameters(self) -> int:
        """The numbers that are trained."""
        return sum(parameter.size for parameter in self.parameters())

    def summary(self) -> str:
        """What the model is made of, in a few lines."""
        return f"{self!r}\n{self.network!r}"

    # files

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

    def save(self, folder: str | Path) -> None:
        """Write weights.safetensors and config.json to a folder, which is made if need be.

        Broken off at any point, by a power cut too, it leaves the folder's earlier model or this
        one, whole. Raises OSError as the system does, naming the file.
        """
        content = {**self.description(), "trained": self.trained}
        write_model(folder, self.format(), VERSION, content, self.network.state_dict())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The model that `save` wrote to a folder, or that a checkpoint of `fit` holds.

        path: the folder, or a checkpoint file as best.safetensors.
        Nothing in the files is executed, and the memory taken is a small multiple of their size,
        whatever they ask for.
        Raises FileNotFoundError, ModelFolderError, CheckpointError for what is missing or damaged.
        """
        path = Path(path)
        content: Any
        if path.is_file():
            content, weights = _of_checkpoint(path, cls.family)
        else:
            content, weights = read_model(path, cls.format(), VERSION)
        try:
            return cls._loaded(content, weights)
        except WRONG as error:
            words = in_short(error)
            raise ModelFolderError(f"{path}: not a whole {cls.title} ({words})") from error

    @classmethod
    def _loaded(cls, content: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> Self:
        model = cls(cls.Config.from_json(content["config"]))
        model.columns = cls.Columns.from_json(content.get("columns", {}))
        trained = content.get("trained")
        if not isinstance(trained, Mapping | None):
            raise ValueError(f"trained: expected an object; got {shortened(trained)}")
        model._trained = trained
        model.take(content)
        # A config.json of a hundred bytes may ask for a layer of a terabyte: its shapes are
        # compared with the weights that came with it before anything of that size is made.
        elements = 2 * sum(array.size for array in weights.values())  # tied ones stand once
        try:
            with skeleton(limit=elements):
                network = model.build(np.random.default_rng(0))
        except MemoryError as error:  # a skeleton takes none: the file asks for the impossible
            raise ValueError(str(error)) from error
        network.load_state_dict(weights)
        network.eval()
        model._network = network
        return model

    def export(self, path: str | Path) -> None:
        """Write the weights to one safetensors file, under PyTorch's names: see `pyrnn.export`.

        Its header also holds the model's description as JSON, an entry for each of its parts.
        Raises ValueError for a cell that PyTorch has not, OSError as the system does.
        """
        from pyrnn.exchange import export

        texts = {name: json.dumps(content) for name, content in self.description().items()}
        export(self.network, path, about={"model": self.format(), **texts})

    def __repr__(self) -> str:
        if self._network is None:
            return f"{type(self).__name__}(not built: fit, for_data or load)"
        return f"{type(self).__name__}({self.in_short()}, {self.num_parameters():,} parameters)"

    def in_short(self) -> str:
        """What the model is made of, in some words for its repr."""
        return self.title


def check_inputs(inputs: Any) -> None:
    """Raise TypeError for a single input."""
    if isinstance(inputs, str | bytes) or not hasattr(inputs, "__len__"):
        raise TypeError(
            f"inputs: expected a list of inputs; got {type(inputs).__name__}; "
            "a single one stands in a list, too: predict([...])[0]"
        )


def _settings(name: str, kind: type[Settings], given: Any, changes: Mapping[str, Any]) -> Any:
    try:
        return kind.of(given, **changes)
    except TypeError as error:
        if given is None or isinstance(given, kind):
            raise
        raise TypeError(f"{name}: {error}") from None


def _of_checkpoint(path: Path, family: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The description of the model in a checkpoint, with how it was trained, and its weights.

    Raises CheckpointError for a damaged file or one of something else.
    """
    checkpoint = read_run(path)
    try:
        identity, position = checkpoint["identity"], checkpoint["position"]
        if identity["family"] != family:
            raise ValueError(f"family: expected {family}; got {shortened(identity['family'])}")
        trained = {
            "options": checkpoint["options"],
            "steps": position["step"],
            "seconds": position["seconds"],
            "reason": None,
            "validation": None,
        }
        write_json(trained)  # TypeError for arrays: it is to be shown, and saved again
        return {**identity["model"], "trained": trained}, checkpoint["stateful"]["model"]
    except WRONG as error:
        raise CheckpointError(f"{path}: expected a run's checkpoint; {in_short(error)}") from error


def reseed(module: Module, seed: int) -> None:
    """Begin a module's random numbers, dropout's, anew."""
    kinds = {path: state["bit_generator"] for path, state in module.rng_state().items()}
    fresh = {path: getattr(np.random, kind)(seed).state for path, kind in kinds.items()}
    module.load_rng_state(fresh)
