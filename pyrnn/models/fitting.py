"""How a model is trained."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np

from pyrnn.files.strict_json import shortened
from pyrnn.kernels.scalars import real
from pyrnn.models.evaluation import Evaluation
from pyrnn.models.family import settings_of
from pyrnn.nn import Module
from pyrnn.training import (
    DivergenceError,
    EndRecord,
    Loop,
    Monitor,
    Record,
    RunResult,
    StepRecord,
    module_task,
)
from pyrnn.training.loop import Callback


class Fitting(Evaluation):
    """Training: data are parted, a new model is built, a loop runs."""

    _trained: Mapping[str, Any] | None = None
    _loop: Loop | None = None  # the one that has changed the weights, while it goes on

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
        if resume and overwrite:
            raise ValueError("overwrite: expected False beside resume=True; got True")
        options = settings_of("options", self.Options, options, settings)
        with self._or_as_before():
            loop = self._loop_for(data, valid, options, folder, clock, callbacks)
            if resume:
                loop.resume()
            else:
                reseed(self.network, options.seed)
                loop.start(overwrite=overwrite)
        return loop

    def _loop_for(
        self,
        data: tuple[Any, ...],
        valid: Any,
        options: Any,
        folder: str | Path | None,
        clock: Callable[[], float],
        callbacks: Sequence[Callback],
    ) -> Loop:
        """A run that is to be started, of the model, which is built if need be."""
        train, held = self._parted(data, valid, options)
        options = self.suited(options, train, held)
        if self._network is None:
            self._make(train, held)
        batches = self.batches(train, options, train=True)
        validation = None if held is None else self.batches(held, options, train=False)
        evaluate = None if held is None else partial(self.measured, held, validation)
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
            earlier={"model": {"config": type(self.config)().to_json()}},
            check_state=partial(self.check_state, options=options),
        )
        loop = Loop(task, options, folder, clock, callbacks)
        loop.callbacks.insert(
            0, partial(self._note, validation)
        )  # before the caller's, who may raise
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
        with self._or_as_before():
            self._make(self.read(*data), None)
        return self

    @contextmanager
    def _or_as_before(self) -> Iterator[None]:
        """What fails leaves the model as it was: it has learnt nothing of the data."""
        before = dict(vars(self))
        try:
            yield
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    def _parted(self, data: tuple[Any, ...], valid: Any, options: Any) -> tuple[Any, Any]:
        """The training and the validation data; None where there are no such."""
        every = self.read(*data)
        if valid is None:
            return every, None
        if isinstance(valid, tuple):
            held = self.read(*valid)
            self.check_parted(every, held)
            return every, held
        if isinstance(valid, list | Mapping | str | np.ndarray):
            raise TypeError(
                "valid: expected a share of the data, a tuple of data as fit takes them, or None; "
                f"got {type(valid).__name__}"
            )
        share = real("valid", valid, least=0, below=1)
        if share == 0:
            return every, None
        return self.hold_out(every, share, options.seed)

    def _make(self, train: Any, held: Any) -> None:
        self.learn(train, held)
        self.construct()

    def _monitor(self, options: Any) -> Monitor:
        monitors = self.monitored()
        name = options.monitor or next(iter(monitors))
        if name not in monitors:
            known = ", ".join(monitors)
            raise ValueError(f"monitor: expected one of {known}; got {shortened(name)}")
        return Monitor(name, monitors[name])

    def _note(self, validation: Any, loop: Loop, record: Record) -> None:
        """A loop has changed the weights: it says how they were trained from now on.

        validation: its batches, or None.
        """
        if isinstance(record, StepRecord):
            self._loop = loop
        elif isinstance(record, EndRecord):
            self._loop, self._trained = None, loop.trained
            if record.reason != "diverged":
                self.finish(loop.options, validation)

    @property
    def trained(self) -> Mapping[str, Any] | None:
        """How the weights were trained, ready for JSON; None where they were not."""
        return self._trained if self._loop is None else self._loop.trained

    @trained.setter
    def trained(self, record: Mapping[str, Any] | None) -> None:
        self._loop, self._trained = None, record


def reseed(module: Module, seed: int) -> None:
    """Begin a module's random numbers, dropout's, anew."""
    kinds = {path: state["bit_generator"] for path, state in module.rng_state().items()}
    fresh = {path: getattr(np.random, kind)(seed).state for path, kind in kinds.items()}
    module.load_rng_state(fresh)
