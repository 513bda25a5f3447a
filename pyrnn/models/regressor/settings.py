"""What a regressor is made of, how it is trained, and which columns of a table it reads."""

from __future__ import annotations

from dataclasses import dataclass

from pyrnn.data.layouts import SequenceColumns
from pyrnn.models.encoders import EncoderConfig
from pyrnn.models.encoders.settings import SCALES, SEQUENCE
from pyrnn.models.stack_settings import NETWORK
from pyrnn.settings import choice, names, number

ERRORS = ("squared", "absolute")


@dataclass(frozen=True)
class RegressorConfig(EncoderConfig):
    """What a sequence regressor is made of: an encoder, see `EncoderConfig`, and an output layer.

    Raises ValueError as `EncoderConfig`.
    """

    scale_targets: str = choice(
        "standard",
        SCALES,
        "How targets are scaled; predictions are in the targets' own units.",
        section=SEQUENCE,
    )
    error: str = choice(
        "squared",
        ERRORS,
        "Which error training minimises, on the scaled targets.",
        note="absolute aims at the median and is less sensitive to outliers.",
        section=NETWORK,
    )
    dropout_output: float = number(
        0.0,
        "Dropout rate before the output layer.",
        note="Lower by default than for labels, since dropout blurs numbers.",
        least=0,
        below=1,
        short="dropout",
        section=NETWORK,
    )


@dataclass(frozen=True)
class RegressorColumns(SequenceColumns):
    """The columns of a table that hold sequences and numbers."""

    target: tuple[str, ...] = names(
        ("target",), "The column of numbers to predict, or several columns.", section="Data"
    )
