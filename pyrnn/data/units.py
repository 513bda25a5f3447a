"""What a token of a text is, for a model that reads texts.

| unit        | a token is                                                   | lower-cased | form  |
|-------------|--------------------------------------------------------------|-------------|-------|
| words       | letters, digits and their marks in a row, apostrophes inside | yes         | NFC   |
| words+signs | a word, or a sign, which knows what it touches               | no          | NFC   |
| characters  | one Unicode code point                                       | no          | NFC   |
| bytes       | one byte of the text's UTF-8                                 | never       | never |
| regex       | what matches a pattern                                       | yes         | NFC   |

The last two columns are what is done unless the caller says otherwise, see text_form.py. Bytes are
read as they are: what comes back is what went in.

(A language model must write what it reads, blanks and commas too: see tokenizers.py for its units.
What translates writes texts up to their blanks: words+signs.)
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain
from typing import ClassVar

import numpy as np

from pyrnn.data.bytes import ByteTokenizer, utf8
from pyrnn.data.code_points import CodePoints
from pyrnn.data.text_form import TextForm
from pyrnn.data.vocabulary import Vocabulary


class Unit(ABC):
    """A way to cut a text into tokens.

    name: its name in UNITS. separator: what stands between tokens when they are put together.
    unknown: what stands for a token that is not known. form: what is done to a text first, unless
    the caller says otherwise. fixed: nobody may. pattern: of the regular expression, if any.
    """

    name: ClassVar[str]
    separator: ClassVar[str] = " "
    unknown: ClassVar[str] = "<unk>"
    form: ClassVar[TextForm] = TextForm("NFC", lowercase=True)
    fixed: ClassVar[bool] = False
    pattern: str | None = None

    def __init__(self, pattern: str | None = None) -> None:
        if pattern is not None:
            raise ValueError(f"pattern: expected None with unit={self.name!r}; got {pattern!r:.80}")

    def checked_form(self, form: TextForm) -> TextForm:
        """The form itself. Raises ValueError for another than the unit's, where that is fixed."""
        for name, value in self.form.to_json().items():
            got = getattr(form, name)
            if self.fixed and got != value:
                raise ValueError(
                    f"{name}: expected {value!r} with unit={self.name!r}, which reads text as it "
                    f"is; got {got!r}"
                )
        return form

    @abstractmethod
    def split(self, text: str) -> list[str]:
        """The tokens of a text."""

    def count(
        self, texts: Iterable[str], *, min_count: int = 1, max_vocabulary: int | None = None
    ) -> Vocabulary:
        """The vocabulary of texts, by falling count; limits as in `Vocabulary.count`."""
        tokens = chain.from_iterable(map(self.split, texts))
        return Vocabulary.count(tokens, min_count=min_count, max_vocabulary=max_vocabulary)

    def lookup(self, vocabulary: Vocabulary) -> Callable[[str], np.ndarray]:
        """text -> the places of its tokens in the vocabulary, int64 (N,), -1 for one not there.

        Raises ValueError for a vocabulary that cannot be of this unit.
        """
        return lambda text: vocabulary.lookup(self.split(text))

    def lookup_all(
        self, vocabulary: Vocabulary, lookup: Callable[[str], np.ndarray], texts: Sequence[str]
    ) -> tuple[np.ndarray, list[int]]:
        """The places of the tokens of many texts, one behind the other, and how many each has.

        lookup: what `lookup` gave for the vocabulary.
        """
        each = list(map(self.split, texts))
        return vocabulary.lookup(list(chain.from_iterable(each))), list(map(len, each))

    def join(self, tokens: Iterable[str]) -> str:
        """The text of tokens, up to what splitting dropped."""
        return self.separator.join(tokens)

    def readable(self, token: str) -> str:
        """A token as it is shown."""
        return token


class Words(Unit):
    """Letters and digits in a row, with the marks that belong to them and apostrophes inside.

    "good," and "good" are one word, so are don't and don\u2019t; "well-known" is two words, and so
    is "3.5"; signs and emoji are none; `<br />`, with which web pages break their lines, is a
    blank. Scripts without blanks between words, as Chinese, are better read as characters.
    """

    name = "words"

    def split(self, text: str) -> list[str]:
        if "<" in text:
            text = LINE_BREAK.sub(" ", text)
        if text.isascii():
            return WORD.findall(text)
        text = text.replace("\u2019", "'")
        return (WORD if marks().isdisjoint(text) else _marked_word()).findall(text)


class WordsAndSigns(Unit):
    """Words as `Words` has them, and each other character that is no blank by itself.

    A sign that touches what stands before it begins with JOINER, one that touches the word behind
    it ends with one: "(Well, 3.5!)" is

        (\uffed  Well  \uffed,  3  \uffed.\uffed  5  \uffed!  \uffed)

    so that `join` gives a text back but for the number of its blanks. A JOINER in a text itself is
    a blank. OpenNMT's tokenizer marks joints in the same way.
    """

    name = "words+signs"
    form = TextForm("NFC", lowercase=False)

    def split(self, text: str) -> list[str]:
        text = text.replace(JOINER, " ")
        plain = text.isascii() or marks().isdisjoint(text)
        token = WORD_OR_SIGN if plain else _marked_word_or_sign()
        return [
            f"{JOINER * (sign.start() > 0 and not text[sign.start() - 1].isspace())}{sign[0]}"
            f"{JOINER * bool(sign[2])}"
            if sign[1] is None
            else sign[0]
            for sign in token.finditer(text)
        ]

    def join(self, tokens: Iterable[str]) -> str:
        text = self.separator.join(tokens := list(tokens))
        if JOINER not in text:
            return text
        parts: list[str] = []
        touches = True  # what is to come
        for token in tokens:
            if not touches and not token.startswith(JOINER):
                parts.append(" ")
            parts.append(token.strip(JOINER))
            touches = token.endswith(JOINER)
        return "".join(parts)

    def readable(self, token: str) -> str:
        return token.strip(JOINER)


