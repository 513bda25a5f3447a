"""A small case of every family: what the tests of this folder are parametrized by."""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pyrnn.data.series import Series
from pyrnn.files.content import Content
from pyrnn.models import Examples, family
from pyrnn.models.encoders import ENCODERS
from pyrnn.models.stack_settings import LAYERS

DTYPES = ("float32", "float64")


def cells(first: int, **settings: Any) -> dict[str, dict[str, Any]]:
    """Settings with every cell, in the precisions by turns; `first` is that of the first cell.

    So a family has every cell and both precisions, and families that begin with another one have
    every cell in both.
    """
    turns = itertools.cycle([DTYPES[first], DTYPES[1 - first]])
    return {
        f"{cell}-{dtype}": {**settings, "cell": cell, "dtype": dtype}
        for cell, dtype in zip(LAYERS, turns, strict=False)
    }


@dataclass(frozen=True)
class Case:
    """data, valid: as `fit` takes them, so that an epoch has six batches under the options.
    inputs: as `predict` takes them, of unequal lengths. settings: of a small network with dropout.
    networks: settings of others, by name. file, lines: files with the data, and the inputs;
    columns: of both, where they are not those of the class. alike: whether an evaluation measures
    what a validation does."""

    family: str
    settings: Mapping[str, Any]
    options: Mapping[str, Any]
    data: tuple[Any, ...]
    valid: tuple[Any, ...]
    inputs: list[Any]
    file: Content
    lines: Content
    networks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)
    alike: bool = True

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
    settings={
        "hidden_size": 7,
        "num_layers": 2,
        "dropout_output": 0.1,
        "dropout_between": 0.1,
        "zoneout": 0.1,
        "recurrent_dropout": 0.1,
        "weight_drop": 0.1,
    },
    options={"batch_size": 3, "bptt": 8, "shift": True, "max_steps": 12, "log_every": 1},
    data=(TEXT[:145],),
    valid=(TEXT[40:90],),
    inputs=["ab", "", "gfedc ba", "c"],
    file=Content("book.txt", TEXT[:145].encode()),
    lines=Content("-", b"ab\n\ngfedc ba\nc\n"),
    networks={
        **cells(0, embedding_size=5, init="torch"),
        "tied": {"cell": "gru", "tied": True, "embedding_size": 5},
        "adaptive": {"softmax": "adaptive", "cutoffs": (3, 6)},
        "words": {"unit": "words", "min_count": 2},
        "bytes": {"unit": "bytes"},
        "normalised": {"cell": "gru", "layer_norm": True},
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
        **cells(1, num_layers=2, dropout_between=0.1, dropout_input=0.1, init="torch"),
        "both ways": {"bidirectional": True, "cell": "gru"},
        "mean": {"pooling": "mean"},
        "max": {"pooling": "max", "unit": "characters"},
        "attention": {"pooling": "attention", "bidirectional": True, "max_length": 3},
        "noise": {
            "bidirectional": True,
            "zoneout": (0.1, 0.2),
            "recurrent_dropout": 0.2,
            "weight_drop": 0.2,
        },
        "conv": {**BAG, "encoder": "conv", "widths": (2, 5), "filters": 7, "embedding_size": 5},
        "window": {"encoder": "window", "window": 4},
        "bag": BAG,
        "bag of n-grams": {**BAG, "ngrams": 3, "buckets": 64, "dtype": "float64"},
    },
)


def long_table(frames, **beside):
    """A step a row, with what stands beside the sequences."""
    names = [f"x{k}" for k in range(frames[0].shape[1])]
    lines = [",".join(["id", *names, *beside])]
    for number, one in enumerate(frames):
        for t, step in enumerate(one):
            cells = [values[number] for values in beside.values()]
            cells = [cell[t] if isinstance(cell, np.ndarray) else cell for cell in cells]
            lines.append(",".join(map(str, [number, *step.tolist(), *cells])))
    return "\n".join(lines).encode()


