"""Bytes to text: byte-order marks, UTF-16 under another name, and errors that say where."""

from __future__ import annotations

import codecs

UTF_8 = {"utf-8", "utf-8-sig"}
# By the beginning of a file. UTF-32 first: the mark of UTF-16 is the beginning of one of its marks
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
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
    try:
        known = codecs.lookup(encoding).name
        "".encode(known).decode(known)  # "base64" is a codec, too, of bytes to bytes
    except (LookupError, ValueError) as error:
        raise ValueError(
            f"encoding: expected the name of a text encoding; got {encoding!r:.80}"
        ) from error
    if known in UTF_8:
        known = next((other for mark, other in MARKS.items() if content.startswith(mark)), known)
        likely = _unmarked(content[:PROBE]) if known in UTF_8 else None
        if likely is not None:
            raise ValueError(
                f"{name}: expected {encoding} text; every other byte is 0, so it is likely to be "
                f"{likely}: {_advice(likely)}"
            )
    try:
        return content.decode(known, errors).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place(content[: error.start].decode(known, "replace").removeprefix("\ufeff"))
        found = f"byte {error.start} (value {content[error.start]}) is not {known} text"
        raise ValueError(
            f"{name}: {place}: {found}; {_advice('latin-1')} where it is in that encoding, and a "
            "model of bytes (unit='bytes') reads any file"
        ) from error


def _place(before: str) -> str:
    """Where the character after this text stands."""
    return f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"


def _advice(encoding: str) -> str:
    return f"read it with encoding={encoding!r} (--encoding {encoding})"


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
