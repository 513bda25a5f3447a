"""Names by language, letter by letter (18 languages, of the PyTorch tutorials): what a captioner
draws for a language, and whether another model, which knows names alone, takes it for that.

The judge is a bag of trigrams that learns the language of the training names. It is wrong about
many names that people have, too: what it says of the test names is what there is to compare with.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.names import COUNTS, FOLDER, HELD, TEST, TRIGRAMS, parted, read
from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial
from pyrnn.models import Captioner, Examples, SequenceClassifier

NOWHERE = "any"  # the language of all names, for the model that is not told
JUDGE = Trial(TRIGRAMS, {"learning_rate": 3e-3, "class_weights": "balanced"})
TRIAL = Trial(options={"epochs": 20, "learning_rate": 2e-3, "schedule": "cosine"})
SAMPLES = 100  # of each language


def captions(examples: Examples, told: bool) -> Examples:
    """Languages and their names; not told, all of one language."""
    names, languages = list(examples.inputs), list(examples.targets or ())
    return Examples([(each if told else NOWHERE,) for each in languages], names)


def recognized(judge: Any, names: Sequence[str], languages: Sequence[str]) -> float:
    """The share that the judge takes for what they are to be, the mean over languages."""
    said = [one.label for one in judge.predict(names)]
    right = np.array([a == b for a, b in zip(said, languages, strict=True)])
    each = [right[np.array(languages) == one].mean() for one in sorted(set(languages))]
    return float(np.mean(each))


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`."""
    with tempfile.TemporaryDirectory() as scratch:
        every, counts = read(folder, Path(scratch))
    rest, test = parted(every, TEST)
    train, held = parted(rest, HELD)
    quick = effort.quick
    judge = JUDGE.fit(SequenceClassifier, train, held, quick=quick).model
    languages = sorted(set(train.targets or ()))
    asked = [each for each in languages for _ in range(2 if quick else SAMPLES)]
    rows = []
    for told, model in ((True, "told the language"), (False, "not told")):
        for seed in effort.seeds:
            parts = [captions(one, told) for one in (train, held, test)]
            fitted = TRIAL.fit(Captioner, *parts[:2], seed=seed, quick=quick)
            inputs = [(each if told else NOWHERE,) for each in asked]
            drawn = [each.text for each in fitted.model.predict(inputs, sample=True, seed=seed)]
            metrics = {
                "perplexity": fitted.model.evaluate(parts[2])["perplexity"],
                "recognized": recognized(judge, drawn, asked),
                "new": float(np.mean([name not in set(train.inputs) for name in drawn])),
            }
            rows.append(row(model, seed, metrics, fitted.row()))
    real = round(recognized(judge, list(test.inputs), list(test.targets or ())), 4)
    found = result(counts, rows, recognized_of_test_names=real)
    told_, not_ = found["mean"]["told the language"], found["mean"]["not told"]
    words = f"recognized (of the test names themselves {real:.3g}), told the language"
    less = not_["perplexity"] - told_["perplexity"]
    goals = [
        goal(words, told_["recognized"], above=not_["recognized"]),
        goal("perplexity, less by", less, above=0),
    ]
    return {**found, "goals": goals}


TASK = Task(
    name="names-by-language",
    title="Names by language",
    files=(FOLDER,),
    counts=COUNTS,
    about="A captioner writes names for 18 languages, letter by letter; a bag of trigrams, which "
    "learnt the language of the same training names, says how many of 100 draws a language it "
    "takes for that language, beside how many of the test names. New: names that no training row "
    "has. Not told: the same without the language. Perplexity is that of test names, by letters.",
    run=run,
)
