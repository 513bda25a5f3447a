"""Byte-level byte-pair encoding, by the tokenizers library (the extra `subwords`).

A piece begins as one byte of the text's UTF-8. The pair of neighbours that the training texts have
most often becomes a piece, then the next pair, and so on (Sennrich, Haddow and Birch 2016; on bytes
Radford et al. 2019). Pieces do not cross from one word, number or run of signs into the next; the
blank before a word belongs to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Tokenizer

BYTES = 256
CHUNK = 1 << 15  # characters at once: the library takes 600 bytes a piece while it works
BREAK = re.compile(r"(?<=[^\W_]) (?=[^\W_])")  # a blank between words, before which it always cuts
LEAST_PAIRS = 2  # what stands once is no pattern; each of its pieces would be met once in training
# How the library spells bytes: itself where that is a visible character, else one from 256 on
VISIBLE = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
HIDDEN = tuple(byte for byte in range(BYTES) if byte not in VISIBLE)
SPELLED = {byte: chr(byte) for byte in VISIBLE}
SPELLED |= {byte: chr(BYTES + n) for n, byte in enumerate(HIDDEN)}
BYTE_OF = {letter: byte for byte, letter in SPELLED.items()}
# What a model's JSON must say beside its pieces: the library has other ways, not tried here
PIPELINE: dict[str, Any] = {
    "truncation": None,
    "padding": None,
    "added_tokens": [],
    "normalizer": None,
    "post_processor": None,
}
CUT = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
UNUSED = (
    *("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"),
    *("fuse_unk", "byte_fallback", "ignore_merges"),
)


class BytePairs:
    """Texts to pieces of them, numbered from 0, and back.

    pieces: the bytes of each.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        numbers = tokenizer.get_vocab(with_added_tokens=False)
        spelled = sorted(numbers, key=numbers.__getitem__)
        self.pieces = tuple(bytes(BYTE_OF[letter] for letter in piece) for piece in spelled)

    @classmethod
    def train(cls, texts: Iterable[str], *, size: int, min_count: int) -> BytePairs:
        """The pieces of training texts, the same for texts in any order.

        size: pieces, at most; of at least 256, since each byte is one. min_count: a pair becomes a
            piece where it stands so often, and at least twice.
        Raises ImportError without the library.
        """
        from_library = _library()
        tokenizer = _tokenizer(from_library.models.BPE())
        trainer = from_library.trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=max(LEAST_PAIRS, min_count),
            initial_alphabet=list(BYTE_OF),
            show_progress=False,
        )
        with _panics_refused("texts"):
            parts = chain.from_iterable(map(_parts, texts))
            tokenizer.train_from_iterator(map(_without_halves, parts), trainer)
        return cls(tokenizer)

    def numbers(self, text: str) -> np.ndarray:
        """The numbers of a text's pieces, int64 (N,). Half of a surrogate pair, which is no text,
        is read as U+FFFD."""
        return np.concatenate([self._numbers(part) for part in _parts(text)])

    def _numbers(self, part: str) -> np.ndarray:
        with _panics_refused("text"):
            found = self._tokenizer.encode(_without_halves(part), add_special_tokens=False)
            return np.array(found.ids, np.int64)

    def to_json(self) -> dict[str, Any]:
        """The library's own JSON: what `tokenizers.Tokenizer.from_str` reads."""
        return json.loads(self._tokenizer.to_str())

    @classmethod
    def from_json(cls, content: Any) -> BytePairs:
        """What `to_json` wrote. Raises ValueError for anything else, ImportError without the
        library."""
        vocabulary, merges = _checked(content)
        library = _library()
        with _panics_refused("tokenizer"):
            return cls(_tokenizer(library.models.BPE(vocabulary, merges)))


def _library() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise ImportError(
            "subwords need the tokenizers library: pip install 'pyrnn-kernels[subwords]'"
        ) from error
    return tokenizers


def _tokenizer(model: Any) -> Tokenizer:
    library = _library()
    tokenizer = library.Tokenizer(model)
    tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = library.decoders.ByteLevel()  # for those who read the JSON with the library
    return tokenizer


@contextmanager
def _panics_refused(name: str) -> Iterator[None]:
    """What goes wrong in the library as a ValueError; its panics are no Exception of Python's."""
    try:
        yield
    except (MemoryError, TypeError, ValueError):
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise ValueError(f"{name}: the tokenizers library says: {error!s:.200}") from error
        raise


def _parts(text: str) -> Iterator[str]:
    """A text in parts of CHUNK characters or a little more, whose pieces are those of the text."""
    first = 0
    while len(text) - first > CHUNK and (found := BREAK.search(text, first + CHUNK)):
        yield text[first : found.start()]
        first = found.start()
    yield text[first:]


def _without_halves(text: str) -> str:
    """The text with U+FFFD for what is half of a pair of surrogates, and no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _checked(content: Any) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The pieces and the merges of the library's JSON, if it has those of `train` alone."""
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise ValueError(f"tokenizer: expected an object with a model; got {content!r:.80}")
    model = content["model"]
    for name, value in PIPELINE.items():
        if content.get(name, value) != value:
            raise ValueError(f"{name}: expected {value!r}; got {content[name]!r:.80}")
    cut = content.get("pre_tokenizer")
    if not isinstance(cut, dict) or {name: cut.get(name, True) for name in CUT} != CUT:
        raise ValueError(f"pre_tokenizer: expected {CUT}; got {cut!r:.80}")
    if model.get("type") != "BPE":
        raise ValueError(f"model: expected one of type 'BPE'; got {model.get('type')!r:.80}")
    for name in UNUSED:
        if model.get(name):
            raise ValueError(f"{name}: expected none; got {model[name]!r:.80}")
    return _checked_vocabulary(model.get("vocab")), _checked_merges(model)


def _checked_vocabulary(vocabulary: Any) -> dict[str, int]:
    if not isinstance(vocabulary, dict):
        raise ValueError(f"vocab: expected an object; got {vocabulary!r:.80}")
    numbers = list(vocabulary.values())
    whole = all(type(number) is int for number in numbers)
    if not whole or sorted(numbers) != list(range(len(numbers))):
        raise ValueError(f"vocab: expected the numbers 0 to {len(numbers) - 1}, each once")
    for piece in vocabulary:
        if not piece or not BYTE_OF.keys() >= set(piece):
            raise ValueError(f"vocab: expected pieces made of the 256 bytes; got {piece!r:.80}")
    for letter in BYTE_OF:
        if letter not in vocabulary:
            raise ValueError(f"vocab: expected all 256 bytes; got none for {letter!r}")
    return vocabulary


def _checked_merges(model: dict[str, Any]) -> list[tuple[str, str]]:
    merges = model.get("merges")
    if not isinstance(merges, list):
        raise ValueError(f"merges: expected a list; got {merges!r:.80}")
    for pair in merges:
        whole = isinstance(pair, list) and len(pair) == 2
        parts = [*pair, "".join(pair)] if whole and set(map(type, pair)) == {str} else [None]
        if not all(part in model["vocab"] for part in parts):
            raise ValueError(f"merges: expected pairs of pieces that make one; got {pair!r:.80}")
    return [(left, right) for left, right in merges]
