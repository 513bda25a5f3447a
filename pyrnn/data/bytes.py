"""Each byte of a text as a token."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from pyrnn.data.tokenizer import Tokenizer, expect_text


class ByteTokenizer(Tokenizer):
    """Each byte of the text's UTF-8 is a token: no text is unknown, and none needs a vocabulary.

    What `read_bytes` read is encoded as it was, byte by byte. Ids that are no UTF-8 decode to
    U+FFFD.
    """

    unit = "bytes"

    @classmethod
    def train(cls, text: str | Iterable[str], **nothing: Any) -> ByteTokenizer:
        """The tokenizer: the same for every text, which is not read. Takes no options."""
        if nothing:
            raise ValueError(f"bytes: expected no vocabulary options; got {sorted(nothing)}")
        return cls()

    @property
    def size(self) -> int:
        return 256

    @property
    def newline_id(self) -> int | None:
        return ord("\n")

    def lookup(self, text: str) -> np.ndarray:
        return np.frombuffer(utf8(expect_text(text)), np.uint8).astype(np.int64)

    def pieces(self, ids: Iterable[int], after: str = "") -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for number in ids:
            if not 0 <= number < self.size:
                raise ValueError(f"id: expected 0 to {self.size - 1}; got {number}")
            yield decoder.decode(bytes((number,)))
        yield decoder.decode(b"", final=True)

    def token(self, number: int) -> str:
        if not 0 <= number < self.size:
            raise ValueError(f"id: expected 0 to {self.size - 1}; got {number}")
        return chr(number) if number < 128 else f"<0x{number:02X}>"

    def to_json(self) -> dict[str, Any]:
        return {"unit": self.unit}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> ByteTokenizer:
        """The tokenizer that `to_json` wrote."""
        return cls()


def whole_characters(text: str) -> str:
    """A text that is UTF-8, as strict readers of JSON ask for it; U+FFFD for other bytes."""
    return utf8(text).decode("utf-8", "replace")


def utf8(text: str) -> bytes:
    """The UTF-8 of any text; of one that `read_bytes` read, what the file holds."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON may hold
        return text.encode("utf-8", "surrogatepass")
