"""How a text, or frames of numbers, become a sequence, and what reads it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

from pyrnn.data import GAPS, NORMALIZATIONS, UNIT_NAMES
from pyrnn.models.stack_settings import NETWORK, StackSettings
from pyrnn.settings import choice, number, path, string, switch, whole, wholes

SEQUENCE, CONV, WINDOW, BAG = "Sequence", "Conv", "Window", "Bag"
POOLINGS = ("last", "mean", "max", "attention")
KEPT = ("last", "first")
SCALES = ("standard", "none")


class EncoderEntry(NamedTuple):
    """Where an encoder's class stands, and which settings are its own."""

    place: str
    settings: tuple[str, ...]


# THE list of encoders: a name, and a line
ENCODERS = {
    "recurrent": EncoderEntry(
        "pyrnn.models.encoders.recurrent:Recurrent",
        ("cell", "hidden_size", "num_layers", "bidirectional", "embedding_size", "pooling")
        + ("dropout_input", "dropout_between", "dropout_output", "init")
        + ("vectors", "freeze_embedding", "start_from"),
    ),
    "conv": EncoderEntry(
        "pyrnn.models.encoders.conv:Conv",
        ("widths", "filters", "embedding_size", "dropout_output", "vectors", "freeze_embedding"),
    ),
    "window": EncoderEntry(
        "pyrnn.models.encoders.window:Window", ("window", "hidden_size", "dropout_output")
    ),
    "bag": EncoderEntry("pyrnn.models.encoders.bag:Bag", ("ngrams", "buckets")),
}


@dataclass(frozen=True)
class EncoderConfig(StackSettings):
    """How a text or frames become a sequence, and what reads it; frozen, checked when made.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    unit: str = choice("words", UNIT_NAMES, "What one token is.", section=SEQUENCE)
    pattern: str | None = string(None, "regex: what matches it is a token.", section=SEQUENCE)
    lowercase: bool | None = switch(
        None, "Lower-case the text; words and regex do it if absent.", section=SEQUENCE
    )
    normalization: str | None = choice(
        None,
        NORMALIZATIONS,
        "Unicode normalization of the text; NFC if absent, none for bytes.",
        note="NFC: an accented letter is one, whether it was written in one piece or two.",
        section=SEQUENCE,
    )
    min_count: int = whole(1, "Rarer tokens are unknown ones.", least=1, section=SEQUENCE)
    max_vocabulary: int | None = whole(
        None, "Keep the so many most frequent tokens.", least=1, section=SEQUENCE
    )
    max_length: int | None = whole(
        None, "Steps of a sequence that are read, at most.", least=1, section=SEQUENCE
    )
    keep: str = choice(
        "last",
        KEPT,
        "Which of them.",
        note="The last ones by default: a recurrent network remembers its end best, and a review "
        "ends with its verdict.",
        section=SEQUENCE,
    )
    scale: str = choice(
        "standard",
        SCALES,
        "Of numbers, static ones too.",
        note="standard: less the mean, divided by the deviation, of the training data.",
        section=SEQUENCE,
    )
    gaps: str = choice(
        "error",
        GAPS,
        "What becomes of missing numbers, NaN.",
        note="mean: the training data's. previous: the feature's last value before, the mean where "
        "there is none.",
        section=SEQUENCE,
    )
    vectors: str | None = path(
        None,
        "Word vectors to begin with, as text: word2vec's or GloVe's.",
        note="The width of the embedding is theirs; words that they lack begin at random. The file "
        "is not needed any more once the model is trained.",
        section=SEQUENCE,
    )
    freeze_embedding: bool = switch(False, "Keep the embedding as it begins.", section=SEQUENCE)
    start_from: str | None = path(
        None,
        "A language model whose embedding and layers the model begins with.",
        metavar="MODEL",
        note="Its tokens, cell and sizes are then the model's.",
        section=SEQUENCE,
    )

    encoder: str = choice(
        "recurrent",
        ENCODERS,
        "What reads the steps.",
        note="recurrent: a stack of recurrent layers. conv: convolutions of several widths, and "
        "the largest activation of each filter. window: a layer on a fixed number of steps, with "
        "weights of its own for each place. bag: a linear model on which n-grams there are, or on "
        "the mean of numbers, whatever their order: the baseline.",
        section=NETWORK,
    )
    hidden_size: int = whole(
        128, "Hidden units of a layer and direction.", least=1, short="hidden", section=NETWORK
    )
    bidirectional: bool = switch(False, "Read from both ends.", section=NETWORK)
    pooling: str = choice(
        "attention",
        POOLINGS,
        "What stands for the sequence.",
        note="last: the state after the last step (of each direction). mean, max: over the steps. "
        "attention: a weighted mean over the steps (Yang et al. 2016). On long texts it learns "
        "sooner than the last state, on short ones as well.",
        section=NETWORK,
    )
    dropout_output: float = number(
        0.5,
        "Dropout on what the output layer reads.",
        least=0,
        below=1,
        short="dropout",
        section=NETWORK,
    )

    widths: tuple[int, ...] = wholes(
        (3, 4, 5), "conv: steps that a filter sees at once, of each kind.", section=CONV
    )
    filters: int = whole(100, "conv: filters of each width.", least=1, section=CONV)
    window: int = whole(
        50,
        "window: places for steps.",
        note="Each has weights of its own. Of a longer sequence the last or the first steps are "
        "read, as `keep` says; a shorter one leaves the places at its other end empty.",
        least=1,
        section=WINDOW,
    )
    ngrams: int = whole(1, "bag: n-grams of up to so many tokens.", least=1, most=8, section=BAG)
    buckets: int = whole(
        1 << 20,
        "bag: places for n-grams of more than one token.",
        note="An n-gram's place is a hash of its tokens, as in Joulin et al. 2017.",
        least=1,
        most=1 << 28,
        section=BAG,
    )

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        if (self.unit == "regex") != (self.pattern is not None):
            raise ValueError(
                f"pattern: expected one with unit='regex', and with no other; got "
                f"{self.pattern!r:.80} with unit={self.unit!r}"
            )
        if self.encoder == "recurrent":
            super().check()
        own = ENCODERS[self.encoder].settings
        others = {name for entry in ENCODERS.values() for name in entry.settings} - set(own)
        for field in fields(self):
            if field.name in others and getattr(self, field.name) != field.default:
                raise ValueError(
                    f"{field.name}: expected {field.default!r} with encoder={self.encoder!r}, "
                    f"which has no use for it; got {getattr(self, field.name)!r}"
                )