FRAMES = [CHANCE.normal(size=(1 + n % 6, 3)).round(3) for n in range(24)]
KINDS = ["up" if one.sum() > 0 else "down" for one in FRAMES]
SITES = [["north", "south"][n % 2] for n in range(24)]
STATIC = [[float(n % 5), SITES[n]] for n in range(24)]
FRAMES_CLASSIFY = Case(
    family="classify",
    settings={"hidden_size": 7, "cell": "gru"},
    options={"batch_size": 4, "max_steps": 12, "log_every": 1, "label_smoothing": 0.1},
    data=(FRAMES, KINDS, STATIC),
    valid=(FRAMES[3:9], KINDS[3:9], STATIC[3:9]),
    inputs=Examples(FRAMES[:5], static=STATIC[4:9]),
    file=Content(
        "trials.csv",
        long_table(FRAMES, age=[age for age, _ in STATIC], site=SITES, label=KINDS),
    ),
    lines=Content(
        "new.csv",
        long_table(FRAMES[:5], age=[age for age, _ in STATIC[4:9]], site=SITES[4:9]),
    ),
    columns={"id": "id", "features": "x0:x2", "static": "age,site"},
    networks={
        "both ways": {"bidirectional": True, "cell": "lstm", "num_layers": 2},
        "last": {"pooling": "last", "scale": "none", "max_length": 3, "keep": "first"},
        **{
            name: {**BAG, "encoder": name, "cell": "lstm"}
            for name in ENCODERS
            if name != "recurrent"
        },
    },
)

TAGS = [[tag for tag in ("bad", "dull", "good") if tag in text] for text in TEXTS]
SEVERAL = Case(
    family="classify",
    settings={"hidden_size": 7},
    options={"batch_size": 4, "max_steps": 12, "log_every": 1},
    data=(TEXTS, TAGS),
    valid=(TEXTS[3:9], TAGS[3:9]),
    inputs=CLASSIFY.inputs,
    file=Content(
        "films.csv",
        "\n".join(
            [
                "text,bad,dull,good",
                *(
                    f"{t},{+('bad' in y)},{+('dull' in y)},{+('good' in y)}"
                    for t, y in zip(TEXTS, TAGS, strict=True)
                ),
            ]
        ).encode(),
    ),
    lines=CLASSIFY.lines,
    columns={"label": "bad,dull,good"},
    networks={"balanced bag": BAG},
)

LOADS = [np.cumsum(one[:, :2], axis=0).round(3) for one in FRAMES]  # a row a step
REGRESS = Case(
    family="regress",
    settings={"hidden_size": 7},
    options={"batch_size": 4, "max_steps": 12, "log_every": 1},
    data=(FRAMES, [load[-1].tolist() for load in LOADS]),
    valid=(FRAMES[3:9], [load[-1].tolist() for load in LOADS[3:9]]),
    inputs=FRAMES[:5],
    file=Content(
        "loads.csv",
        long_table(
            FRAMES, low=[load[-1, 0] for load in LOADS], high=[load[-1, 1] for load in LOADS]
        ),
    ),
    lines=Content("new.csv", long_table(FRAMES[:5])),
    columns={"id": "id", "features": "x0:x2", "target": "low,high"},
    networks={**cells(0, num_layers=2, dropout_between=0.1), "absolute": {"error": "absolute"}},
)
EVERY_STEP = replace(
    REGRESS,
    data=(FRAMES, LOADS),
    valid=(FRAMES[3:9], LOADS[3:9]),
    file=Content(
        "loads.csv",
        long_table(FRAMES, low=[load[:, 0] for load in LOADS], high=[load[:, 1] for load in LOADS]),
    ),
    settings={"hidden_size": 7, "zoneout": (0.2, 0.1), "weight_drop": 0.1},
    networks={"truncated": {"max_length": 3}},
    alike=False,
)

# What is told of a film: its first word begins a span
SENTENCES = [CHANCE.choice(WORDS, size=1 + n % 6).tolist() for n in range(24)]
SPANS = [
    ["B-WHAT" if word == "the" else "I-WHAT" if word == "film" else "O" for word in words]
    for words in SENTENCES
]
LISTS = [
    ["a", "good", "film"],
    [],
    ["a", "film", "of", "another", "Kind"],
    ["the"],
    ["the", "film"],
]
TAG = Case(
    family="tag",
    settings={"hidden_size": 7, "embedding_size": 5, "character_features": 6},
    options={"batch_size": 4, "max_steps": 12, "log_every": 1},
    data=(SENTENCES, SPANS),
    valid=(SENTENCES[3:9], SPANS[3:9]),
    inputs=LISTS,
    file=Content(
        "films.conll",
        "\n".join(
            "".join(f"{word} {label}\n" for word, label in zip(words, labels, strict=True))
            for words, labels in zip(SENTENCES, SPANS, strict=True)
        ).encode(),
    ),
    lines=Content("-", "".join(" ".join(words) + "\n" for words in LISTS).encode()),
    networks={
        **cells(1, num_layers=2, dropout_between=0.1, init="torch"),
        "softmax": {"output_layer": "softmax", "lowercase": False},
        "letters both ways": {"characters": "lstm", "unknown_rate": 0.9},
        "words alone": {"characters": "none", "character_features": 30, "bidirectional": False},
        "plain labels": {"scheme": "none", "output_layer": "crf", "min_count": 2},
        "noise": {"zoneout": (0.1, 0.2), "recurrent_dropout": 0.2, "weight_drop": 0.2},
    },
)

