"""A small case of every family: what the tests of this folder are parametrized by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pyrnn.files.content import Content
from pyrnn.kernels.stack import CELLS
from pyrnn.models import family

DTYPES = ("float32", "float64")


def cells(**settings: Any) -> dict[str, dict[str, Any]]:
    """Settings with every cell, in both precisions."""
    return {
        f"{cell}-{dtype}": {**settings, "cell": cell, "dtype": dtype}
        for cell in CELLS
        for dtype in DTYPES
    }


@dataclass(frozen=True)
class Case:
    """data, valid: as `fit` takes them, so that an epoch has six batches under the options.
    inputs: as `predict` takes them, of unequal lengths. settings: of a small network with dropout.
    networks: settings of others, by name. file, lines: files with the data, and the inputs."""

    family: str
    settings: Mapping[str, Any]
    options: Mapping[str, Any]
    data: tuple[Any, ...]
    valid: tuple[Any, ...]
    inputs: list[Any]
    file: Content
    lines: Content
    networks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def kind(self) -> Any:
        return family(self.family)

    def model(self) -> Any:
        """One that is not built yet."""
        return self.kind(**self.settings)

    def built(self) -> Any:
        return self.model().for_data(*self.data)

    def trained(self, **more: Any) -> Any:
        """A model after some steps."""
        model = self.model()
        self.fit(model, **more)
        return model

    def fit(self, model: Any, **more: Any) -> Any:
        return model.fit(*self.data, **self.arguments(**more))

    def arguments(self, **more: Any) -> dict[str, Any]:
        """Of `fit` and `training`."""
        return {"valid": self.valid, **self.options, **more}


CHANCE = np.random.default_rng(0)

TEXT = "".join(CHANCE.choice(list("abcdefg \n"), size=30)) * 5
LM = Case(
    family="lm",
    settings={"hidden_size": 7, "num_layers": 2, "dropout_output": 0.1, "dropout_between": 0.1},
    options={"batch_size": 3, "bptt": 8, "shift": True, "max_steps": 12, "log_every": 1},
    data=(TEXT[:145],),
    valid=(TEXT[40:90],),
    inputs=["ab", "", "gfedc ba", "c"],
    file=Content("book.txt", TEXT[:145].encode()),
    lines=Content("-", b"ab\n\ngfedc ba\nc\n"),
    networks={
        **cells(embedding_size=5, init="torch"),
        "tied": {"cell": "gru", "tied": True, "embedding_size": 5},
        "adaptive": {"softmax": "adaptive", "cutoffs": (3, 6)},
        "words": {"unit": "words", "min_count": 2},
        "bytes": {"unit": "bytes"},
    },
)

WORDS = [
    "the",
    "film",
    "was",
    "good",
    "bad",
    "long",
    "dull",
    "fine",
    "a",
    "bit",
    "too",
    "very",
    "not",
]
TEXTS = [" ".join(CHANCE.choice(WORDS, size=n % 7)) for n in range(24)]
LABELS = ["good" if "good" in text or "fine" in text else "bad" for text in TEXTS]
BAG = {"encoder": "bag", "hidden_size": 128, "dropout_output": 0.5}  # those two at their defaults
CLASSIFY = Case(
    family="classify",
    settings={"hidden_size": 7, "dropout_output": 0.1},
    options={"batch_size": 4, "max_steps": 12, "log_every": 1, "class_weights": "balanced"},
    data=(TEXTS, LABELS),
    valid=(TEXTS[3:9], LABELS[3:9]),
    inputs=["a good film", "", "a film of another kind", "bad", "not good, not bad"],
    file=Content(
        "reviews.csv",
        "\n".join(
            ["text,label", *(f"{t},{y}" for t, y in zip(TEXTS, LABELS, strict=True))]
        ).encode(),
    ),
    lines=Content("-", b"a good film\n\na film of another kind\nbad\nnot good, not bad\n"),
    networks={
        **cells(num_layers=2, dropout_between=0.1, dropout_input=0.1, init="torch"),
        "both ways": {"bidirectional": True, "cell": "gru"},
        "mean": {"pooling": "mean"},
        "max": {"pooling": "max", "unit": "characters"},
        "attention": {"pooling": "attention", "bidirectional": True, "max_length": 3},
        "bag": BAG,
        "bag of n-grams": {**BAG, "ngrams": 3, "buckets": 64, "dtype": "float64"},
    },
)

NUMBERS = [[float(x) for x in CHANCE.integers(-9, 10, n % 5)] for n in range(24)]
TOTALS = [sum(numbers) for numbers in NUMBERS]
ROWS = zip(NUMBERS, TOTALS, strict=True)
SUMS = Case(
    family="sums",
    settings={"hidden_size": 3},
    options={"batch_size": 4, "max_steps": 12, "log_every": 1},
    data=(NUMBERS, TOTALS),
    valid=(NUMBERS[3:9], TOTALS[3:9]),
    inputs=[[1.0, 2.0], [], [-3.5], [0.25] * 9],
    file=Content(
        "sums.tsv",
        "\n".join(["total\tnumbers", *(f"{y}\t{' '.join(map(str, x))}" for x, y in ROWS)]).encode(),
    ),
    lines=Content("-", b"1 2\n\n-3.5\n" + b"0.25 " * 9 + b"\n"),
)

CASES = {case.family: case for case in (LM, CLASSIFY, SUMS)}
NETWORKS = {
    f"{case.family}: {name}": replace(case, settings={**case.settings, **settings})
    for case in CASES.values()
    for name, settings in {"as it is": {}, **case.networks}.items()
}
TOY = {"sums": f"{__package__}.toy_family:Sums"}  # a family's line in the list
