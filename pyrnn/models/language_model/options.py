"""How a language model is trained."""

from __future__ import annotations

from dataclasses import dataclass

from pyrnn.settings import switch, whole
from pyrnn.training import TrainingOptions
from pyrnn.training.options import UPDATES


@dataclass(frozen=True)
class LanguageModelOptions(TrainingOptions):
    """TrainingOptions, and how the text is cut into batches: `batch_size` streams, read side by
    side, `bptt` tokens of each in a batch. The recurrent state is carried from batch to batch, the
    gradient is not.
    """

    bptt: int = whole(
        64,
        "Time steps through which the gradient flows back.",
        note="The length of truncated BPTT (Williams and Peng 1990).",
        least=1,
        renamed="steps",
        section=UPDATES,
    )
    shift: bool = switch(
        False,
        "Cut the batches at different places in each epoch.",
        note="Each epoch begins at a different place within the first `bptt` tokens.",
        section=UPDATES,
    )
