"""The language of a name, letter by letter, beside a bag of its letters (18 languages, of the
PyTorch tutorials).

A name that stands more than once in a language counts once. One that stands in several languages
is kept in each, since that is how names are: nobody can tell them all. All rows of a name are held
out together.
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial, by_held_out
from pyrnn.data import hold_out
from pyrnn.data.readers import read_rows
from pyrnn.models import SequenceClassifier
from pyrnn.models.examples import Examples

FOLDER = "names/"  # a file a language, a name a line
HEADER = TEXT, LABEL = "name", "language"
LETTERS: dict[str, Any] = {"unit": "characters"}
BAG = {**LETTERS, "encoder": "bag"}
TRIGRAMS = {**BAG, "ngrams": 3, "buckets": 1 << 16}
LAST = {**LETTERS, "pooling": "last"}
FAST: dict[str, Any] = {"learning_rate": 3e-3}
FASTER: dict[str, Any] = {"learning_rate": 1e-2}
# Of each, the settings that are tried. Both ways was added when the last state, one way, had been
# tested (accuracy .821, macro .436); it was chosen by validation.
MODELS = {
    "LSTM": {
        "defaults": Trial(LETTERS),
        "3e-3": Trial(LETTERS, FAST),
        "3e-3, last state": Trial(LAST, FAST),
        "3e-3, last states, both ways": Trial({**LAST, "bidirectional": True}, FAST),
    },
    "bag": {
        "defaults": Trial(BAG),
        "3e-3": Trial(BAG, FAST),
        "1e-2, 20 epochs": Trial(BAG, {**FASTER, "epochs": 20}),
    },
    # What it knows of order is that within three letters, which is much: no goal is above it
    "bag of trigrams": {
        "3e-3": Trial(TRIGRAMS, FAST),
        "1e-2": Trial(TRIGRAMS, FASTER),
    },
}
WEIGHTS = {"": "none", ", balanced": "balanced"}  # of the classes
COUNTS = {"rows": 18_012, "names": 17_450, "in several languages": 469}
TEST, HELD = 0.2, 0.1  # of the names, and of those that are left


def pairs(folder: Path) -> list[tuple[str, str]]:
    """(name, language), each once, in the order of the files."""
    rows = read_rows(folder)
    return list(dict.fromkeys((one.values["text"].strip(), one.values["label"]) for one in rows))


def read(folder: Path, scratch: Path) -> tuple[Examples, dict[str, int]]:
    """The pairs; their groups are the names. Beside them what there is to count."""
    found = pairs(folder / FOLDER)
    path = scratch / "names.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(found)
    languages = Counter(name for name, _ in found)
    counts = {
        "rows": len(found),
        "names": len(languages),
        "in several languages": sum(count > 1 for count in languages.values()),
    }
    examples = SequenceClassifier().examples(path, text=TEXT, label=(LABEL,), split_by=TEXT)
    return examples, counts


def parted(every: Examples, share: float) -> tuple[Examples, Examples]:
    """Names to train on, and a share that is held out, each language in both."""
    labels: Any = every.targets
    fitted, held = hold_out(len(every), share, 0, labels, every.groups)
    return every.some(fitted), every.some(held)


def best_possible(test: Examples) -> float:
    """The accuracy of one who knows every name of the test set: of a name in several languages
    one row at most can be told."""
    return len(set(test.groups or ())) / len(test)


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`."""
    with tempfile.TemporaryDirectory() as scratch:
        every, counts = read(folder, Path(scratch))
    rest, test = parted(every, TEST)
    train, held = parted(rest, HELD)
    rows, tried, quick = [], [], effort.quick
    for model, trials in MODELS.items():
        chosen = by_held_out(trials, SequenceClassifier, train, held, quick=quick)
        tried += [{"model": model, **one} for one in chosen.tried]
        for words, weights in WEIGHTS.items():
            options = {**chosen.trial.options, "class_weights": weights}
            for seed in effort.seeds:
                trial = Trial(chosen.trial.config, options)
                fitted = trial.fit(SequenceClassifier, train, held, seed=seed, quick=quick)
                metrics = fitted.model.evaluate(test)
                rows.append(row(f"{model}{words}", seed, metrics, fitted.row()))
    found = result(counts, rows, tried=tried, best_possible=round(best_possible(test), 4))
    return {**found, "goals": list(goals(found["mean"]))}


def goals(reached: dict[str, dict[str, float]]) -> Iterator[dict[str, Any]]:
    """The network is above the bag in both accuracies, whether classes weigh the same or not."""
    for weights in WEIGHTS:
        network, bag = reached[f"LSTM{weights}"], reached[f"bag{weights}"]
        for metric, words in (("accuracy", "accuracy"), ("balanced_accuracy", "macro accuracy")):
            yield goal(f"LSTM{weights}: {words}", network[metric], above=bag[metric])


TASK = Task(
    name="names",
    title="The language of a name",
    files=(FOLDER,),
    counts=COUNTS,
    about="Which of 18 languages a name is of, letter by letter, beside bags of letters and of "
    "three in a row. Names that stand twice in a language count once; those of several languages "
    "stay in each. A fifth of the names is the test set, a tenth of the others picks settings and "
    "epoch. Balanced: classes weigh the same in training. Macro accuracy is the mean over the "
    "languages.",
    run=run,
)
