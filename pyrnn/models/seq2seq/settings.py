"""What a translator is made of, how it is trained, which columns it reads, how it decodes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from pyrnn.data.layouts import PairColumns, SequenceColumns
from pyrnn.kernels.stack import has_cell_state
from pyrnn.models.encoders.settings import (
    SEQUENCE,
    LengthSettings,
    NumberSettings,
    UnitSettings,
    VectorSettings,
    VocabularySettings,
)
from pyrnn.models.sequence.options import SequenceOptions
from pyrnn.models.stack_settings import ALIASES, LAYERS, NETWORK, StackSettings
from pyrnn.settings import Settings, choice, number, switch, whole
from pyrnn.training.options import UPDATES

ATTENTIONS = ("additive", "dot", "general", "last", "none")
TARGET_UNITS = ("words", "characters", "bytes", "subwords")
MANY = 5_000  # pairs, from which on words that occur once are unknown
DECODING = "Decoding"


@dataclass(frozen=True)
class Seq2SeqConfig(
    VectorSettings,
    NumberSettings,
    LengthSettings,
    VocabularySettings,
    UnitSettings,
    StackSettings,  # whose fields stand first
):
    """What a translator is made of: an encoder, and a decoder with attention.

    The settings of the sequence are those of both sides; noise within a stack (zoneout,
    recurrent_dropout, weight_drop, layer_norm) acts in the encoder and in the decoder's layers
    above the first.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    # What the targets use where the sources are frames
    of_targets: ClassVar[frozenset[str]] = frozenset(
        {"unit", "embedding_size", *VocabularySettings.declared()}
    )

    min_count: int | None = whole(  # type: ignore[assignment]
        None,
        "Tokens that occur less often than this are unknown; chosen by the data if not given.",
        note=f"2 for words where there are {MANY:,} pairs or more, so that the model learns to "
        "copy unknown ones, else 1.",
        least=1,
        section=SEQUENCE,
    )
    target_unit: str | None = choice(
        None,
        TARGET_UNITS,
        "What counts as one token of a target; that of the sources if not given.",
        section=SEQUENCE,
    )
    shared_vocabulary: bool = switch(
        False,
        "Use one vocabulary and one embedding for sources and targets.",
        section=SEQUENCE,
    )

    cell: str = choice("gru", LAYERS, "The recurrent cell.", aliases=ALIASES, section=NETWORK)
    bidirectional: bool = switch(True, "Read the source in both directions.", section=NETWORK)
    attention: str = choice(
        "additive",
        ATTENTIONS,
        "How the decoder looks at the source.",
        note="additive: Bahdanau et al. 2015. dot, general: Luong et al. 2015. last: at its last "
        "state alone, at every step (Cho et al. 2014). none: it starts from the encoder's last "
        "states, and sees no more of it (Sutskever et al. 2014).",
        section=NETWORK,
    )
    input_feeding: bool = switch(
        True,
        "Let the decoder read at each step what it looks at; if not, it looks at the source when "
        "its layers are through.",
        note="Without it all steps of a target are one call of the layers, which is faster "
        "(Luong et al. 2015, without their input feeding).",
        section=NETWORK,
    )
    attention_size: int | None = whole(
        None, "additive: its width; hidden_size if not given.", least=1, section=NETWORK
    )
    tied: bool = switch(
        False,
        "Share the weights of the decoder's embedding and the output layer.",
        note="Press and Wolf 2017.",
        section=NETWORK,
    )

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        if (self.unit == "regex") != (self.pattern is not None):
            raise ValueError(
                f"pattern: expected one with unit='regex', and with no other; got "
                f"{self.pattern!r:.80} with unit={self.unit!r}"
            )
        if self.shared_vocabulary and self.target_unit not in (None, self.unit):
            raise ValueError(
                f"target_unit: expected {self.unit!r}, that of the sources, with "
                f"shared_vocabulary=True; got {self.target_unit!r}"
            )
        if self.attention_size is not None and self.attention != "additive":
            raise ValueError(
                f"attention_size: expected None with attention={self.attention!r}; got "
                f"{self.attention_size}"
            )
        if not self.input_feeding and not self.attends:
            raise ValueError(
                f"input_feeding: expected True with attention={self.attention!r}, which feeds "
                "nothing; got False"
            )
        if self.tied and self.attention == "none" and self.embedding != self.hidden_size:
            raise ValueError(
                f"tied: expected embedding_size={self.hidden_size}, the hidden_size, with "
                f"attention='none'; got {self.embedding}"
            )
        super().check()

    @property
    def attends(self) -> bool:
        """Whether the decoder looks at all steps of the source."""
        return self.attention not in ("last", "none")

    @property
    def copies(self) -> bool:
        """Whether the encoder's last states are the decoder's first ones, layer by layer."""
        return self.attention == "none" and not self.bidirectional

    @property
    def unit_of_targets(self) -> str:
        """What a token of a target is; of a pattern, words."""
        if self.target_unit is not None:
            return self.target_unit
        return self.unit if self.unit in TARGET_UNITS else "words"

    @property
    def has_cell_state(self) -> bool:
        """Whether the cell has a c."""
        return has_cell_state(self.cell)


