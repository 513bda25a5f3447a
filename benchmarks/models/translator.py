"""The translator whose training is compared: Multi30k, German to English, attention.

    m = both ways' GRU or LSTM (embedding[source])       h_0 = tanh(W [m at both ends] + b)
    c_u = additive attention(h_{u-1}, m)                 h_u = cell([embedding[id_{u-1}], c_u])
    z_u = W_o tanh(W_r [h_u; c_u; embedding[id_{u-1}]])  loss = mean cross-entropy of z
    Adam, clipped gradients

Both libraries begin with the same weights and meet the same batches, without dropout.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from benchmarks.models.contest import Contest
from benchmarks.models.training import PyrnnTraining
from pyrnn.models import Seq2Seq
from pyrnn.models.seq2seq import Seq2SeqConfig, Seq2SeqOptions

DATA_FILES = ("multi30k/train.de.gz", "multi30k/train.en.gz")
CONFIG = Seq2SeqConfig(cell="gru", attention="additive", hidden_size=256, lowercase=True)
OPTIONS = Seq2SeqOptions(
    batch_size=64, bucket=50, optimizer="adam", learning_rate=1e-3, clip_norm=1.0
)


def read(folder: Path, count: int | None = None) -> tuple[list[str], list[str]]:
    """Sentences of both languages out of the folder of data, so many or all."""
    sources, targets = (
        gzip.decompress((folder / name).read_bytes()).decode("utf-8").splitlines()[:count]
        for name in DATA_FILES
    )
    return sources, targets


def contest(
    pairs: tuple[list[str], list[str]],
    config: Seq2SeqConfig = CONFIG,
    options: Seq2SeqOptions = OPTIONS,
) -> Contest:
    """The translator of pairs, beside torch's."""
    from benchmarks.baselines.torch.translator import TranslatorNetwork

    return Contest(Seq2Seq, pairs, config, options, TranslatorNetwork, about)


def about(training: PyrnnTraining) -> dict[str, Any]:
    """What is trained on what, and the share of padding in its batches."""
    model, batches = training.model, training.batches
    config = model.config
    return {
        "cell": config.cell,
        "attention": config.attention,
        "V": model.input.tokens,
        "V of targets": model.outputs,
        "E": config.embedding,
        "H": config.hidden_size,
        "pairs": len(batches.examples),
        "tokens": int(batches.targets.lengths.sum()),
        "padding": round(batches.waste(0), 4),
    }
