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
        "Of the numbers to be learnt; predictions are in their own units.",
        section=SEQUENCE,
    )
    error: str = choice(
        "squared",
        ERRORS,
        "What the training lowers, of scaled targets.",
        note="absolute goes by the median, and minds outliers less.",
        section=NETWORK,
    )
    dropout_output: float = number(
        0.0,
        "Dropout on what the output layer reads.",
        note="Less of it than for labels: it blurs numbers.",
        least=0,
        below=1,
        short="dropout",
        section=NETWORK,
    )


@dataclass(frozen=True)
class RegressorColumns(SequenceColumns):
    """The columns of a table that hold sequences and numbers."""

    target: tuple[str, ...] = names(
        ("target",), "The column of numbers to be learnt, or several.", section="Data"
    )
