"""The tagger whose training is compared: CoNLL-2003, words and characters, a CRF.

    e = word_table[id]   f = max of filters over characters       of the different words of a batch
    y = both ways' LSTM or GRU ([e, f])   z = W y + b
    loss = -ln p(labels) of a CRF over z, by word                 Adam, clipped gradients

Both libraries begin with the same weights and meet the same batches. Without dropout and unknown
words: both depend on the generator, and losses could not be compared.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.models.contest import Contest
from benchmarks.models.training import PyrnnTraining
from pyrnn.models import Examples, SequenceTagger
from pyrnn.models.tagger import TaggerConfig, TaggerOptions

DATA_FILE = "conll2003/eng.train"
COLUMNS = {"word": 0, "label": 3}
CONFIG = TaggerConfig(dropout_input=0.0, dropout_output=0.0, unknown_rate=0.0)
OPTIONS = TaggerOptions(
    batch_size=64, bucket=50, optimizer="adam", learning_rate=1e-3, clip_norm=1.0
)


def read(folder: Path, count: int | None = None) -> Examples:
    """Sentences and their labels out of the folder of data, so many of them or all."""
    found: Any = SequenceTagger().examples(folder / DATA_FILE, columns=COLUMNS)
    return Examples(found.inputs[:count], found.targets[:count])


def contest(
    data: Examples, config: TaggerConfig = CONFIG, options: TaggerOptions = OPTIONS
) -> Contest:
    """The tagger of sentences, beside torch's."""
    from benchmarks.baselines.torch.tagger import TaggerNetwork

    return Contest(SequenceTagger, (data,), config, options, TaggerNetwork, about)


def about(training: PyrnnTraining) -> dict[str, Any]:
    """What is trained on what, and the share of padding in its batches."""
    model, batches = training.model, training.batches
    config = model.config
    return {
        "cell": config.cell,
        "V": model.input.tokens,
        "E": config.embedding,
        "F": config.character_features,
        "H": config.hidden_size,
        "labels": len(model.labels),
        "sentences": len(batches.examples),
        "words": int(batches.lengths.sum()),
        "padding": round(batches.waste(0), 4),
    }