STATES = [["high" if step[0] > 0 else "low" for step in one] for one in FRAMES]
FRAMES_TAG = Case(
    family="tag",
    settings={"hidden_size": 7},
    options={"batch_size": 4, "max_steps": 12, "log_every": 1},
    data=(FRAMES, STATES, STATIC),
    valid=(FRAMES[3:9], STATES[3:9], STATIC[3:9]),
    inputs=Examples(FRAMES[:5], static=STATIC[4:9]),
    file=Content(
        "states.csv",
        long_table(
            FRAMES, age=[age for age, _ in STATIC], site=SITES, state=[*map(np.array, STATES)]
        ),
    ),
    lines=Content(
        "new.csv",
        long_table(FRAMES[:5], age=[age for age, _ in STATIC[4:9]], site=SITES[4:9]),
    ),
    columns={"id": "id", "features": "x0:x2", "static": "age,site", "label": "state"},
    networks={
        "crf": {"output_layer": "crf", "dropout_input": 0.1},
        "one way": {"bidirectional": False, "cell": "gru", "dtype": "float64"},
    },
)


TURNED = [" ".join(word[::-1] for word in text.split()[::-1]) for text in TEXTS]
PAIRS = "\n".join(["source,target", *(f"{x},{y}" for x, y in zip(TEXTS, TURNED, strict=True))])
SMALL = {"hidden_size": 7, "embedding_size": 5}
TRANSLATE = Case(
    family="translate",
    settings=SMALL,
    options={"batch_size": 4, "max_steps": 12, "log_every": 1, "label_smoothing": 0.1},
    data=(TEXTS, TURNED),
    valid=(TEXTS[3:9], TURNED[3:9]),
    inputs=["a good film", "", "Kiew!", "bad", "not too long, not too bad"],
    file=Content("pairs.csv", PAIRS.encode()),
    lines=Content("-", b"a good film\n\nKiew!\nbad\nnot too long, not too bad\n"),
    networks={
        **cells(0, attention="none", dropout_output=0.1, init="torch"),
        "deep": {"cell": "lstm", "num_layers": 2, "dropout_between": 0.1, "attention": "general"},
        "dot": {"attention": "dot", "dropout_input": 0.1, "dtype": "float64"},
        "one way, dot": {"attention": "dot", "bidirectional": False, "cell": "rnn_tanh"},
        "shared": {"shared_vocabulary": True, "tied": True, "embedding_size": 20},
        "last": {"attention": "last", "cell": "lstm", "num_layers": 2},
        "fed nothing": {"input_feeding": False, "attention": "dot", "num_layers": 2},
        "noise": {"num_layers": 2, "zoneout": 0.1, "recurrent_dropout": 0.2, "weight_drop": 0.2},
        "bytes": {"target_unit": "bytes", "max_length": 2},
        "layer norm": {"layer_norm": True, "attention": "none", "num_layers": 2},
    },
)
FRAMES_TRANSLATE = replace(
    TRANSLATE,
    settings={**SMALL, "target_unit": "characters", "bidirectional": False},
    options={
        **TRANSLATE.options,
        "label_smoothing": 0.0,
        "teacher_forcing": 0.5,
        "teacher_forcing_epochs": 1.5,
    },
    data=(FRAMES, TURNED, STATIC),
    valid=(FRAMES[3:9], TURNED[3:9], STATIC[3:9]),
    inputs=FRAMES_CLASSIFY.inputs,
    file=Content(
        "trials.csv",
        long_table(FRAMES, age=[age for age, _ in STATIC], site=SITES, target=TURNED),
    ),
    lines=FRAMES_CLASSIFY.lines,
    columns={"id": "id", "features": "x0:x2", "static": "age,site"},
    networks={"no attention": {"attention": "none", "cell": "lstm"}},
)


