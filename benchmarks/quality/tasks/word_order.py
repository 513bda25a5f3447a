"""The verdict of a sentence whose words alone say nothing.

    the acting was superb to my mind but the plot was really dull       bad
    the acting was dull to my mind but the plot was really superb       good

What comes after "but" counts, wherever it stands: words that say nothing come between. Each
sentence has the other half of its pair beside it, of the same words and the opposite verdict, so
that a bag of words is right on exactly one of the two. Pairs of a good and a bad word are trained
on or tested, never both: each word is known, no pair is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.tasks.result import goal, result, row
from benchmarks.quality.tasks.task import Effort, Task
from benchmarks.quality.tasks.trial import Trial
from pyrnn.data import hold_out
from pyrnn.models import SequenceClassifier
from pyrnn.models.encoders.settings import ENCODERS
from pyrnn.models.examples import Examples

GOOD = (
    "superb lovely brilliant charming moving witty fresh clever gripping funny warm elegant tender "
    "bold vivid graceful honest lively sharp touching"
)
BAD = (
    "dull awful boring clumsy weak silly stale tedious bland ugly flat crude hollow lame dreary "
    "shallow noisy tired messy pointless"
)
THINGS = "acting plot music script ending pace dialogue camera cast humour"
ADVERBS = ("", "really", "quite", "at times", "almost always")  # of no, one and two words
REMARKS = ("", "today", "to my mind", "as far as I could tell")  # of no, one, three and six words
SENTENCES = 2  # of a pair of words, each way round
TEST, HELD = 0.25, 0.1  # of the pairs, and of those that are left
BAG, LEAST = 0.5, 0.95
MODELS = {name: Trial({"encoder": name}) for name in ENCODERS}


def generated(seed: int = 0) -> Examples:
    """All sentences; their groups are the pairs of words."""
    draw = np.random.default_rng(seed)
    every, texts, labels, groups = THINGS.split(), [], [], []
    for good, bad in product(GOOD.split(), BAD.split()):
        for _ in range(SENTENCES):
            things = [every[k] for k in draw.permutation(len(every))[:2]]
            adverbs = [ADVERBS[k] for k in draw.integers(len(ADVERBS), size=2)]
            remarks = [REMARKS[k] for k in draw.integers(len(REMARKS), size=2)]
            for words, label in (((bad, good), "good"), ((good, bad), "bad")):
                texts.append(" but ".join(_clauses(things, adverbs, words, remarks)))
                labels.append(label)
                groups.append(f"{good} {bad}")
    return Examples(texts, labels, groups=groups)


def _clauses(*parts: Any) -> Iterator[str]:
    for thing, adverb, word, remark in zip(*parts, strict=True):
        yield " ".join(f"the {thing} was {adverb} {word} {remark}".split())


def parted(every: Examples, share: float) -> tuple[Examples, Examples]:
    """Pairs to train on, and a share that is held out."""
    fitted, held = hold_out(len(every), share, 0, groups=every.groups)
    return every.some(fitted), every.some(held)


def run(folder: Path, effort: Effort) -> dict[str, Any]:
    """See `Task`. It needs no file of the folder."""
    every = generated()
    rest, test = parted(every, TEST)
    train, held = parted(rest, HELD)
    rows = []
    for name, trial in MODELS.items():
        for seed in effort.seeds:
            fitted = trial.fit(SequenceClassifier, train, held, seed=seed, quick=effort.quick)
            rows.append(row(name, seed, fitted.model.evaluate(test), fitted.row()))
    counts = {"train": len(train), "held out": len(held), "test": len(test)}
    found = result(counts, rows)
    accuracy = {name: found["mean"][name]["accuracy"] for name in MODELS}
    goals = [
        goal("bag: accuracy", accuracy["bag"], most=BAG),
        goal("recurrent: accuracy", accuracy["recurrent"], least=LEAST),
    ]
    return {**found, "goals": goals}


TASK = Task(
    name="word-order",
    title="Word order",
    files=(),
    counts={"train": 1080, "held out": 120, "test": 400},
    about="Generated sentences in pairs of the same words and opposite verdicts: what comes after "
    "`but` counts. Pairs of a good and a bad word that are tested are in no other sentence. "
    "Held-out pairs pick the epoch; all else is as the defaults have it.",
    run=run,
)
