"""What a classifier is made of, how it is trained, and which columns of a table it reads."""

from __future__ import annotations

from dataclasses import dataclass

from pyrnn.models.encoders import EncoderConfig
from pyrnn.settings import Settings, choice, number, string, whole
from pyrnn.training import TrainingOptions
from pyrnn.training.options import RATE, UPDATES

CLASS_WEIGHTS = ("none", "balanced")


@dataclass(frozen=True)
class ClassifierConfig(EncoderConfig):
    """What a sequence classifier is made of: an encoder, see `EncoderConfig`, and an output layer.

    Raises ValueError as `EncoderConfig`.
    """


@dataclass(frozen=True)
class ClassifierOptions(TrainingOptions):
    """TrainingOptions, and what a classifier adds."""

    batch_size: int = whole(
        64, "Sequences read side by side.", least=1, short="batch", section=UPDATES
    )
    learning_rate: float = number(1e-3, "The highest rate.", above=0, short="lr", section=RATE)
    class_weights: str = choice(
        "none",
        CLASS_WEIGHTS,
        "Of the classes in the training loss.",
        note="balanced: N / (C n_c), so that each class weighs the same in all.",
        section=UPDATES,
    )
    bucket: int = whole(
        50,
        "Batches drawn together, and sorted by length.",
        note="Rows of a batch are then about as long; see `pyrnn.data.RaggedBatches`.",
        least=1,
        section=UPDATES,
    )


@dataclass(frozen=True)
class ClassifierColumns(Settings):
    """The columns of a table that hold texts and labels."""

    text: str = string("text", "The column of texts.", section="Data")
    label: str = string("label", "The column of labels.", section="Data")
