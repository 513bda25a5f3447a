"""Bytes to text: byte-order marks, UTF-16 under another name, and errors that say where."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

UTF = {"utf-8", "utf-8-sig", "utf-16", "utf-32"}
# By the beginning of a file. UTF-32 first: the mark of UTF-16 is the beginning of one of its marks
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    codecs.BOM_UTF8: "utf-8",
}
# Of files that hold no text; where such a beginning could be one, a byte 0 must stand near it
BINARY = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "an array of NumPy, whose name ends in .npy",
    b"PK\x03\x04": "a zip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x1f\x8b": "a gzip archive, whose name ends in .gz",
    b"\xfd7zXZ": "an xz archive, whose name ends in .xz",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"PAR1": "a Parquet file",
    b"%PDF-": "a PDF",
    b"RIFF": "sound or video",
}
PROBE = 4096  # bytes in which text in UTF-16 shows


def decoded(content: bytes, name: str, encoding: str = "utf-8", errors: str = "strict") -> str:
    """The text that bytes stand for, without a byte-order mark, its line ends as they are.

    name: what error messages call the bytes. encoding: by a name that Python knows; under UTF-8,
        bytes that begin with a mark of UTF-16 or UTF-32 are read as these.
    errors: as in `bytes.decode`.
    Raises ValueError for an encoding that is none, for bytes that are none of its text, naming
    line, column and byte, and for UTF-16 without a mark that is read as UTF-8.
    """
    return "".join(pieces((content,), name, encoding, errors))


def pieces(
    chunks: Iterable[bytes], name: str, encoding: str = "utf-8", errors: str = "strict"
) -> Iterator[str]:
    """As `decoded`, for bytes that come chunk by chunk: their text, piece by piece.

    The first chunk holds PROBE bytes or all that there are; chunks may end inside a character.
    """
    known = _known(encoding)
    decoder = None
    read, line, column = 0, 1, 1  # bytes so far, and where the next character stands
    for chunk, final in chain(((chunk, False) for chunk in chunks), ((b"", True),)):
        first = decoder is None
        if decoder is None:
            _check_text(chunk, name)
            known = _recognised(chunk, known, name, encoding)
            decoder = codecs.getincrementaldecoder(known)(errors)
        read += len(chunk)
        try:
            piece = decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            start = read - len(error.object) + error.start
            before = error.object[: error.start].decode(known, "replace")
            before = before.removeprefix("\ufeff") if first else before
            line, column = _after(before, line, column)
            raise ValueError(
                f"{name}: line {line}, column {column}: byte {start} (value "
                f"{error.object[error.start]}) is not {known} text; {_advice('latin-1')} where it "
                "is in that encoding"
            ) from error
        piece = piece.removeprefix("\ufeff") if first else piece
        line, column = _after(piece, line, column)
        if piece:
            yield piece


def _check_text(content: bytes, name: str) -> None:
    """Raise ValueError for the beginning of a file of a kind that holds no text."""
    kind = next((kind for start, kind in BINARY.items() if content.startswith(start)), None)
    if kind is not None and (not content[:5].isascii() or b"\0" in content[:PROBE]):
        raise ValueError(f"{name}: expected text; it begins as {kind} does")


def _known(encoding: str) -> str:
    """The encoding by Python's own name for it."""
    try:
        known = codecs.lookup(encoding).name
        "".encode(known).decode(known)  # "base64" is a codec, too, of bytes to bytes
    except (LookupError, ValueError) as error:
        raise ValueError(
            f"encoding: expected the name of a text encoding; got {encoding!r:.80}"
        ) from error
    return known


def _recognised(content: bytes, known: str, name: str, encoding: str) -> str:
    """The encoding of a text that begins so, where it was said to be a known one."""
    if known not in UTF:
        return known
    marked = next((other for mark, other in MARKS.items() if content.startswith(mark)), None)
    if marked is not None:
        return marked
    likely = _unmarked(content[:PROBE]) if known.startswith("utf-8") else None
    if likely is not None:
        raise ValueError(
            f"{name}: expected {encoding} text; every other byte is 0, so it is likely to be "
            f"{likely}: {_advice(likely)}"
        )
    return "utf-8" if known == "utf-8-sig" else known


def _unmarked(content: bytes) -> str | None:
    """The form of UTF-16 that the beginning of a text has, None where it has none: letters of
    Latin scripts have a byte 0 there, and no text in UTF-8 has one in every other place.
    """
    first, second = content[0::2], content[1::2]
    if len(second) < 2:
        return None
    if not first.count(0) and 2 * second.count(0) > len(second):
        return "utf-16-le"
    if not second.count(0) and 2 * first.count(0) > len(first):
        return "utf-16-be"
    return None


def _after(text: str, line: int, column: int) -> tuple[int, int]:
    """Where the character after a text stands that begins at line, column."""
    breaks = text.count("\n")
    return line + breaks, len(text) - text.rfind("\n") if breaks else column + len(text)


def _advice(encoding: str) -> str:
    return f"read it with encoding={encoding!r} (--encoding {encoding})"
