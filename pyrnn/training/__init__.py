"""Training: a loop that yields records, and what it leaves on disk.

    options.py        every setting of a run: TrainingOptions
    task.py           what the loop knows of a model, its data and its updates: protocols
    module_task.py    a module, its batches and options as a task
    learning_rate.py  the learning rate as a function of progress
    loop.py           the loop: a generator of records
    budget.py         when a run ends, and how much of it is over
    position.py       where a run stands
    records.py        the records, and what says which validation is best
    result.py         what a run leaves
    identity.py       whether a checkpoint is of the same run
    resumption.py     what a run that is resumed takes up
    history.py        the records as JSON lines
    interruption.py   Ctrl-C and SIGTERM as a wish to end
    progress.py       a run on the terminal

It knows neither tensors nor layers: a model is `loss(batch, state)` and `parameters()`.
"""

from __future__ import annotations

from pyrnn.files.checkpoint import CheckpointError, read_checkpoint, write_checkpoint
from pyrnn.files.run_folder import RUN_FILES, RunFolder
from pyrnn.training.budget import Budget, Progress
from pyrnn.training.history import History, read_history
from pyrnn.training.loop import DivergenceError, Loop
from pyrnn.training.module_task import module_task
from pyrnn.training.options import OPTIMIZERS, REDUCTIONS, SCHEDULES, TrainingOptions
from pyrnn.training.position import Position
from pyrnn.training.records import (
    REASONS,
    EndRecord,
    Monitor,
    Record,
    StepRecord,
    ValidationRecord,
)
from pyrnn.training.result import RunResult
from pyrnn.training.task import Batches, Loss, Objective, Task

__all__ = [
    "TrainingOptions",
    "OPTIMIZERS",
    "SCHEDULES",
    "REDUCTIONS",
    "Task",
    "module_task",
    "Loss",
    "Objective",
    "Batches",
    "Loop",
    "DivergenceError",
    "Budget",
    "Progress",
    "Position",
    "Record",
    "StepRecord",
    "ValidationRecord",
    "EndRecord",
    "Monitor",
    "RunResult",
    "REASONS",
    "RunFolder",
    "RUN_FILES",
    "CheckpointError",
    "read_checkpoint",
    "write_checkpoint",
    "History",
    "read_history",
]
