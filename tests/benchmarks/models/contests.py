"""Small contests of training: what is trained on what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.models import classifier, tagger, translator
from benchmarks.models.contest import Contest
from benchmarks.quality.imdb import Reviews
from pyrnn.models import Examples

COUNT = 79  # of examples: five batches, the last one short
OPTIONS = {"batch_size": 16, "learning_rate": 2e-2}


def reviews(cell: str, **options: Any) -> Contest:
    """A word more decides, among others that say nothing."""
    draw = np.random.default_rng(0)
    labels = ["neg", "pos"] * (COUNT // 2) + ["neg"]
    texts = [
        " ".join(["went"] * draw.integers(0, 20) + [f"film{k}", "a", "bad" if s == "neg" else "so"])
        for k, s in enumerate(labels)
    ]
    config = replace(classifier.CONFIG, hidden_size=8, embedding_size=6, max_length=20, cell=cell)
    return classifier.contest(Reviews(texts, labels), config, _options(classifier, options))


def sentences(cell: str, **options: Any) -> Contest:
    """Names among words, of one word or two."""
    draw = np.random.default_rng(0)
    inputs, labels = [], []
    for _ in range(COUNT):
        names = draw.random(draw.integers(1, 12)) < 0.4
        inputs.append(tuple(f"{'N' if n else 'w'}{draw.integers(9)}" * (1 + n) for n in names))
        before = [False, *names[:-1].tolist()]
        labels.append(
            [f"{'I' if b else 'B'}-X" if n else "O" for n, b in zip(names, before, strict=True)]
        )
    config = replace(tagger.CONFIG, hidden_size=8, embedding_size=6, character_size=5, cell=cell)
    return tagger.contest(Examples(inputs, labels), config, _options(tagger, options))


def pairs(cell: str, **options: Any) -> Contest:
    """Words, in another language and in the other order."""
    draw = np.random.default_rng(0)
    ids = [draw.integers(0, 9, draw.integers(1, 12)).tolist() for _ in range(COUNT)]
    sources = [" ".join(f"s{k}" for k in each) for each in ids]
    targets = [" ".join(f"t{k}" for k in each[::-1]) for each in ids]
    config = replace(translator.CONFIG, hidden_size=8, embedding_size=6, cell=cell)
    return translator.contest((sources, targets), config, _options(translator, options))


def _options(module: Any, options: dict[str, Any]) -> Any:
    return replace(module.OPTIONS, **{**OPTIONS, **options})


CONTESTS: dict[str, Callable[..., Contest]] = {
    "classifier": reviews,
    "tagger": sentences,
    "translator": pairs,
}
