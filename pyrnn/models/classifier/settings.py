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
        "Of the classes in the training loss.",
        note="balanced: N / (C n_c), so that each class weighs the same in all. Of several labels, "
        "each weighs the same where it is there as where it is not.",
        section=UPDATES,
    )
    label_smoothing: float = number(
        0.0,
        "How much of a label's probability goes to all labels, in training.",
        note="Szegedy et al. 2016; 0.1 is usual.",
        least=0,
        below=1,
        section=UPDATES,
    )
    thresholds: str = choice(
        "half",
        THRESHOLDS,
        "Of several labels: from which probability on one is said to be there.",
        note="half: 0.5. validation: where its F1 on the validation data is best.",
        section=UPDATES,
    )


@dataclass(frozen=True)
class ClassifierColumns(SequenceColumns):
    """The columns of a table that hold sequences and labels."""

    label: tuple[str, ...] = names(
        ("label",),
        "The column of labels; or several, 1 where a sequence has the label that is its name, else "
        "0.",
        section="Data",
    )