# Which of a frame's numbers is the largest, once for each run of frames: a text that has room
LARGEST = [one.argmax(axis=1) for one in FRAMES]
RUNS = [steps[np.diff(steps, prepend=-1) != 0] for steps in LARGEST]
READ = ["".join("ab "[k] for k in run).strip() for run in RUNS]
TRANSCRIBE = Case(
    family="transcribe",
    settings={"hidden_size": 7},
    options={"batch_size": 4, "max_steps": 12, "log_every": 1},
    data=(FRAMES, READ, STATIC),
    valid=(FRAMES[3:9], READ[3:9], STATIC[3:9]),
    inputs=FRAMES_CLASSIFY.inputs,
    file=Content(
        "trials.csv",
        long_table(FRAMES, age=[age for age, _ in STATIC], site=SITES, text=READ),
    ),
    lines=FRAMES_CLASSIFY.lines,
    columns={"id": "id", "features": "x0:x2", "static": "age,site"},
    networks={
        **cells(1, num_layers=2, dropout_between=0.1, dropout_input=0.1, init="torch"),
        "one way": {"bidirectional": False, "cell": "gru", "dropout_output": 0.1},
        "rare symbols": {"max_vocabulary": 2},
        "bytes": {"unit": "bytes"},
        "noise": {"zoneout": (0.1, 0.2), "recurrent_dropout": 0.2, "weight_drop": 0.2},
    },
)


def arrays(**named):
    """An .npz file of sequences, padded behind."""
    stored = {}
    for name, values in named.items():
        lengths = [len(one) for one in values]
        stored[name] = np.zeros((len(values), max(lengths), *values[0].shape[1:]), values[0].dtype)
        stored[f"{name}_lengths"] = np.array(lengths)
        for row, one in zip(stored[name], values, strict=True):
            row[: len(one)] = one
    file = io.BytesIO()
    np.savez(file, **stored)
    return file.getvalue()


