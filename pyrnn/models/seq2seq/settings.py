"""What a translator is made of, how it is trained, and which columns it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from pyrnn.data.layouts import PairColumns, SequenceColumns
from pyrnn.data.layouts.columns import DATA
from pyrnn.models.encoders.settings import (
    SEQUENCE,
    LengthSettings,
    NumberSettings,
    UnitSettings,
    VectorSettings,
    VocabularySettings,
    check_pattern,
)
from pyrnn.models.stack_settings import ALIASES, LAYERS, NETWORK, StackSettings
from pyrnn.models.writing.settings import TARGET_UNITS, WriterOptions, WriterSettings, check_unset
from pyrnn.models.writing.targets import MANY
from pyrnn.settings import choice, string, switch, whole

ATTENTIONS = ("additive", "dot", "general", "last", "none")


@dataclass(frozen=True)
class Seq2SeqConfig(
    WriterSettings,
    VectorSettings,
    NumberSettings,
    LengthSettings,
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

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        check_pattern(self.unit, self.pattern)
        if self.shared_vocabulary and self.target_unit not in (None, self.unit):
            raise ValueError(
                f"target_unit: expected {self.unit!r}, that of the sources, with "
                f"shared_vocabulary=True; got {self.target_unit!r}"
            )
        check_unset(self, "keep", self.max_length is None, "max_length=None")
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
    def starts(self) -> bool:
        """Whether the decoder's first states are made of what is known."""
        return not self.copies

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


@dataclass(frozen=True)
class Seq2SeqOptions(WriterOptions):
    """How a translator is trained; see `WriterOptions`."""


@dataclass(frozen=True)
class Seq2SeqColumns(PairColumns, SequenceColumns):
    """Where a file has sources and targets; see `PairColumns`.

    A table may also hold static features beside them, or frames as its sources, as other models
    read them; then its columns have names, and text is what source_column is.

    Raises ValueError as `SequenceColumns`.
    """

    text: str | None = string(
        None,
        "The column of sources in a table that has more than pairs, as static features; that of "
        "--source-column if not given.",
        section=DATA,
    )
    frames: str | None = string(
        None,
        "The column of sources that are arrays, steps x numbers.",
        note="For .npz files, images, sound, and lists of numbers in JSON. Text in this column is "
        "the path of a .wav or .npy file.",
        section=DATA,
    )

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
