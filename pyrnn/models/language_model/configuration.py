"""The settings of a language model, stored with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pyrnn.data import POLICIES, TOKENIZERS, Tokenizer, tokenizer_for
from pyrnn.files.strict_json import settings_of
from pyrnn.kernels.stack import CELLS, FLOATS, gates
from pyrnn.nn.adaptive_softmax import zipf_cutoffs
from pyrnn.nn.initializers import RECURRENT

DTYPES = tuple(dtype.name for dtype in FLOATS)
SOFTMAXES = ("full", "adaptive")


@dataclass(frozen=True)
class LanguageModelConfig:
    """What a language model is made of; frozen, and checked when made.

    The tokens (see `pyrnn.data.tokenizers`):
        unit: characters (default), bytes or words.
        unknown: what becomes of characters or words that are not in the vocabulary: "error" or
            "replace". None (default): an error for characters, `<unk>` for words. Bytes have no
            vocabulary, and so neither this nor the next two.
        min_count: rarer characters or words are left out of the vocabulary; default 1. More asks
            for replacement, and so does the next.
        max_vocabulary: at most so many tokens, the most frequent; default None, no limit.
        lowercase: words only: whether text is lower-cased; default no.

    The layers:
        cell: one of `pyrnn.kernels.stack.CELLS`; default lstm.
        hidden_size: H; default 256. num_layers: L; default 1.
        embedding_size: E; default None: as wide as H.
        tied: whether the output layer's weight is the embedding's (Press and Wolf 2017; Inan et al.
            2017). Where E is not H, a projection without bias stands between. Default no.
        softmax: of the output layer: full (default), or adaptive, which is as exact and much faster
            with a large vocabulary (see `pyrnn.nn.AdaptiveSoftmax`); not with bytes, whose numbers
            say nothing of their frequency, and not with `tied`.
        cutoffs: adaptive only: the ids at which its clusters begin, rising; default None: by the
            size of the vocabulary (see `pyrnn.nn.adaptive_softmax.zipf_cutoffs`). A model keeps
            those that it was made with.
        div_value: adaptive only: the vectors of the k-th cluster are H / div_value^k wide;
            default 2 (4, as in `nn.AdaptiveSoftmax`, leaves a layer of 200 units 12 numbers for a
            rare word, and saves little: most of the work is in the head).
        dropout_input, dropout_between, dropout_output: probabilities of zeroing an element of the
            embeddings, of the outputs between two layers, and of the last layer's outputs, in
            training; default 0. dropout_between needs more than one layer.
        init: of the recurrent weights: orthogonal (default), torch, or identity, which is for the
            cells without gates.
        dtype: float32 (default) or float64.
        seed: of the initial weights; default 0.

    Raises ValueError for a setting outside its range or one that does not go with another, naming
    it.
    """

    unit: str = "characters"
    unknown: str | None = None
    min_count: int = 1
    max_vocabulary: int | None = None
    lowercase: bool = False

    cell: str = "lstm"
    hidden_size: int = 256
    num_layers: int = 1
    embedding_size: int | None = None
    tied: bool = False
    softmax: str = "full"
    cutoffs: tuple[int, ...] | None = None
    div_value: float = 2.0
    dropout_input: float = 0.0
    dropout_between: float = 0.0
    dropout_output: float = 0.0
    init: str = "orthogonal"
    dtype: str = "float32"
    seed: int = 0

    def __post_init__(self) -> None:
        self._choose("unit", tuple(TOKENIZERS))
        self._choose("unknown", (*POLICIES, None))
        self._choose("cell", CELLS)
        self._choose("init", tuple(RECURRENT))
        self._choose("dtype", DTYPES)
        for name in ("min_count", "hidden_size", "num_layers"):
            self._whole(name, least=1)
        for name in ("max_vocabulary", "embedding_size"):
            self._whole(name, least=1, optional=True)
        self._whole("seed", least=0)
        for name in ("lowercase", "tied"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name}: expected True or False; got {getattr(self, name)!r}")
        for name in ("dropout_input", "dropout_between", "dropout_output"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not 0 <= value < 1:
                raise ValueError(f"{name}: expected a probability below 1; got {value!r}")
        for name in ("lowercase", "tied"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name}: expected True or False; got {getattr(self, name)!r}")
        if self.dropout_between and self.num_layers == 1:
            raise ValueError(
                f"dropout_between: expected 0 with one layer, since there is nothing between; "
                f"got {self.dropout_between}"
            )
        if self.init == "identity" and gates(self.cell) > 1:
            raise ValueError(
                f"init: expected another one with cell={self.cell!r}, since identity is for cells "
                f"without gates; got {self.init!r}"
            )
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
        self._choose("softmax", SOFTMAXES)
        if self.cutoffs is not None:
            object.__setattr__(self, "cutoffs", _rising(self.cutoffs))  # a list in JSON
        divisor = self.div_value
        if not isinstance(divisor, (int, float)) or not 1 <= divisor < math.inf:
            raise ValueError(f"div_value: expected a number of at least 1; got {divisor!r}")
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

    def _choose(self, name: str, known: tuple[str | None, ...]) -> None:
        if getattr(self, name) not in known:
            names = ", ".join(str(entry) for entry in known)
            raise ValueError(f"{name}: expected one of {names}; got {getattr(self, name)!r}")

    def _whole(self, name: str, *, least: int, optional: bool = False) -> None:
        value = getattr(self, name)
        if value is None and optional:
            return
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name}: expected a whole number of at least {least}; got {value!r}")

    @property
    def embedding(self) -> int:
        """E: `embedding_size`, or H where that is None."""
        return self.hidden_size if self.embedding_size is None else self.embedding_size

    def tokenizer(self, text: str) -> Tokenizer:
        """The tokenizer of a text, with the vocabulary that these settings ask for.

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

    def to_json(self) -> dict[str, Any]:
        """All settings, ready for JSON."""
        cutoffs = None if self.cutoffs is None else list(self.cutoffs)
        return {**asdict(self), "cutoffs": cutoffs}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> LanguageModelConfig:
        """The settings that `to_json` wrote. Raises ValueError for anything else."""
        return settings_of(cls, "language model", content)


def _rising(cutoffs: Any) -> tuple[int, ...]:
    """Cutoffs as a tuple. Raises ValueError unless they are rising whole numbers above 0."""
    whole = isinstance(cutoffs, (list, tuple)) and all(
        isinstance(cut, int) and not isinstance(cut, bool) for cut in cutoffs
    )
    if not whole or not cutoffs or list(cutoffs) != sorted({*cutoffs}) or cutoffs[0] < 1:
        raise ValueError(f"cutoffs: expected rising whole numbers of at least 1; got {cutoffs!r}")
    return tuple(cutoffs)
