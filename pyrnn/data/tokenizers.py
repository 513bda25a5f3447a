"""The list of tokenizers: characters, bytes or words.

| unit       | a token is                     | a token that is not in the vocabulary        |
|------------|--------------------------------|----------------------------------------------|
| characters | one Unicode code point         | an error that names the character, or U+FFFD |
| bytes      | one byte of the text's UTF-8   | does not exist: all 256 are known            |
| words      | a run of non-blank characters; | `<unk>`, or an error that names the word     |
|            | each newline is `<eos>`        |                                              |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyrnn.data.bytes import ByteTokenizer
from pyrnn.data.characters import CharacterTokenizer
from pyrnn.data.listed import listed_from_json
from pyrnn.data.tokenizer import Tokenizer, expect_text
from pyrnn.data.words import WordTokenizer

TOKENIZERS: dict[str, type[CharacterTokenizer] | type[ByteTokenizer] | type[WordTokenizer]] = {
    kind.unit: kind for kind in (CharacterTokenizer, ByteTokenizer, WordTokenizer)
}


def tokenizer_for(text: str | Iterable[str], unit: str = "characters", **options: Any) -> Tokenizer:
    """The tokenizer of a text. unit: a name in TOKENIZERS; options: those of its `train`.

    text: a string, or an iterator over the pieces of one, which are read once.
    Raises ValueError for an unknown unit and for an empty text.
    """
    if unit not in TOKENIZERS:
        raise ValueError(f"unit: expected one of {', '.join(TOKENIZERS)}; got {unit!r}")
    if not isinstance(text, Iterator) and not expect_text(text):
        raise ValueError("text: expected at least one character; got an empty text")
    return TOKENIZERS[unit].train(text, **options)


def tokenizer_from_json(content: dict[str, Any]) -> Tokenizer:
    """The tokenizer whose `to_json` this is. Raises ValueError where it is none."""
    return listed_from_json("tokenizer", "unit", TOKENIZERS, content)
