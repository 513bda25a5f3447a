"""The training loop: a generator of records.

Printing, drawing and stopping happen outside, by whoever reads the records:

    for record in Loop(task, options).run():
        ...

One step, with truncated BPTT (Williams and Peng 1990): the state s is carried from batch to batch,
the gradient ends at the batch's first step.

    sum, items, s' = model.loss(batch, s)   g = d (sum / items) / d parameters
    g clipped by norm, then by value        parameters updated by the optimizer

Models that carry no state return None for it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.files.run_folder import RunFolder
from pyrnn.training.budget import Budget, Progress
from pyrnn.training.history import History
from pyrnn.training.interruption import Interruption
from pyrnn.training.options import TrainingOptions
from pyrnn.training.position import Best, Position
from pyrnn.training.records import EndRecord, Record, StepRecord, ValidationRecord
from pyrnn.training.result import RunResult
from pyrnn.training.resumption import Resumption, of_a_run
from pyrnn.training.task import Task

Callback = Callable[["Loop", Record], object]


def functions(name: str, given: Any) -> list[Any]:
    """Functions in a list. Raises TypeError for anything else, naming it."""
    if callable(given) or not isinstance(given, Iterable):
        raise TypeError(f"{name}: expected functions in a list; got {given!r:.80}")
    every = list(given)
    for one in every:
        if not callable(one):
            raise TypeError(f"{name}: expected functions of (loop, record); got {one!r:.80}")
    return every


class DivergenceError(ArithmeticError):
    """The loss or its gradient is no longer a finite number."""


class Loop:
    """A run of training, a new one unless `resume` is called first.

    task: what is trained. options: how.
    folder: where checkpoints and history go, a path; None (the default) keeps them in memory alone.
    clock: seconds, rising.
    callbacks: functions of (loop, record), called with each record as it comes; one that calls
        `loop.stop()` ends the run after the present step.

    The run can be broken off between any two records and resumed from its folder; as long as no
    limit counts minutes, it then goes on to the same bits as if it had not been broken off. So it
    does under a higher limit, unless the learning rate follows the limit, as cosine does.
    """

    def __init__(
        self,
        task: Task,
        options: TrainingOptions,
        folder: RunFolder | str | Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        if task.evaluate is None:
            options.check_validation()
        self.task = task
        self.options = options
        self.folder = RunFolder(folder) if isinstance(folder, str | Path) else folder
        self.callbacks = functions("callbacks", callbacks)
        self.budget = Budget.of(options)
        self.position = Position()
        self.history = History(self.folder.history if self.folder else None, options.log_every)
        self.interruption = Interruption()
        self.best: Any = None  # the model's state_dict at the best validation in its turn
        self.last: Any = None  # and at the latest checkpoint, at first those to begin with
        self.restored = ""  # which weights the model was given at the end, in words
        self._final: Best | None = None  # a last validation out of turn, if it was the best
        self._clock = clock
        self._begun = False
        self._started = 0.0
        self._saved = 0  # the step of the latest checkpoint
        self._saved_at = 0.0  # and the seconds
        self._stopped = False
        self._ended = False

    def start(self, *, overwrite: bool = False) -> None:
        """Begin a new run; `run` does it where neither this nor `resume` was called.

        overwrite: replace another run in the folder; default: FileExistsError.
        """
        if self.folder:
            self.folder.begin(resume=False, overwrite=overwrite)
        self.last = self.task.stateful["model"].state_dict()
        self.history.clear()
        self._begun = True

    def resume(self) -> None:
        """Take up the run of the folder where its last checkpoint stands.

        Raises FileNotFoundError; CheckpointError where a checkpoint is damaged or holds what no run
        writes; ValueError where it is of other options, another model or other data, or where the
        history is damaged; nothing has been changed then.
        """
        if self.folder is None:
            raise ValueError("folder: expected one to resume from; got None")
        self.folder.begin(resume=True, overwrite=False)
        found = Resumption.read(self.folder, self.task, self.options)
        self.history.known()  # before anything is changed: it may be damaged
        with of_a_run(self.folder.last):
            found.take_up(self.task.stateful)
        self.folder.mend(found.content)
        self.best, self.last, self.position = found.best, found.states["model"], found.position
        self._saved, self._saved_at = found.position.step, found.position.seconds
        self.history.rewind(found.position.step, found.position.validated)
        self._begun = True

    def run(self) -> Iterator[Record]:
        """Train until a limit is reached; the last record is the end's.

        Ctrl-C or SIGTERM while the loop computes ends it after the present step, a second at once.
        Between two records it is the reader's own, who may keep it from breaking in there too:

            with loop.interruption:
                for record in loop.run(): ...

        Raises FileExistsError as `start`, and nothing of its own: a loss that is not finite ends
        the run with reason "diverged", before anything is updated or written.
        """
        records = self._records()
        while True:
            with self.interruption:  # not while this generator is suspended in its reader's loop
                record = next(records, None)
            if record is None:
                return
            yield record

    def __iter__(self) -> Iterator[Record]:
        """The same as `run`."""
        return self.run()

    def stop(self) -> None:
        """End the run after the present step, with a last validation and checkpoint."""
        self._stopped = True

    @property
    def result(self) -> RunResult:
        """What the run has left so far; all of it once it has ended."""
        return RunResult(tuple(self.history.records), self.task.monitor)

    @property
    def trained(self) -> dict[str, Any]:
        """How the model has been trained so far, for its folder."""
        best, here = self.result.best, self.position
        return {
            "options": self.options.to_json(),
            "steps": here.step,
            "seconds": here.seconds,
            "reason": self.result.end.reason if self._ended else None,
            "validation": None if best is None else asdict(best),
        }

    def _records(self) -> Iterator[Record]:
        if not self._begun:
            self.start()
        self._started = self._clock() - self.position.seconds
        self._final, self._ended = None, False
        try:
            reason = yield from self._until()
            yield from self._finish(reason)
            detail = ""
        except FloatingPointError as error:
            reason, detail = "diverged", str(error)
            self._final = None  # weights that could not be kept are not restored either
        self._restore(reason)
        self.interruption.wished = self._stopped = False  # it is fulfilled
        self._ended = True
        yield self._record(self._end(reason, detail))

    def _until(self) -> Generator[Record, None, str]:
        """Step after step until there is a reason to end; returns it."""
        here = self.position
        batches: Iterator[Any] = iter(())
        while True:
            reason = "interrupted" if self.interruption.wished else self._reason()
            if reason:
                return reason
            batch = next(batches, None)
            if batch is None:
                batches = self.task.batches.epoch(here.epoch, here.batch)
                continue
            yield self._record(self._step(batch))
            if self._due(self.options.validate_every) and self.task.evaluate:
                yield self._record(self._validate())
            if self._checkpoint_due() or here.validated == here.step:
                self._save(best=here.best_step == here.step)

    def _reason(self) -> str | None:
        here = self.position
        if self.options.patience is not None and here.stale >= self.options.patience:
            return "patience"
        if self._stopped:
            return "stopped"
        return self.budget.reached(here.step, self._epochs(), here.seconds)

    def _due(self, every: int | None) -> bool:
        """Whether a thing that happens each so many steps, or at an epoch's end, happens now."""
        return self.position.batch == 0 if every is None else self.position.step % every == 0

    def _checkpoint_due(self) -> bool:
        minutes = self.options.checkpoint_minutes
        late = minutes is not None and self.position.seconds - self._saved_at >= 60 * minutes
        return late or self._due(self.options.checkpoint_every)

    def _step(self, batch: Any) -> StepRecord:
        """One update. Raises FloatingPointError before it if the loss or gradient is not finite."""
        here, task = self.position, self.task
        if task.schedule:
            task.schedule.begin(self.progress())
        found = task.model.loss(batch, here.state)
        value = float(found.value.item()) / found.items
        if not math.isfinite(value):
            raise FloatingPointError(f"the loss of step {here.step + 1} is {value}")
        task.optimizer.zero_grad()
        # "sum": over the time steps, and the mean over the sequences
        divisor = batch.sequences if self.options.reduction == "sum" else found.items
        (found.value * (1.0 / divisor)).backward()
        norm = float(task.clip(task.model.parameters()))
        if not math.isfinite(norm):
            raise FloatingPointError(f"the gradient norm of step {here.step + 1} is {norm}")
        rate = task.optimizer.lr
        task.optimizer.step()
        here.advance(found.items, found.state, task.batches.length(here.epoch))
        self._tick()
        return StepRecord(here.step, self._epochs(), value, norm, rate, here.items, here.seconds)

    def _validate(self, *, in_turn: bool = True) -> ValidationRecord:
        """Validate; out of turn without any effect on where the run stands."""
        assert self.task.evaluate is not None
        here, monitor = self.position, self.task.monitor
        metrics = {name: float(value) for name, value in self.task.evaluate().items()}
        value, loss = self._monitored(metrics), metrics["loss"]
        # A perplexity may overflow; JSON has no word for that
        metrics = {name: found for name, found in metrics.items() if math.isfinite(found)}
        best = (
            here.judge(value, loss, monitor)
            if in_turn
            else monitor.improves(value, here.best, loss, here.loss_there)
        )
        weights = self.task.stateful["model"].state_dict() if best else None
        if best and in_turn:
            self.best = weights
        elif best:
            self._final = Best(value, here.step, weights)
        if in_turn and self.task.schedule:
            self.task.schedule.observe(value if monitor.better == "min" else -value)
        self._tick()
        return ValidationRecord(here.step, self._epochs(), metrics, best, here.seconds)

    def _monitored(self, metrics: Mapping[str, float]) -> float:
        """The metric that decides. Raises FloatingPointError where it or the loss is not finite."""
        name = self.task.monitor.name
        if name not in metrics:
            raise ValueError(f"monitor: expected one of {', '.join(metrics)}; got {name!r}")
        for one in ("loss", name):
            if not math.isfinite(metrics[one]):
                raise FloatingPointError(
                    f"the validation {one} at step {self.position.step} is {metrics[one]}"
                )
        return metrics[name]

    def _finish(self, reason: str) -> Iterator[Record]:
        """A last validation, unless Ctrl-C asks for haste, and a last checkpoint."""
        here, only = self.position, False
        if self.task.evaluate and here.validated != here.step and reason != "interrupted":
            # Out of turn: one that has a higher limit would not validate here. It says which
            # weights this run ends with, and a run that is resumed from here knows nothing of it.
            yield self._record(self._validate(in_turn=False))
            only = here.best_step is None  # the best of one, until there is one in its turn
        if self._saved != here.step or only:
            self._save(best=only)

    def _best(self) -> Best:
        return self._final or Best(self.position.best, self.position.best_step, self.best)

    def _restore(self, reason: str) -> None:
        """Give the model the best weights; after a divergence at least the last good ones."""
        best, model = self._best(), self.task.stateful["model"]
        if self.options.restore_best and best.weights is not None:
            model.load_state_dict(best.weights)
            self.restored = f"the weights of the best validation, at step {best.step}"
        elif reason == "diverged":
            model.load_state_dict(self.last)
            self.restored = f"the weights of step {self._saved}, the last that were kept"

    def _end(self, reason: str, detail: str) -> EndRecord:
        here, best = self.position, self._best()
        return EndRecord(
            here.step,
            self._epochs(),
            reason,
            detail,
            best.value,
            best.step,
            here.items,
            here.seconds,
        )

    def _save(self, *, best: bool) -> None:
        """Write a checkpoint. Raises FloatingPointError in place of writing useless weights."""
        here = self.position
        states = {name: entry.state_dict() for name, entry in self.task.stateful.items()}
        for name, weights in states["model"].items():
            if not np.isfinite(weights).all():
                raise FloatingPointError(f"{name} holds nan or infinity after step {here.step}")
        self._saved, self._saved_at, self.last = here.step, here.seconds, states["model"]
        if self.folder:
            content = {
                "position": here.to_tree(),
                "options": self.options.to_json(),
                "identity": dict(self.task.identity),
                "stateful": states,
            }
            self.folder.save(content, best=best)

    def _record(self, record: Record) -> Record:
        self.history.append(record)
        for callback in self.callbacks:
            callback(self, record)
        return record

    def _tick(self) -> None:
        self.position.seconds = self._clock() - self._started

    def _epochs(self) -> float:
        """Passes over the data, with the part of the present one."""
        here = self.position
        return here.epoch + here.batch / self.task.batches.length(here.epoch)

    def progress(self) -> Progress:
        """How far the run has come."""
        here = self.position
        return self.budget.progress(here.step, self._epochs(), here.seconds)
