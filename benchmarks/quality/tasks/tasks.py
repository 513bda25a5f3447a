"""The list of tasks."""

from __future__ import annotations

from benchmarks.quality.tasks import (
    addition,
    airline,
    digits,
    engines,
    etth1,
    mosaics,
    names,
    names_by_language,
    spelled_numbers,
    splice,
    spoken_digits,
    strips,
    strips_ctc,
    translation,
    vowels,
    word_order,
)
from benchmarks.quality.tasks.entities import ENTITIES, PARTS_OF_SPEECH
from benchmarks.quality.tasks.task import Task

TASKS: dict[str, Task] = {
    one.TASK.name: one.TASK
    for one in (
        *(vowels, splice, digits, engines, names, word_order, strips),
        *(spelled_numbers, addition, translation, strips_ctc, spoken_digits),
        *(mosaics, names_by_language, etth1, airline),
    )
}
TASKS |= {task.name: task for task in (ENTITIES, PARTS_OF_SPEECH)}