class Characters(Unit):
    """Each code point."""

    name = "characters"
    separator = ""
    unknown = "\ufffd"
    form = TextForm("NFC", lowercase=False)

    def split(self, text: str) -> list[str]:
        return list(text)

    def lookup(self, vocabulary: Vocabulary) -> Callable[[str], np.ndarray]:
        return CodePoints(vocabulary).lookup

    def lookup_all(
        self, vocabulary: Vocabulary, lookup: Callable[[str], np.ndarray], texts: Sequence[str]
    ) -> tuple[np.ndarray, list[int]]:
        return lookup("".join(texts)), list(map(len, texts))


class Bytes(Unit):
    """Each byte of the text's UTF-8: all are known, so the vocabulary is always the same."""

    name = "bytes"
    separator = ""
    unknown = "\ufffd"
    form = TextForm("none", lowercase=False)
    fixed = True

    def split(self, text: str) -> list[str]:
        return [BYTES[number] for number in utf8(text)]

    def count(
        self, texts: Iterable[str], *, min_count: int = 1, max_vocabulary: int | None = None
    ) -> Vocabulary:
        for name, value, unset in (
            ("min_count", min_count, 1),
            ("max_vocabulary", max_vocabulary, None),
        ):
            if value != unset:
                raise ValueError(
                    f"{name}: expected {unset} with unit='bytes', since all 256 bytes are known; "
                    f"got {value!r:.80}"
                )
        return Vocabulary(BYTES)

    def lookup(self, vocabulary: Vocabulary) -> Callable[[str], np.ndarray]:
        if vocabulary.tokens != BYTES:
            raise ValueError("vocabulary: expected the 256 bytes; got others")
        return lambda text: np.frombuffer(utf8(text), np.uint8).astype(np.int64)

    def lookup_all(
        self, vocabulary: Vocabulary, lookup: Callable[[str], np.ndarray], texts: Sequence[str]
    ) -> tuple[np.ndarray, list[int]]:
        return lookup("".join(texts)), [len(utf8(text)) for text in texts]

    def join(self, tokens: Iterable[str]) -> str:
        content = b"".join(_CODES.get(token) or token.encode() for token in tokens)
        return content.decode("utf-8", "replace")


class Regex(Unit):
    """The matches of a regular expression, from left to right; empty ones are none."""

    name = "regex"

    def __init__(self, pattern: str | None = None) -> None:
        if not isinstance(pattern, str):
            raise TypeError(
                "pattern: expected a regular expression with unit='regex'; got "
                f"{type(pattern).__name__} {pattern!r:.80}"
            )
        try:
            self._compiled = re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(
                f"pattern: expected a regular expression; got {pattern!r:.80} ({error})"
            ) from error
        self.pattern = pattern

    def split(self, text: str) -> list[str]:
        if self._compiled.groups:  # with which findall would give the groups, not the matches
            found = [match[0] for match in self._compiled.finditer(text)]
        else:
            found = self._compiled.findall(text)
        return [token for token in found if token]


UNITS: dict[str, type[Unit]] = {
    kind.name: kind for kind in (Words, WordsAndSigns, Characters, Bytes, Regex)
}

BYTES = tuple(map(ByteTokenizer().token, range(256)))
_CODES = {token: bytes((number,)) for number, token in enumerate(BYTES)}
LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
JOINER = "\uffed"  # of a sign and what it touches
# group 1: a word; group 2: whether a word follows a sign
WORD_OR_SIGN = re.compile(r"([^\W_]+(?:['\u2019][^\W_]+)*)|\S(?=([^\W_])?)")


@cache
def marks() -> frozenset[str]:
    """The characters that stand on, beside or between letters: categories Mn, Mc and Me, and the
    joiners that stand inside words of Persian and of Indian scripts.
    """
    # Two blocks hold all marks: up to 0x20000, and the variation selectors in plane 14
    points = map(chr, (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0)))
    return frozenset("\u200c\u200d").union(
        point for point in points if unicodedata.category(point).startswith("M")
    )


@cache
def _marked_word() -> re.Pattern[str]:
    """WORD with marks, which `\\w` is without: most words of Hindi would fall to pieces. It takes
    ten times as long a word (1.4 us, 0.13 us), so texts without marks are spared it.
    """
    return re.compile(_marked("'"))


@cache
def _marked_word_or_sign() -> re.Pattern[str]:
    """WORD_OR_SIGN with marks."""
    word = _marked("['\u2019]")
    return re.compile(rf"({word})|\S(?=([^\W_])?)")


def _marked(apostrophe: str) -> str:
    inner = rf"(?:[{''.join(sorted(marks()))}]|{apostrophe}(?=[^\W_]))"
    return rf"[^\W_]+(?:{inner}[^\W_]*)*"