# The share of teacher forcing x of the way (0 to 1) to its last value q
SCHEDULES: dict[str, Callable[[float, float], float]] = {
    "constant": lambda x, q: q,
    "linear": lambda x, q: 1 - (1 - q) * x,
    "exponential": lambda x, q: q + (1 - q) * math.exp(-5 * x) if x < 1 else q,
    "sigmoid": lambda x, q: q + (1 - q) / (1 + math.exp(12 * x - 6)) if x < 1 else q,
}


@dataclass(frozen=True)
class Seq2SeqOptions(SequenceOptions):
    """SequenceOptions, and what a translator adds."""

    label_smoothing: float = number(
        0.0,
        "Share of each token's probability spread over all tokens in training.",
        note="Szegedy et al. 2016; 0.1 is usual.",
        least=0,
        below=1,
        section=UPDATES,
    )
    teacher_forcing: float = number(
        1.0,
        "Share of the tokens of a target that the decoder reads as they are; in place of the "
        "others it reads what it would have written itself.",
        note="Scheduled sampling: Bengio et al. 2015, in two passes (Mihaylova and Martins 2019). "
        "Each step then takes half as long again.",
        least=0,
        most=1,
        section=UPDATES,
    )
    teacher_forcing_schedule: str = choice(
        "linear",
        SCHEDULES,
        "How the share falls from 1 to teacher_forcing.",
        note="constant: it is teacher_forcing from the start.",
        section=UPDATES,
    )
    teacher_forcing_epochs: float = number(
        5.0, "Epochs over which it falls.", above=0, section=UPDATES
    )

    def forced(self, epoch: float) -> float:
        """The share of teacher forcing after so many epochs."""
        x = min(epoch / self.teacher_forcing_epochs, 1.0)
        return SCHEDULES[self.teacher_forcing_schedule](x, self.teacher_forcing)


@dataclass(frozen=True)
class Seq2SeqColumns(PairColumns, SequenceColumns):
    """Where a file has sources and targets; see `PairColumns`.

    A table may also hold static features beside them, or frames as its sources, as other models
    read them; then its columns have names, and text is what source_column is.

    Raises ValueError as `SequenceColumns`.
    """

    def check(self) -> None:
        """Whether they go together. Raises ValueError."""
        super().check()
        if self.source_column is not None and self._given:
            raise ValueError(
                f"source_column: expected None beside {self._given[0]}; got {self.source_column!r}"
            )

    @property
    def _given(self) -> list[str]:
        layouts = ("text", "series", "features", "frames")
        return [name for name in layouts if getattr(self, name) is not None]

    @property
    def in_table(self) -> bool:
        """Whether sources are anything but texts with their targets beside them."""
        return bool(self._given or self.static or self.split_by)

    def table(self) -> Self:
        """The same where a layout says what the sources are, the texts of a column in any case."""
        if self._given:
            return self
        return self.of(self, text=self.names[0], source_column=None)


@dataclass(frozen=True)
class Decoding(Settings):
    """How a translation is found: the likeliest token at each step, unless said otherwise.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    beam: int = whole(
        1,
        "Translations that are followed at a time.",
        note="1 takes the likeliest token at each step; 5 is usual for a beam search.",
        least=1,
        section=DECODING,
    )
    nbest: int = whole(
        1, "How many translations of a source are wanted; at most beam.", least=1, section=DECODING
    )
    length_penalty: float = number(
        0.6,
        "beam: how much longer translations are favoured.",
        note="Log-likelihoods are divided by ((5 + tokens) / 6) to this power, the end counted as "
        "a token (Wu et al. 2016); 0 for none.",
        least=0,
        most=10,
        section=DECODING,
    )
    max_length: int | None = whole(
        None,
        "Write at most this many tokens, the end counted.",
        note="If not given, twice as many as the longest target of the training data has, and 5.",
        least=1,
        section=DECODING,
    )
    sample: bool = switch(False, "Draw the tokens at random.", section=DECODING)
    temperature: float = number(
        1.0, "sample: below 1 less at random, above 1 more.", least=0, section=DECODING
    )
    top_k: int | None = whole(
        None, "sample: only among the N likeliest tokens.", least=1, section=DECODING
    )
    top_p: float | None = number(
        None,
        "sample: only among the fewest likeliest tokens that have this share of the probability.",
        above=0,
        most=1,
        section=DECODING,
    )
    seed: int = whole(0, "sample: seed of the draws.", section=DECODING)

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        if self.nbest > self.beam:
            raise ValueError(f"nbest: expected at most beam, {self.beam}; got {self.nbest}")
        if self.sample and self.beam > 1:
            raise ValueError(f"beam: expected 1 with sample=True; got {self.beam}")
        for name in ("temperature", "top_k", "top_p", "seed"):
            unset = self._unset(name)
            if not self.sample and getattr(self, name) != unset:
                raise ValueError(
                    f"{name}: expected {unset} without sample; got {getattr(self, name)}"
                )

    def _unset(self, name: str) -> Any:
        return next(field.default for field in fields(self) if field.name == name)
