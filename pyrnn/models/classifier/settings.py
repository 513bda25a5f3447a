"""What a classifier is made of, how it is trained, and which columns of a table it reads."""

from __future__ import annotations

from dataclasses import dataclass

from pyrnn.data.layouts import SequenceColumns
from pyrnn.models.encoders import EncoderConfig
from pyrnn.models.sequence.options import SequenceOptions
from pyrnn.settings import choice, names, number
from pyrnn.training.options import UPDATES

CLASS_WEIGHTS = ("none", "balanced")
THRESHOLDS = ("half", "validation")


@dataclass(frozen=True)
class ClassifierConfig(EncoderConfig):
    """What a sequence classifier is made of: an encoder, see `EncoderConfig`, and an output layer.

    Raises ValueError as `EncoderConfig`.
    """


@dataclass(frozen=True)
class ClassifierOptions(SequenceOptions):
    """SequenceOptions, and what a classifier adds."""

    class_weights: str = choice(
        "none",
        CLASS_WEIGHTS,
        "How classes are weighted in the training loss.",
        note="balanced: each example by N / (C n_c), so that all classes weigh the same in total. "
        "With several labels, the presence of each weighs as much as its absence.",
        section=UPDATES,
    )
    label_smoothing: float = number(
        0.0,
        "Share of each label's probability spread over all labels in training.",
        note="Szegedy et al. 2016; 0.1 is usual.",
        least=0,
        below=1,
        section=UPDATES,
    )
    thresholds: str = choice(
        "half",
        THRESHOLDS,
        "How the probability needed to predict each of several labels is set.",
        note="half: 0.5. validation: for each label, the one with the best F1 on validation data.",
        section=UPDATES,
    )


@dataclass(frozen=True)
class ClassifierColumns(SequenceColumns):
    """The columns of a table that hold sequences and labels."""

    label: tuple[str, ...] = names(
        ("label",),
        "The column of labels; or several columns of 0 and 1, each named after a label.",
        section="Data",
    )
