"""What a tagger is made of, how it is trained, and which columns of a file it reads."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar, Self

from pyrnn.data.layouts import TokenColumns
from pyrnn.data.layouts.columns import DATA
from pyrnn.data.schemes import SCHEMES
from pyrnn.models.encoders.settings import (
    SEQUENCE,
    NumberSettings,
    VectorSettings,
    VocabularySettings,
)
from pyrnn.models.sequence.options import STEPS, SequenceOptions
from pyrnn.models.stack_settings import NETWORK, StackSettings
from pyrnn.settings import choice, number, switch, whole
from pyrnn.training.options import UPDATES

CHARACTERS = ("conv", "lstm", "none")
# What some of them have no use for
IDLE = {
    "lstm": ("character_width",),
    "none": ("character_size", "character_features", "character_width"),
}
OUTPUTS = ("crf", "softmax")
WORDS = "Words"
LARGEST, SMALLEST = 16, 4  # batches that are chosen for the data
AUTO = "auto"


@dataclass(frozen=True)
class TaggerConfig(VectorSettings, NumberSettings, VocabularySettings, StackSettings):
    """What a sequence tagger is made of; frozen, checked when made.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    encoder: ClassVar[str] = "recurrent"
    pooling: ClassVar[str] = "last"  # a label a step: nothing is pooled

    hidden_size: int = whole(
        200, "Hidden units per layer and direction.", least=1, short="hidden", section=NETWORK
    )
    embedding_size: int | None = whole(
        100, "Width of the table of words.", least=1, short="embedding", section=NETWORK
    )
    dropout_input: float = number(
        0.5, "Dropout rate on the words' vectors or the numbers.", least=0, below=1, section=NETWORK
    )
    dropout_output: float = number(
        0.5,
        "Dropout rate before the output layer.",
        least=0,
        below=1,
        short="dropout",
        section=NETWORK,
    )
    lowercase: bool = switch(
        True,
        "Words that differ in case alone have one vector; their characters keep the case.",
        section=SEQUENCE,
    )
    bidirectional: bool = switch(True, "Read the sequence in both directions.", section=NETWORK)
    scheme: str = choice(
        AUTO,
        (AUTO, *SCHEMES),
        "Which labels begin a span of words and which go on with it.",
        note="auto: the scheme that the training labels have. none: each label stands for itself, "
        "as a part of speech. Networks learn spans as BIOES; predictions have the data's scheme.",
        section=SEQUENCE,
    )
    output_layer: str | None = choice(
        None,
        OUTPUTS,
        "How the labels of a sequence hang together.",
        note="softmax: each label by itself. crf: a linear-chain CRF, which weighs all labels of a "
        "sequence together and never breaks the scheme. Without a choice, crf where the labels "
        "have a scheme, else softmax.",
        section=NETWORK,
    )
    characters: str = choice(
        "conv",
        CHARACTERS,
        "What reads the characters of a word.",
        note="conv: filters, and the largest activation of each (Ma and Hovy 2016). lstm: an LSTM "
        "from either end (Lample et al. 2016).",
        section=WORDS,
    )
    character_size: int = whole(30, "Width of the table of characters.", least=1, section=WORDS)
    character_features: int = whole(
        30,
        "How many numbers a word's characters give: filters, or units of both LSTMs.",
        least=1,
        section=WORDS,
    )
    character_width: int = whole(
        3, "conv: width of the filters, in characters.", least=1, section=WORDS
    )
    unknown_rate: float = number(
        0.5,
        "Rate at which words that the training data have once are read as unknown in training.",
        least=0,
        most=1,
        section=WORDS,
    )

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        super().check()
        for field in fields(self):
            given = getattr(self, field.name)
            if field.name in IDLE.get(self.characters, ()) and given != field.default:
                raise ValueError(
                    f"{field.name}: expected {field.default!r} with "
                    f"characters={self.characters!r}, which has no use for it; got {given!r}"
                )
        if self.characters == "lstm" and self.character_features % 2:
            raise ValueError(
                "character_features: expected an even number with characters='lstm', half for each "
                f"direction; got {self.character_features}"
            )


@dataclass(frozen=True)
class TaggerOptions(SequenceOptions):
    """SequenceOptions, but for smaller batches: a sequence has a label at every step.

    Where nothing is said, batches have 16 sequences, and fewer where an epoch would have less than
    24 steps. Everything else is as there.
    """

    batch_size: int | None = whole(
        None,
        "Sequences per batch; 16 if not given, fewer where there are few sequences.",
        note="N / 24 for N < 384, at least 4.",
        least=1,
        short="batch",
        section=UPDATES,
    )

    def suited(self, sequences: int) -> Self:
        """See `SequenceOptions.suited`."""
        batch = self.batch_size or min(LARGEST, max(SMALLEST, sequences // STEPS))
        return SequenceOptions.suited(self.of(self, batch_size=batch), sequences)


@dataclass(frozen=True)
class TaggerColumns(TokenColumns):
    """The columns of a file that hold words, or frames, and a label for each.

    Raises ValueError as TokenColumns does.
    """

    tokenized: bool = switch(
        False, "Text to predict from is tokenized: words with blanks between.", section=DATA
    )
