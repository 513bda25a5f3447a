"""Reading a text file, and cutting a text into parts for training, validation and test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Parts(NamedTuple):
    """Consecutive parts of one text."""

    train: str
    valid: str
    test: str


def read_text(path: str | Path, encoding: str = "utf-8", errors: str = "strict") -> str:
    """The text of a file, with line ends as a single newline and without a byte-order mark.

    errors: what becomes of bytes that are no text, as in `bytes.decode`; "surrogateescape" keeps
        them, for a byte model of any file. Default: an error.
    Raises FileNotFoundError or IsADirectoryError as the system does, and ValueError for a file that
    is empty or does not hold text in this encoding; the message names the byte.
    """
    content = Path(path).read_bytes()
    try:
        text = content.decode(encoding, errors)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: byte {error.start} (value {content[error.start]}) is not {encoding} text; "
            "name the right encoding, or read it with errors='surrogateescape' and train on bytes"
        ) from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise ValueError(f"{path}: expected a text; got an empty file")
    return text


def split_text(text: str, shares: Sequence[float] = (0.9, 0.05, 0.05)) -> Parts:
    """The first, next and last part of a text, in order and without shuffling.

    shares: the parts' shares of the characters, three numbers of sum 1; a share may be 0. Each part
        is one piece, since neighbouring windows of a text share their words: drawing windows at
        random would let the test see the training text.
    Every character falls in exactly one part; of N characters, the cuts stand after N * shares[0]
    and N * (shares[0] + shares[1]), rounded down. Raises ValueError for shares that are not three
    numbers from 0 to 1 with sum 1.
    """
    if len(shares) != 3 or any(not 0 <= s <= 1 for s in shares) or abs(sum(shares) - 1) > 1e-9:
        raise ValueError(f"shares: expected three numbers from 0 to 1 with sum 1; got {shares}")
    # 1e-9: 0.9 + 0.05 is a little less than 0.95 in binary; a cut must not lose a character to that
    first = int(len(text) * shares[0] + 1e-9)
    second = int(len(text) * (shares[0] + shares[1]) + 1e-9)
    return Parts(text[:first], text[first:second], text[second:])
