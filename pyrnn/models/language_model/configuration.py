"""The settings of a language model, stored with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pyrnn.data import POLICIES, TOKENIZERS, Tokenizer, tokenizer_for
from pyrnn.models.stack_settings import NETWORK, StackSettings
from pyrnn.nn.adaptive_softmax import zipf_cutoffs
from pyrnn.settings import choice, number, switch, whole, wholes

SOFTMAXES = ("full", "adaptive")
TOKENS = "Tokens"


@dataclass(frozen=True)
class LanguageModelConfig(StackSettings):
    """What a language model is made of; frozen, and checked when made.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    unit: str = choice("characters", TOKENIZERS, "What counts as one token.", section=TOKENS)
    unknown: str | None = choice(
        None,
        POLICIES,
        "How tokens outside the vocabulary are handled.",
        note="If not given, an error for characters, <unk> for words. All bytes are known, so for "
        "them neither this nor min_count nor max_vocabulary applies.",
        section=TOKENS,
    )
    min_count: int = whole(
        1,
        "Leave out tokens that occur less often than this.",
        note="More than 1 needs unknown tokens to be replaced; so does max_vocabulary.",
        least=1,
        section=TOKENS,
    )
    max_vocabulary: int | None = whole(
        None, "Keep only the N most frequent tokens.", least=1, section=TOKENS
    )
    lowercase: bool = switch(False, "Lower-case the words.", section=TOKENS)

    tied: bool = switch(
        False,
        "Share the weights of the embedding and the output layer.",
        note="Press and Wolf 2017; Inan et al. 2017. Where their widths differ, a projection "
        "without bias connects them.",
        section=NETWORK,
    )
    softmax: str = choice(
        "full",
        SOFTMAXES,
        "Kind of softmax; adaptive is faster with many words.",
        note="adaptive is just as exact (see `pyrnn.nn.AdaptiveSoftmax`). It cannot be used with "
        "bytes, whose numbers say nothing about their frequency, nor with `tied`.",
        section=NETWORK,
    )
    cutoffs: tuple[int, ...] | None = wholes(
        None,
        "adaptive: where its clusters begin; chosen by vocabulary size if not given.",
        note="See `pyrnn.nn.adaptive_softmax.zipf_cutoffs`. A model keeps those it was made with.",
        section=NETWORK,
    )
    div_value: float = number(
        2.0,
        "adaptive: how many times narrower each cluster's vectors are than the last's.",
        note="4, as in `nn.AdaptiveSoftmax`, leaves a layer of 200 units 12 numbers for a rare "
        "word, and saves little: most of the work is in the head.",
        least=1,
        section=NETWORK,
    )

    def check(self) -> None:
        """Whether the settings go together. Raises ValueError."""
        super().check()
        self._check_tokens()
        self._check_softmax()

    def _check_tokens(self) -> None:
        """Whether the unit has what is asked of it."""
        if self.lowercase and self.unit != "words":
            raise ValueError(
                f"lowercase: expected False with unit={self.unit!r}; got {self.lowercase!r}"
            )
        unset = {"unknown": None, "min_count": 1, "max_vocabulary": None}
        for name, value in unset.items() if self.unit == "bytes" else ():
            if getattr(self, name) != value:
                raise ValueError(
                    f"{name}: expected {value} with unit='bytes', since all 256 bytes are known; "
                    f"got {getattr(self, name)!r}"
                )
        policy = self.unknown or ("replace" if self.unit == "words" else "error")
        if (self.min_count > 1 or self.max_vocabulary is not None) and policy == "error":
            raise ValueError(
                "unknown: expected 'replace' beside min_count or max_vocabulary, which drop "
                f"tokens of the text itself; got {self.unknown!r}"
            )

    def _check_softmax(self) -> None:
        """Whether the output layer can be what is asked of it."""
        if self.softmax == "full":
            for name, unset in (("cutoffs", None), ("div_value", 2.0)):
                if getattr(self, name) != unset:
                    raise ValueError(
                        f"{name}: expected {unset} with softmax='full', which has no clusters; "
                        f"got {getattr(self, name)!r}"
                    )
            return
        if self.tied:
            raise ValueError(
                "tied: expected False with softmax='adaptive', whose vectors of rarer tokens are "
                "narrower than their embeddings; got True"
            )
        if self.unit == "bytes":
            raise ValueError(
                "softmax: expected 'full' with unit='bytes', which are not numbered by their "
                "frequency; got 'adaptive'"
            )

    def for_vocabulary(self, size: int) -> LanguageModelConfig:
        """The same settings with the cutoffs of a vocabulary of so many tokens, where None.

        Raises ValueError for a vocabulary that is too small for clusters, and for cutoffs beyond
        its size.
        """
        if self.softmax == "full":
            return self
        if size < 3:
            raise ValueError(
                f"softmax: expected 'full' with {size} tokens, too few for clusters; got 'adaptive'"
            )
        cutoffs = self.cutoffs or zipf_cutoffs(size)
        if cutoffs[-1] >= size:
            raise ValueError(
                f"cutoffs: expected numbers below {size}, the size of the vocabulary; "
                f"got {cutoffs[-1]}"
            )
        return replace(self, cutoffs=cutoffs)

    def tokenizer(self, text: str | Iterator[str]) -> Tokenizer:
        """The tokenizer of a text, or of its pieces, with the vocabulary that these settings ask
        for.

        Raises ValueError for an empty text, and where `min_count` leaves nothing.
        """
        options: dict[str, Any] = {}
        if self.unknown is not None:
            options["unknown"] = self.unknown
        if self.min_count > 1:
            options["min_count"] = self.min_count
        if self.max_vocabulary is not None:
            options["max_vocabulary"] = self.max_vocabulary
        if self.lowercase:
            options["lowercase"] = True
        return tokenizer_for(text, self.unit, **options)
