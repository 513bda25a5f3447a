"""The fields of a table's lines, as RFC 4180 has them.

Python's own csv module refuses a field of more than 131 072 characters, unless a setting of the
whole process is changed, and does not say where a quote that is never closed was opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

QUOTE = '"'


class UnclosedQuoteError(ValueError):
    """A quoted field goes on at the end of the file."""


def records(
    lines: Iterable[str], delimiter: str, name: str, first: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """(line, fields) of each record; line: where it begins.

    A field that begins with a quote ends with one, and may hold delimiters, line feeds, and quotes
    that are doubled. A quote elsewhere in a field stands for itself. Empty lines are no records.

    lines: each with its line feed, if any. name: of the file; first: the number of the first line.
    Raises ValueError, naming line and column, for a quote that is never closed, or after which the
    field goes on.
    """
    source = enumerate(lines, first)
    for number, line in source:
        if QUOTE not in line:
            if body := line.removesuffix("\n"):
                yield number, body.split(delimiter)
            continue
        yield number, _fields(number, line, source, delimiter, name)


def _fields(
    number: int, line: str, source: Iterator[tuple[int, str]], delimiter: str, name: str
) -> list[str]:
    """The fields of a record that begins with this line, and may go on in the next ones."""
    fields, place, line = [], 0, line.removesuffix("\n")
    while True:
        if line.startswith(QUOTE, place):
            field, number, line, place = _quoted(number, line, place, source, name)
        else:
            end = line.find(delimiter, place)
            end = len(line) if end < 0 else end
            field, place = line[place:end], end
        fields.append(field)
        if place == len(line):
            return fields
        if line[place] != delimiter:
            raise ValueError(
                f"{name}: line {number}, column {place + 1}: expected {delimiter!r} or the line's "
                f"end after a closing quote; got {line[place]!r} (a quote inside a quoted field is "
                "doubled)"
            )
        place += 1


def _quoted(
    number: int, line: str, place: int, source: Iterator[tuple[int, str]], name: str
) -> tuple[str, int, str, int]:
    """(field, number, line, place): a quoted field, and the line and place where it ends."""
    opened = f"line {number}, column {place + 1}"
    parts: list[str] = []
    place += 1
    while True:
        end = line.find(QUOTE, place)
        if end < 0:
            parts += line[place:], "\n"
            number, line = next(source, (0, ""))
            if not number:
                raise UnclosedQuoteError(
                    f"{name}: {opened}: expected a closing quote; got the file's end"
                )
            line, place = line.removesuffix("\n"), 0
        elif line.startswith(QUOTE, end + 1):
            parts.append(line[place : end + 1])
            place = end + 2
        else:
            parts.append(line[place:end])
            return "".join(parts), number, line, end + 1
