"""Names of persons, places, organisations and others in news: CoNLL-2003 (Tjong Kim Sang and De
Meulder 2003), four columns a word, entities in IOB1. And the parts of speech of the same words,
which a tagger had set there.

pyrnn reads the files as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial
from pyrnn.models import SequenceTagger

FILES = tuple(f"conll2003/eng.{part}" for part in ("train", "testa", "testb"))
COUNTS = {"train": 14_041, "held out": 3_250, "test": 3_453}
COLUMNS = {"entities": 3, "parts of speech": 1}
FALLING = {"learning_rate": 2e-3, "schedule": "cosine"}
TRIALS = {
    "entities": Trial(options={**FALLING, "epochs": 15}),
    "parts of speech": Trial(options={**FALLING, "epochs": 8}),
}
GOALS: Mapping[str, tuple[str, float]] = {
    "entities": ("f1", 0.81),
    "parts of speech": ("accuracy", 0.94),
}


def run(what: str, folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`. One seed, since it takes long; testa picks the epoch, testb is the test."""
    columns = {"word": 0, "label": COLUMNS[what]}
    train, held, test = (
        SequenceTagger().examples(folder / name, columns=columns) for name in FILES
    )
    seed = effort.seeds[0]
    fitted = TRIALS[what].fit(SequenceTagger, train, held, seed=seed, quick=effort.quick)
    rows = [row("defaults", seed, fitted.model.evaluate(test), fitted.row())]
    counts = {"train": len(train), "held out": len(held), "test": len(test)}
    found = result(counts, rows)
    metric, least = GOALS[what]
    return {**found, "goals": [goal(metric, found["mean"]["defaults"][metric], least=least)]}


ENTITIES = Task(
    name="entities",
    title="Named entities, CoNLL-2003",
    files=FILES,
    counts=COUNTS,
    about="Which words of news name a person, a place, an organisation or something else, by "
    "words, characters and a CRF, without vectors from elsewhere. testa picks the epoch, testb is "
    "the test; F1 is that of conlleval.",
    run=partial(run, "entities"),
)
PARTS_OF_SPEECH = Task(
    name="parts-of-speech",
    title="Parts of speech, CoNLL-2003",
    files=FILES,
    counts=COUNTS,
    about="The parts of speech of the same words, 45 labels that a tagger had set, errors and all.",
    run=partial(run, "parts of speech"),
)
