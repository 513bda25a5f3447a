"""Lists of words: each word by itself, and by its characters.

A word has a row of a table, by its spelling without regard to case (`lowercase`), and is read as a
sequence of characters, which keep their case. Row 0 of both tables stands for what the training
data do not have.

Text has far fewer different words than words: those of some data are read once (`PackedWords`), and
a batch holds each of its own once (`Words`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pyrnn.data import Packed, TextForm, Vocabulary
from pyrnn.files.strict_json import shortened
from pyrnn.kernels.scalars import integer

LONGEST = 64  # characters of a word that are read, half of them at either end of a longer one
FORM = "NFC"  # where nothing is said


class Words(NamedTuple):
    """The U different words of a batch.

    ids: int64 (U,), rows of the table of words. characters: int64 (C, U), rows of the table of
    characters, zeros past each length. lengths: int64 (U,), of the words.
    """

    ids: np.ndarray
    characters: np.ndarray
    lengths: np.ndarray


class PackedWords(Packed):
    """Sentences as the numbers of their words among the F different ones of some data.

    forms: the different words. ids: int64 (F,). characters: of each, (N_f,).
    """

    forms: tuple[str, ...]
    ids: np.ndarray
    characters: Packed

    def words(self, numbers: np.ndarray) -> Words:
        """Those of these numbers, int64 (U,)."""
        if not len(numbers):
            none = np.zeros(0, np.int64)
            return Words(none, np.zeros((0, 0), np.int64), none)
        return Words(self.ids[numbers], *self.characters.padded(numbers))

    def fingerprint(self) -> str:
        """A digest of the different words, in their order."""
        said = b"\0".join(form.encode("utf-8", "surrogatepass") for form in self.forms)
        return hashlib.sha256(said).hexdigest()


class WordInput:
    """Lists of words, as rows of a table and as characters.

    words: the known ones, the most frequent first. rare: the first of those that the training data
        have once; all behind it are such, too. characters: the known ones.
    part, called, settings: see `text.TextInput`.
    """

    part: ClassVar[str] = "words"
    called: ClassVar[str] = "lists of words"
    settings: ClassVar[tuple[str, ...]] = (
        *("lowercase", "normalization", "min_count", "max_vocabulary", "unknown_rate"),
        *("embedding_size", "vectors", "freeze_embedding"),
        *("characters", "character_size", "character_features", "character_width"),
    )

    def __init__(self, words: Vocabulary, rare: int, characters: Vocabulary, config: Any) -> None:
        self.words, self.rare, self.characters, self.config = words, rare, characters, config
        self._form = TextForm(config.normalization or FORM)

    @classmethod
    def fit(cls, inputs: Sequence[Sequence[str]], config: Any) -> WordInput:
        """The words and characters of training data. Raises ValueError where they have none."""
        form = TextForm(config.normalization or FORM)
        found = Counter(word for sentence in inputs for word in sentence)
        spelled: Counter[str] = Counter()
        for word, count in found.items():
            spelled[form.of(word)] += count
        known: Counter[str] = Counter()
        for word, count in spelled.items():
            known[word.lower() if config.lowercase else word] += count
        if not known:
            raise ValueError("sentences: expected at least one word; got none")
        limits = {"min_count": config.min_count, "max_vocabulary": config.max_vocabulary}
        try:
            words = Vocabulary.count(known.elements(), **limits)
        except ValueError as error:
            raise ValueError(f"min_count: expected one that leaves words; {error}") from error
        frequent = sum(known[word] > 1 for word in words)
        # Every word has one, or it would have no sequence of characters
        characters = Vocabulary(sorted({c for word in spelled for c in word}) or [" "])
        return cls(words, frequent, characters, config)

    @classmethod
    def from_json(cls, content: Any, config: Any) -> WordInput:
        """Out of a file. Raises ValueError for anything else."""
        if not isinstance(content, Mapping):
            raise ValueError(f"words: expected an object; got {shortened(content)}")
        words = Vocabulary.from_json({"tokens": content["tokens"]})
        characters = Vocabulary.from_json({"tokens": content["characters"]})
        try:
            rare = integer("rare", content["rare"], least=0, most=len(words))
        except TypeError as error:
            raise ValueError(str(error)) from error
        return cls(words, rare, characters, config)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {
            "tokens": list(self.words.tokens),
            "rare": self.rare,
            "characters": list(self.characters.tokens),
        }

    def streamed(self) -> list[Any]:
        """Nothing: what reads words, the network has."""
        return []

    @property
    def tokens(self) -> int:
        """V: the rows of the table of words."""
        return len(self.words) + 1

    @property
    def letters(self) -> int:
        """The rows of the table of characters."""
        return len(self.characters) + 1

    @property
    def features(self) -> int:
        """None: its steps are no numbers."""
        return 0

    @property
    def reserved(self) -> int:
        """The rows of the table that belong to no word."""
        return 1

    def known(self) -> list[str]:
        """The words of the rows behind the reserved ones."""
        return list(self.words.tokens)

    @staticmethod
    def takes(value: Any) -> bool:
        """Whether it is a list of words, of one at least."""
        if isinstance(value, np.ndarray):
            return value.dtype.kind == "U" and value.size > 0
        return isinstance(value, list | tuple) and len(value) > 0 and isinstance(value[0], str)

    @staticmethod
    def checked(value: Any, name: str, like: Any = None, config: Any = None) -> tuple[str, ...]:
        """A list of words, as a tuple. Raises TypeError for none, ValueError for an empty word."""
        if isinstance(value, str) or not hasattr(value, "__len__") or isinstance(value, Mapping):
            words = " ".join(shortened(value).split())
            raise TypeError(f"{name}: expected a list of words; got {type(value).__name__} {words}")
        if isinstance(value, np.ndarray):
            value = value.tolist() if value.size else ()
        for place, word in enumerate(value):
            if not isinstance(word, str):
                raise TypeError(
                    f"{name}: expected words; got {type(word).__name__} {shortened(word)} at "
                    f"position {place}"
                )
            if not word:
                raise ValueError(f"{name}: expected words; got an empty one at position {place}")
        return value if isinstance(value, tuple) else tuple(value)

    @staticmethod
    def alike(values: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Lists of words are."""
        return values

    @staticmethod
    def stored(inputs: Iterable[Any]) -> list[tuple[str, ...]]:
        """Sentences out of a file."""
        return [one if isinstance(one, tuple) else tuple(one) for one in inputs]

    @staticmethod
    def in_words(value: Any) -> str:
        """What all inputs of a file have in common."""
        return "words"

    def steps_of(self, value: Sequence[str]) -> int:
        """How many words there are, N."""
        return len(value)

    def sequence(self, value: Sequence[str]) -> np.ndarray:
        """The rows of the table of words, int64 (N,)."""
        words = self.sequences([value])
        return words.ids[words[0]]

    def sequences(self, inputs: Sequence[Sequence[str]]) -> PackedWords:
        """Sentences as a model reads them."""
        numbers: dict[str, int] = {}
        found = Packed.gather(
            ([numbers.setdefault(w, len(numbers)) for w in sentence] for sentence in inputs),
            np.int32,
        )
        words = PackedWords(found.values, found.offsets)
        words.forms = tuple(numbers)
        spelled = [self._form.of(form) for form in words.forms]
        words.ids = self.words.lookup([self._entry(word) for word in spelled]) + 1
        words.characters = Packed.gather((self._letters(word) for word in spelled), np.int32)
        return words

    def rows(self, words: Sequence[str]) -> Words:
        """U different words, each by itself."""
        packed = self.sequences([words])
        return packed.words(packed[0])

    def _entry(self, word: str) -> str:
        return word.lower() if self.config.lowercase else word

    def _letters(self, word: str) -> np.ndarray:
        half = LONGEST // 2
        read = word if len(word) <= LONGEST else word[:half] + word[-half:]
        return self.characters.lookup(read) + 1

    def shown(self, value: Sequence[str]) -> str:
        """An input in a report."""
        return " ".join(value)

    def in_short(self) -> str:
        """12,167 words."""
        return f"{len(self.words):,} words"