HALF = [run[: -(-len(one) // 2)] for run, one in zip(RUNS, FRAMES, strict=True)]
LABELS_TRANSCRIBE = replace(
    TRANSCRIBE,
    settings={"hidden_size": 7, "frames_per_step": 2, "impossible": "skip"},
    data=(FRAMES, [run.tolist() for run in HALF]),
    valid=(FRAMES[3:9], [run.tolist() for run in HALF[3:9]]),
    inputs=FRAMES[:5],
    file=Content("strips.npz", arrays(x=FRAMES, y=HALF)),
    lines=Content("new.npz", arrays(x=FRAMES[:5])),
    columns={"frames": "x", "labels": "y"},
    networks={"filled": {"gaps": "mean", "dtype": "float64", "scale": "none"}},
)


# The first words of what is told of a film, and where it was seen
POINTS = [one[0] for one in FRAMES]
SEEN = [(site,) for site in SITES]
HEARD = [f"{site} {text}".strip() for site, text in zip(SITES, TEXTS, strict=True)]
CAPTION = Case(
    family="caption",
    settings=SMALL,
    options={"batch_size": 4, "max_steps": 12, "log_every": 1, "label_smoothing": 0.1},
    data=(POINTS, HEARD, SEEN),
    valid=(POINTS[3:9], HEARD[3:9], SEEN[3:9]),
    inputs=Examples(POINTS[:5], static=SEEN[4:9]),
    file=Content(
        "places.csv",
        long_table([one[:1] for one in FRAMES], site=SITES, text=HEARD),
    ),
    lines=Content("new.csv", long_table([one[:1] for one in FRAMES[:5]], site=SITES[4:9])),
    columns={"vector": "x0:x2", "label": "site"},
    networks={
        **cells(1, condition="start", dropout_output=0.1, init="torch"),
        "steps": {"condition": "steps", "cell": "lstm", "num_layers": 2, "label_size": 3},
        "layers": {"vector_layers": (9, 5), "dropout_vector": 0.1, "dropout_input": 0.1},
        "tied": {"tied": True, "unit": "bytes", "scale": "none", "dtype": "float64"},
        "noise": {"num_layers": 2, "zoneout": 0.1, "recurrent_dropout": 0.2, "weight_drop": 0.2},
        "layer norm": {"layer_norm": True, "condition": "start", "gaps": "mean"},
    },
)
LABELS_CAPTION = replace(
    CAPTION,
    options={
        **CAPTION.options,
        "label_smoothing": 0.0,
        "teacher_forcing": 0.5,
        "teacher_forcing_epochs": 1.5,
    },
    data=(SEEN, HEARD),
    valid=(SEEN[3:9], HEARD[3:9]),
    inputs=SEEN[:5],
    file=Content("places.csv", long_table([one[:1] for one in FRAMES], label=SITES, text=HEARD)),
    lines=Content("-", b"north\nsouth\nnorth\nsouth\nnorth\n"),
    columns={},
    networks={"characters": {"unit": "characters", "cell": "lstm"}},
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


def steps_of(series):
    """A step a row, in the columns of cases of forecasters; the targets of steps to come empty."""
    names = ["low,high", *(name for name in ("wind", "price", "size") if series[0].static)]
    lines = [",".join(["shop,day", *names])]
    for number, one in enumerate(series):
        for t, row in enumerate(one.y.tolist()):
            cells = ["" if t >= len(one) else repr(cell) for cell in row]
            if one.static:
                cells += ["" if t >= len(one) else str(one.past[t, 0])]
                cells += [str(one.known[t, 0]), one.static[0]]
            day = np.datetime64("2024-01-29") + t
            lines.append(",".join([f"shop {number}", str(day), *cells]))
    return "\n".join(lines).encode()


def waves(rows, *, ahead=0, beside=False):
    """Series of two targets with a period of four rows; beside: with all that may stand there."""
    series = []
    for number, count in enumerate(rows):
        t = np.arange(count + ahead)
        y = np.stack([np.sin(t * np.pi / 2), np.cos(t * np.pi / 2) * (number + 1)], axis=1)
        y = (y + CHANCE.normal(scale=0.1, size=y.shape)).round(3)
        y[count:] = np.nan
        past = np.where(t < count, CHANCE.normal(size=len(t)).round(3), np.nan)
        about = {
            "past": past,
            "known": (t % 3 == number % 3).astype(float),
            "static": ["big" if number % 2 else "small"],
            "ahead": ahead,
        }
        days = (np.datetime64("2024-01-29", "us") + t * np.timedelta64(86_400_000_000)).astype(int)
        series.append(Series(y, f"shop {number}", times=days, **(about if beside else {})))
    return series


DAILY = {"id": "shop", "time": "day", "target": "low,high"}
WAVES = waves([18, 18, 18])  # 24 windows
FORECAST = Case(
    family="forecast",
    settings={"hidden_size": 7, "horizon": 3, "context": 8, "residual": "last"},
    options={"batch_size": 4, "max_steps": 12, "log_every": 1},
    data=(WAVES,),
    valid=(waves([14, 16]),),
    inputs=(FUTURES := waves([12, 8, 30, 9])),  # type: ignore[arg-type]
    file=Content("waves.csv", steps_of(WAVES)),
    lines=Content("new.csv", steps_of(FUTURES)),
    columns=DAILY,
    networks={
        **cells(1, num_layers=2, dropout_between=0.1, init="torch"),
        "values": {"residual": "none", "dropout_output": 0.1, "scale": "all"},
        "seasons": {"residual": "season", "season": 4, "scale": "none", "calendar": False},
        "chosen": {"residual": "auto", "context": None, "error": "absolute"},
        "no linear part": {"linear": False, "dropout_input": 0.1, "cell": "lstm"},
        "noise": {"zoneout": 0.1, "recurrent_dropout": 0.2, "weight_drop": 0.2},
    },
)
SHOPS = waves([18, 18, 18], beside=True)
FORECAST_KNOWN = replace(
    FORECAST,
    settings={**FORECAST.settings, "quantiles": (0.1, 0.5, 0.9)},
    data=(SHOPS,),
    valid=(waves([14, 16], beside=True),),
    inputs=(FUTURES := waves([12, 8, 30, 9], ahead=3, beside=True)),
    file=Content("shops.csv", steps_of(SHOPS)),
    lines=Content("new.csv", steps_of(FUTURES)),
    columns={**DAILY, "features": "wind", "future": "price", "static": "size"},
    networks={
        "lstm": {"cell": "lstm", "num_layers": 2, "dtype": "float64"},
        "numbers": {"quantiles": None, "linear": False, "zoneout": 0.1},
        "one quantile": {"quantiles": (0.9,), "layer_norm": True, "residual": "none"},
    },
)

CASES = {
    "lm": LM,
    "classify": CLASSIFY,
    "classify frames": FRAMES_CLASSIFY,
    "classify several": SEVERAL,
    "regress": REGRESS,
    "regress every step": EVERY_STEP,
    "tag": TAG,
    "tag frames": FRAMES_TAG,
    "translate": TRANSLATE,
    "translate frames": FRAMES_TRANSLATE,
    "transcribe": TRANSCRIBE,
    "transcribe labels": LABELS_TRANSCRIBE,
    "caption": CAPTION,
    "caption labels": LABELS_CAPTION,
    "forecast": FORECAST,
    "forecast known": FORECAST_KNOWN,
    "sums": SUMS,
}
NETWORKS = {
    f"{kind}: {name}": replace(case, settings={**case.settings, **settings})
    for kind, case in CASES.items()
    for name, settings in {"as it is": {}, **case.networks}.items()
}
TOY = {"sums": f"{__package__}.toy_family:Sums"}  # a family's line in the list
