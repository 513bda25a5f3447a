"""How a text, or frames of numbers, become a sequence, and what reads it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from pyrnn.data import GAPS, NORMALIZATIONS, UNIT_NAMES
from pyrnn.models.stack_settings import NETWORK, StackSettings
from pyrnn.settings import Settings, choice, number, path, string, switch, whole, wholes

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
        + ("layer_norm", "zoneout", "recurrent_dropout", "weight_drop", "recompute")
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
class UnitSettings(Settings):
    """What counts as one token of a text."""

    unit: str = choice("words", UNIT_NAMES, "What counts as one token.", section=SEQUENCE)
    pattern: str | None = string(
        None, "regex: a regular expression; each match is a token.", section=SEQUENCE
    )

    def check_pattern(self) -> None:
        """Raise ValueError for a pattern that no unit wants, and for none where one does."""
        check_pattern(self.unit, self.pattern)


def check_pattern(unit: Any, pattern: str | None) -> None:
    """Raise ValueError for a pattern that a unit has no use for, and for none where it has."""
    if (unit == "regex") != (pattern is not None):
        wanted = "a regular expression" if unit == "regex" else "None"
        raise ValueError(f"pattern: expected {wanted} with unit={unit!r}; got {pattern!r:.80}")


@dataclass(frozen=True)
class VocabularySettings(Settings):
    """Which words are told apart."""

    lowercase: bool | None = switch(
        None, "Lower-case the text; if not given, words and regex do.", section=SEQUENCE
    )
    normalization: str | None = choice(
        None,
        NORMALIZATIONS,
        "Unicode normalization of the text; if not given, NFC, and none for bytes.",
        note="NFC: an accented letter is one character, whether it was written as one or as two.",
        section=SEQUENCE,
    )
    min_count: int = whole(
        1, "Tokens that occur less often than this are unknown.", least=1, section=SEQUENCE
    )
    max_vocabulary: int | None = whole(
        None, "Keep only the N most frequent tokens.", least=1, section=SEQUENCE
    )


@dataclass(frozen=True)
class LengthSettings(Settings):
    """How much of a sequence is read."""

    max_length: int | None = whole(
        None, "Read at most this many steps of each sequence.", least=1, section=SEQUENCE
    )
    keep: str = choice(
        "last",
        KEPT,
        "Which end of a sequence is read if it is too long.",
        note="The last steps by default: a recurrent network remembers the end best, and a review "
        "ends with its verdict.",
        section=SEQUENCE,
    )


@dataclass(frozen=True)
class NumberSettings(Settings):
    """How numbers are read."""

    scale: str = choice(
        "standard",
        SCALES,
        "How numbers are scaled, static ones included.",
        note="standard: less the mean of the training data, divided by their standard deviation.",
        section=SEQUENCE,
    )
    gaps: str = choice(
        "error",
        GAPS,
        "How missing numbers (NaN) are handled.",
        note="mean: filled with the feature's mean over the training data. previous: with its last "
        "value in the sequence, or the mean at the first steps, where there is none.",
        section=SEQUENCE,
    )


@dataclass(frozen=True)
class VectorSettings(Settings):
    """What the embedding begins with."""

    vectors: str | None = path(
        None,
        "Initial word vectors, in the text format of word2vec or GloVe.",
        note="They set the width of the embedding; words without a vector start at random. The "
        "file is no longer needed once the model is trained.",
        section=SEQUENCE,
    )
    freeze_embedding: bool = switch(
        False,
        "Leave the embedding unchanged in training.",
        note="Where it begins with vectors or another model's.",
        section=SEQUENCE,
    )

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        super().check()
        self.check_frozen()

    def check_frozen(self) -> None:
        """Raises ValueError for an embedding that is to stay as it was drawn at random."""
        start: Any = getattr(self, "start_from", None)
        if self.freeze_embedding and self.vectors is None and start is None:
            others = " or start_from" if hasattr(self, "start_from") else ""
            raise ValueError(
                f"freeze_embedding: expected vectors{others} beside it, since a random embedding "
                "has nothing to keep; got True alone"
            )


@dataclass(frozen=True)
class EncoderConfig(
    VectorSettings,
    NumberSettings,
    LengthSettings,
    VocabularySettings,
    UnitSettings,
    StackSettings,  # whose fields stand first
):
    """How a text or frames become a sequence, and what reads it; frozen, checked when made.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    start_from: str | None = path(
        None,
        "Start from the embedding and layers of this language model.",
        metavar="MODEL",
        note="Tokens, cell and sizes are then taken from it as well.",
        section=SEQUENCE,
    )

    encoder: str = choice(
        "recurrent",
        ENCODERS,
        "The kind of network that reads the sequence.",
        note="recurrent: a stack of recurrent layers. conv: convolutions of several widths, and "
        "the largest activation of each filter. window: a layer on a fixed number of steps, with "
        "separate weights for each place. bag: a linear model of the n-grams that occur, or of the "
        "mean of the numbers, whatever their order: the baseline.",
        section=NETWORK,
    )
    hidden_size: int = whole(
        128, "Hidden units per layer and direction.", least=1, short="hidden", section=NETWORK
    )
    bidirectional: bool = switch(False, "Read the sequence in both directions.", section=NETWORK)
    pooling: str = choice(
        "attention",
        POOLINGS,
        "How the outputs of all steps become one vector.",
        note="last: the state after the last step (of each direction). mean, max: over the steps. "
        "attention: a weighted mean over the steps (Yang et al. 2016). It learns sooner than the "
        "last state on long texts, and as well on short ones.",
        section=NETWORK,
    )
    dropout_output: float = number(
        0.5,
        "Dropout rate before the output layer.",
        least=0,
        below=1,
        short="dropout",
        section=NETWORK,
    )

    widths: tuple[int, ...] = wholes(
        (3, 4, 5), "conv: widths of the filters, in steps.", section=CONV
    )
    filters: int = whole(100, "conv: number of filters of each width.", least=1, section=CONV)
    window: int = whole(
        50,
        "window: number of steps that are read.",
        note="Each place has its own weights. Of a longer sequence the last or the first steps are "
        "read, depending on `keep`; a shorter one leaves the places at its other end empty.",
        least=1,
        section=WINDOW,
    )
    ngrams: int = whole(1, "bag: use n-grams of up to N tokens.", least=1, most=8, section=BAG)
    buckets: int = whole(
        1 << 20,
        "bag: hash buckets for n-grams of more than one token.",
        note="An n-gram's bucket is a hash of its tokens, as in Joulin et al. 2017.",
        least=1,
        most=1 << 28,
        section=BAG,
    )

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        self.check_pattern()
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
        self.check_frozen()
