"""What writes texts, how it is trained, and how it decodes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields

from pyrnn.decoding.likeliest import WIDEST
from pyrnn.models.encoders.settings import SEQUENCE, VocabularySettings
from pyrnn.models.sequence.options import SequenceOptions
from pyrnn.models.stack_settings import NETWORK
from pyrnn.settings import Settings, choice, number, switch, whole
from pyrnn.training.options import UPDATES

DECODING = "Decoding"
TARGET_UNITS = ("words", "characters", "bytes", "subwords")


@dataclass(frozen=True)
class WriterSettings(VocabularySettings):
    """What a decoder and its texts ask for, beside the settings of a stack."""

    lowercase: bool | None = switch(
        None,
        "Lower-case the text; if not given, it is written as it stands.",
        section=SEQUENCE,
    )

    tied: bool = switch(
        False,
        "Share the weights of the decoder's embedding and the output layer.",
        note="Press and Wolf 2017.",
        section=NETWORK,
    )


# The share of teacher forcing x of the way (0 to 1) to its last value q
SCHEDULES: dict[str, Callable[[float, float], float]] = {
    "constant": lambda x, q: q,
    "linear": lambda x, q: 1 - (1 - q) * x,
    "exponential": lambda x, q: q + (1 - q) * math.exp(-5 * x) if x < 1 else q,
    "sigmoid": lambda x, q: q + (1 - q) / (1 + math.exp(12 * x - 6)) if x < 1 else q,
}


@dataclass(frozen=True)
class WriterOptions(SequenceOptions):
    """SequenceOptions, and what models that write texts add."""

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

    def check(self) -> None:
        """Whether the options go together. Raises ValueError."""
        super().check()
        for name in ("teacher_forcing_schedule", "teacher_forcing_epochs"):
            check_unset(self, name, self.teacher_forcing == 1, "teacher_forcing=1")

    def forced(self, epoch: float) -> float:
        """The share of teacher forcing after so many epochs."""
        x = min(epoch / self.teacher_forcing_epochs, 1.0)
        return SCHEDULES[self.teacher_forcing_schedule](x, self.teacher_forcing)


@dataclass(frozen=True)
class Decoding(Settings):
    """How a text is found: the likeliest token at each step, unless said otherwise.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    beam: int = whole(
        1,
        "Texts that are followed at a time.",
        note="1 takes the likeliest token at each step; 5 is usual for a beam search, at most "
        "10,000.",
        least=1,
        most=WIDEST,
        section=DECODING,
    )
    nbest: int = whole(
        1, "How many texts of each input are wanted; at most beam.", least=1, section=DECODING
    )
    length_penalty: float = number(
        0.6,
        "beam: how much longer texts are favoured.",
        note="Log-likelihoods are divided by ((5 + tokens) / 6) to this power, the end counted as "
        "a token (Wu et al. 2016); 0 for none.",
        least=0,
        most=10,
        section=DECODING,
    )
    max_length: int | None = whole(
        None,
        "Write at most this many tokens, the end counted.",
        note="If not given, twice as many as the longest text of the training data has, and 5.",
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
    samples: int = whole(
        1, "sample: how many texts are drawn for each input.", least=1, section=DECODING
    )

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        if self.nbest > self.beam:
            raise ValueError(f"nbest: expected at most beam, {self.beam}; got {self.nbest}")
        if self.sample and self.beam > 1:
            raise ValueError(f"beam: expected 1 with sample=True; got {self.beam}")
        check_unset(self, "length_penalty", self.beam == 1, "beam=1")
        for name in ("temperature", "top_k", "top_p", "seed", "samples"):
            check_unset(self, name, not self.sample, "sample=False")


def check_unset(settings: Settings, name: str, idle: bool, beside: str) -> None:
    """Raise ValueError for a setting other than its default where it is of no use."""
    unset = next(field.default for field in fields(settings) if field.name == name)
    given = getattr(settings, name)
    if idle and given != unset:
        raise ValueError(f"{name}: expected {unset!r} with {beside}; got {given!r}")
