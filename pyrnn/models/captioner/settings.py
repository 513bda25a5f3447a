"""What a captioner is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyrnn.models.encoders.settings import SCALES, SEQUENCE
from pyrnn.models.stack_settings import ALIASES, LAYERS, NETWORK, StackSettings
from pyrnn.models.writing.settings import TARGET_UNITS, WriterOptions, WriterSettings
from pyrnn.settings import choice, number, whole, wholes

CONDITIONS = ("both", "start", "steps")
GAPS = ("error", "mean")


@dataclass(frozen=True)
class CaptionerConfig(
    WriterSettings,
    StackSettings,  # whose fields stand first
):
    """What a captioner is made of: layers for the vector, a table of classes, and a decoder.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    # Of the decoder: it looks at no memory
    attends: ClassVar[bool] = False
    copies: ClassVar[bool] = False
    attention_size: ClassVar[int | None] = None
    input_feeding: ClassVar[bool] = True

    unit: str | None = choice(
        None,
        TARGET_UNITS,
        "What counts as one token of a text; chosen by the texts if not given.",
        note="words where most texts have a blank in them, else characters.",
        section=SEQUENCE,
    )
    scale: str = choice(
        "standard",
        SCALES,
        "How the numbers of a vector are scaled.",
        note="standard: less the mean of the training data, divided by their standard deviation.",
        section=SEQUENCE,
    )
    gaps: str = choice(
        "error",
        GAPS,
        "How missing numbers (NaN) are handled.",
        note="mean: filled with the mean over the training data.",
        section=SEQUENCE,
    )

    cell: str = choice("gru", LAYERS, "The recurrent cell.", aliases=ALIASES, section=NETWORK)
    condition: str = choice(
        "both",
        CONDITIONS,
        "Where the writer sees the vector and the class.",
        note="start: its first states are made of them. steps: they are an input of each step and "
        "of the output layer. both: at the start and at each step.",
        section=NETWORK,
    )
    vector_layers: tuple[int, ...] | None = wholes(
        None,
        "Widths of layers, with ReLU behind each, that the vector passes first.",
        note="For pixels, e.g. 512,256.",
        rising=False,
        section=NETWORK,
    )
    dropout_vector: float = number(
        0.0, "Dropout rate behind each of vector_layers.", least=0, below=1, section=NETWORK
    )
    label_size: int = whole(32, "Width of the table of classes.", least=1, section=NETWORK)

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        if self.dropout_vector and not self.vector_layers:
            raise ValueError(
                "dropout_vector: expected 0 without vector_layers, behind which it acts; "
                f"got {self.dropout_vector}"
            )
        if self.tied and self.condition == "start" and self.embedding != self.hidden_size:
            raise ValueError(
                f"tied: expected embedding_size={self.hidden_size}, the hidden_size, with "
                f"condition='start'; got {self.embedding}"
            )
        super().check()

    @property
    def attention(self) -> str:
        """How the decoder looks at the vector."""
        return "none" if self.condition == "start" else "last"

    @property
    def starts(self) -> bool:
        """Whether the decoder's first states are made of the vector."""
        return self.condition != "steps"

    @property
    def unit_of_targets(self) -> str:
        """What a token of a text is."""
        return self.unit or "words"


@dataclass(frozen=True)
class CaptionerOptions(WriterOptions):
    """How a captioner is trained; see `WriterOptions`."""
