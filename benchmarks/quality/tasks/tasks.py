"""The list of tasks."""

from __future__ import annotations

from benchmarks.quality.tasks import digits, engines, names, splice, vowels, word_order
from benchmarks.quality.tasks.task import Task

TASKS: dict[str, Task] = {
    one.TASK.name: one.TASK for one in (vowels, splice, digits, engines, names, word_order)
}
