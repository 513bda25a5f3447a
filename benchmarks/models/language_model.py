"""Language models in pyrnn and in torch: the same losses, then tokens/s of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.table import Table

import pyrnn
from benchmarks.agreement import compare_losses
from benchmarks.kernels.table import console, share_of_peak
from benchmarks.models.language_training import PyrnnTraining, Settings
from benchmarks.peak import PEAK, Peak, race_with_peak
from benchmarks.timing import Plan, Spread, ratios
from pyrnn.data import split_text
from pyrnn.models import LanguageModelConfig

OURS, RIVAL = "pyrnn", "torch"
TOLERANCE = 1e-4  # of the losses, relative: a step feeds its rounding to all that follow

# A turn is a block of steps of about half a second
PLAN = Plan(least=9, most=9, seconds=0.0, sample=0.5)


def encode(text: str, least: int = 0) -> tuple[np.ndarray, int]:
    """The ids of the first 90 % of a text, and V: its different characters, or more of them."""
    tokenizer = LanguageModelConfig().tokenizer(text)
    return tokenizer.encode(split_text(text).train), max(tokenizer.size, least)


def encode_words(text: str) -> tuple[np.ndarray, int]:
    """The ids of a text's words, and the number V of the different ones."""
    tokenizer = LanguageModelConfig(unit="words").tokenizer(text)
    return tokenizer.encode(text), tokenizer.size


def compare(
    ids: np.ndarray,
    settings: Settings,
    threads: int,
    plan: Plan = PLAN,
    steps: int | None = None,
    at_peak: Peak | None = None,
) -> dict[str, Any]:
    """One row: how well the losses agree, tokens/s of both, ratios block by block.

    steps: whose losses must agree, if not as many as the settings say. Raises DisagreementError,
    before anything is timed, if a loss is further off than TOLERANCE.
    """
    from benchmarks.baselines.torch.language_model import TorchTraining

    pyrnn.set_num_threads(threads)
    rival = TorchTraining(ids, settings, threads)
    ours = PyrnnTraining(ids, settings, rival.weights())
    steps = settings.compared if steps is None else steps
    agreement = compare_losses(
        [ours.step() for _ in range(steps)],
        [rival.step() for _ in range(steps)],
        TOLERANCE,
        RIVAL,
    )
    gflop = settings.operations / 1e9
    times = race_with_peak({OURS: ours.step, RIVAL: rival.step}, plan, at_peak, gflop)
    found = {name: spread.to_json() for name, spread in ratios(times, OURS).items()}
    times.pop(PEAK, None)
    rates = {name: [settings.tokens / t for t in values] for name, values in times.items()}
    return {
        "threads": threads,
        "cell": settings.cell,
        "L": settings.layers,
        "optimizer": settings.optimizer,
        "V": settings.vocabulary,
        "E": settings.embedding,
        "H": settings.hidden,
        "T": settings.steps,
        "B": settings.batch,
        "learning_rate": settings.learning_rate,
        "clip": settings.clip,
        "losses": agreement,
        "blocks": plan.least,
        "gflop": gflop,
        **({"share_of_peak": found.pop(PEAK)} if PEAK in found else {}),
        "tokens_per_second": {n: Spread.of(v).to_json() for n, v in rates.items()},
        "ratio": found,
    }


def model_of(row: Mapping[str, Any]) -> str:
    """What is trained, in words; results of once have one layer of an LSTM."""
    kind = "words" if row.get("L", 1) > 1 else "characters"
    return f"{kind}, {row.get('cell', 'lstm')}, {row.get('L', 1)} x {row['H']}"


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table, and the smallest ratio."""
    table = Table(title="language models, training", title_justify="left", title_style="bold")
    columns = ("model", "threads", "losses differ by", "pyrnn tokens/s", "of peak")
    for name in (*columns, "torch tokens/s", "x"):
        table.add_column(name, justify="right")
    for row in rows:
        speed, ratio, losses = row["tokens_per_second"], row["ratio"][RIVAL], row["losses"]
        table.add_row(
            model_of(row),
            str(row["threads"]),
            f"{losses['worst_difference']:.1e} in {losses['steps']} steps",
            f"{speed[OURS]['median']:,.0f}",
            share_of_peak(row),
            f"{speed[RIVAL]['median']:,.0f}",
            f"{ratio['median']:.2f} ({ratio['minimum']:.2f} to {ratio['maximum']:.2f})",
        )
    out = console()
    out.print(table)
    least = min(rows, key=lambda row: row["ratio"][RIVAL]["median"])
    out.print(
        f"smallest ratio to {RIVAL}: {least['ratio'][RIVAL]['median']:.2f} "
        f"({model_of(least)}, {least['threads']} thread{'s' * (least['threads'] > 1)})"
    )
    worst = max(rows, key=lambda row: row["losses"]["worst_difference"])["losses"]
    out.print(
        f"losses differ by {worst['worst_difference']:.1e} at most, relative, in "
        f"{worst['steps']} steps; the tolerance is {worst['tolerance']:.0e}"
    )
