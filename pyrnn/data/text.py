"""Reading a text, and cutting it into parts for training, validation and test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pyrnn.data.encodings import decoded


class Parts(NamedTuple):
    """Consecutive parts of one text."""

    train: str
    valid: str
    test: str


def read_text(path: str | Path, encoding: str = "utf-8", errors: str = "strict") -> str:
    """The text of a file, with line ends as a single newline and without a byte-order mark.

    encoding: of the file, by a name that Python knows; default UTF-8, and UTF-16 or UTF-32 where
        the file begins with their mark.
    errors: what becomes of bytes that are no text, as in `bytes.decode`. Default: an error. See
        `read_bytes` for a model of bytes.
    Raises FileNotFoundError or IsADirectoryError as the system does, and ValueError for a file that
    is empty or does not hold text in this encoding; the message names line, column and byte.
    """
    return as_text(Path(path).read_bytes(), str(path), encoding, errors)


def read_bytes(path: str | Path) -> str:
    """The bytes of any file, none of them altered, as a text for a model with unit="bytes".

    Raises FileNotFoundError or IsADirectoryError as the system does, and ValueError for an empty
    file.
    """
    return as_byte_text(Path(path).read_bytes(), str(path))


def as_text(content: bytes, name: str, encoding: str = "utf-8", errors: str = "strict") -> str:
    """As `read_text`, for bytes that were read already; name: what error messages call them."""
    text = decoded(content, name, encoding, errors).replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise ValueError(f"{name}: expected a text; got nothing, it is empty")
    return text


def as_byte_text(content: bytes, name: str) -> str:
    """As `read_bytes`, for bytes that were read already; name: what error messages call them.

    They are the text's UTF-8, in which "surrogateescape" gives bytes that are no text a place: with
    it, encoding is the exact inverse.
    """
    if not content:
        raise ValueError(f"{name}: expected some bytes; got nothing, it is empty")
    return content.decode("utf-8", "surrogateescape")


def split_text(text: str, shares: Sequence[float] = (0.9, 0.05, 0.05)) -> Parts:
    """The first, next and last part of a text, in order and without shuffling.

    shares: the parts' shares of the characters, three numbers of sum 1; a share may be 0. Each part
        is one piece, since neighbouring windows of a text share their words: drawing windows at
        random would let the test see the training text.
    Every character falls in exactly one part; of N characters, the cuts stand after N * shares[0]
    and N * (shares[0] + shares[1]), rounded down. Raises ValueError for shares that are not three
    numbers from 0 to 1 with sum 1.
    """
    first, second = cuts(len(text), shares)
    return Parts(text[:first], text[first:second], text[second:])


def cuts(characters: int, shares: Sequence[float]) -> tuple[int, int]:
    """Where `split_text` cuts a text of so many characters."""
    if len(shares) != 3 or any(not 0 <= s <= 1 for s in shares) or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"shares: expected three numbers from 0 to 1 with sum 1; got {shares}")
    # 1e-9: 0.9 + 0.05 is a little less than 0.95 in binary; a cut must not lose a character to that
    first = int(characters * shares[0] + 1e-9)
    return first, int(characters * (shares[0] + shares[1]) + 1e-9)
