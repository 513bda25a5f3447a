"""Word language models with a full and with an adaptive softmax: perplexity, and tokens/s.

Both have the same settings but for the output layer, the same first weights below it, and read the
same batches. Perplexities are of all words of a text but the first, each told from all before it,
the state carried on throughout; the softmax is over the whole vocabulary in both. The speeds are
those of whole training steps, measured in turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import pyrnn
from benchmarks.agreement import DisagreementError
from benchmarks.quality.shakespeare import curve
from benchmarks.quality.word_corpora import CORPORA
from benchmarks.timing import Plan, Spread, race, ratios
from pyrnn.data import Parts
from pyrnn.models import LanguageModel, LanguageModelConfig, LanguageModelOptions
from pyrnn.models.language_model.configuration import SOFTMAXES

FULL, ADAPTIVE = SOFTMAXES

CONFIG = LanguageModelConfig(
    unit="words", cell="lstm", hidden_size=200, dropout_output=0.3, softmax=FULL
)
# Cosine: a few epochs are all there is time for, and they shall end well.
OPTIONS = LanguageModelOptions(
    batch_size=20, bptt=35, optimizer="adam", learning_rate=2e-3, schedule="cosine", epochs=2
)

# A turn is a block of steps of about four seconds
PLAN = Plan(least=9, most=9, seconds=0.0, sample=4.0)


def configuration(softmax: str, **smaller: Any) -> LanguageModelConfig:
    """The settings with this output layer."""
    return replace(CONFIG, softmax=softmax, **smaller)


def check_counts(name: str, parts: Parts, model: LanguageModel) -> None:
    """Raises DisagreementError unless the texts have the published numbers of tokens."""
    corpus, size = CORPORA[name], model.tokenizer.size
    found = tuple(len(model.tokenizer.encode(text)) for text in parts)
    if found != corpus.tokens or size != corpus.vocabulary:
        raise DisagreementError(
            f"{name}: expected {corpus.tokens} tokens, {corpus.vocabulary} different; "
            f"got {found}, {size} different"
        )


def train(
    name: str,
    parts: Parts,
    softmax: str,
    options: LanguageModelOptions,
    *,
    check: bool = True,
    clusters: Mapping[str, Any] | None = None,
    **smaller: Any,
) -> dict[str, Any]:
    """One model trained: validation and test perplexity, the curve, what it took.

    check: whether the texts must have the published numbers of tokens. clusters: other cutoffs or
    another div_value of the adaptive softmax.
    """
    if softmax == FULL:
        clusters = None
    model = LanguageModel.for_text(
        parts.train, configuration(softmax, **{**smaller, **(clusters or {})})
    )
    if check:
        check_counts(name, parts, model)
    result = model.fit(parts.train, parts.valid, options, progress=True)
    return {
        "softmax": softmax,
        "cutoffs": None if model.config.cutoffs is None else list(model.config.cutoffs),
        "div_value": model.config.div_value if softmax == ADAPTIVE else None,
        "weights": sum(parameter.size for parameter in model.network.parameters()),
        "steps": result.steps,
        "seconds": round(result.seconds, 1),
        "best_step": None if result.best is None else result.best.step,
        "perplexity": {
            "validation": model.perplexity(parts.valid),
            "test": model.perplexity(parts.test),
        },
        "curve": curve(result.records, result.validations),
    }


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How many times as large the adaptive softmax's perplexities are; empty with one of both."""
    by = {row["softmax"]: row["perplexity"] for row in rows}
    if len(by) < 2:
        return {}
    return {part: round(by[ADAPTIVE][part] / by[FULL][part], 4) for part in by[FULL]}


class Steps:
    """Training steps of one model, over and over the same text, as `fit` does them."""

    def __init__(self, parts: Parts, softmax: str, options: LanguageModelOptions, **smaller: Any):
        self.model = LanguageModel.for_text(parts.train, configuration(softmax, **smaller))
        endless = replace(options, epochs=10**6, log_every=10**6, checkpoint_every=10**9)
        self.records = self.model.training(parts.train, options=endless).run()
        self.tokens = options.batch_size * options.bptt

    def step(self) -> float:
        """One update; the loss before it."""
        record: Any = next(self.records)
        if not np.isfinite(record.loss):
            raise DisagreementError(f"the loss is {record.loss}")
        return float(record.loss)


def speed(
    parts: Parts,
    threads: int,
    plan: Plan = PLAN,
    options: LanguageModelOptions = OPTIONS,
    **smaller: Any,
) -> dict[str, Any]:
    """Tokens/s of both, in turns, and the ratio turn by turn.

    Raises DisagreementError, before anything is timed, unless both learn what the other learns: the
    mean losses of steps 11 to 30 must agree to 15 %.
    """
    pyrnn.set_num_threads(threads)
    runs = {softmax: Steps(parts, softmax, options, **smaller) for softmax in SOFTMAXES}
    losses = {name: [run.step() for _ in range(30)] for name, run in runs.items()}
    means = {name: float(np.mean(values[10:])) for name, values in losses.items()}
    if abs(means[ADAPTIVE] / means[FULL] - 1) > 0.15:
        raise DisagreementError(f"the losses of the first steps are {means}")
    times = race({name: run.step for name, run in runs.items()}, plan)
    rates = {name: [runs[name].tokens / t for t in values] for name, values in times.items()}
    model = runs[ADAPTIVE].model
    return {
        "threads": threads,
        "V": model.tokenizer.size,
        "E": model.config.embedding,
        "H": model.config.hidden_size,
        "T": options.bptt,
        "B": options.batch_size,
        "cutoffs": list(model.config.cutoffs or ()),
        "div_value": model.config.div_value,
        "first_losses": means,
        "turns": plan.least,
        "tokens_per_second": {name: Spread.of(v).to_json() for name, v in rates.items()},
        "ratio": ratios(times, ADAPTIVE)[FULL].to_json(),
    }


def show(corpus: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines of a table of perplexities."""
    lines = [f"{corpus}: perplexity of the validation and the test text"]
    for row in rows:
        found = row["perplexity"]
        lines.append(
            f"  {row['softmax']:<9} {found['validation']:8.2f} {found['test']:8.2f}   "
            f"{row['weights']:,} weights, {row['steps']:,} steps"
        )
    times = summary(rows)
    if times:
        lines.append(f"  adaptive / full: {times['validation']:.3f} and {times['test']:.3f}")
    return lines


def show_speed(corpus: str, row: Mapping[str, Any]) -> str:
    """One line."""
    rates, ratio = row["tokens_per_second"], row["ratio"]
    return (
        f"{corpus}, {row['threads']} threads: full {rates[FULL]['median']:,.0f}, adaptive "
        f"{rates[ADAPTIVE]['median']:,.0f} tokens/s: {ratio['median']:.2f} times as fast "
        f"({ratio['minimum']:.2f} to {ratio['maximum']:.2f})"
    )
