"""CoNLL's columns: a word a line with its labels, an empty line behind each sentence.

The format of the shared tasks from 1999 on (Tjong Kim Sang and De Meulder 2003, Introduction to the
CoNLL-2003 shared task).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pyrnn.data.readers.columns import chosen
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Source, input_of, lines_of, text_of

FIELD = re.compile(r"[^ \t]+")  # \x85 and \u00a0 are blanks elsewhere, and part of a word here
FROM_THE_END = re.compile(r"-([1-9][0-9]{0,5})")
DOCUMENT = "-DOCSTART-"


def read_conll(
    source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
) -> Iterator[Row]:
    """The sentences of a CoNLL file, a row each; its columns are lists with an entry a word.

    Blanks and tabs part the columns, as many as there may be, and nothing else does. A line without
    anything but these ends a sentence, as does a line that begins with -DOCSTART-.

    source, encoding: as in `source.text_of`.
    columns: of those wanted; default None, all. They are called by their numbers, "0", "1" ...; one
        may be asked for from the end, "-1", and "tokens" is the first, "labels" the last.
    Raises OSError as the system does, ValueError, naming file and line, for a line with more or
    fewer columns than the others, for a column that is not there, and for wrong bytes.
    """
    found = input_of(source)
    width, first = 0, 0  # columns, and the line that has them
    lines: list[list[str]] = []
    number = 0
    for number, line in enumerate(lines_of(text_of(found, encoding)), 1):
        fields = FIELD.findall(line.removesuffix("\n").removesuffix("\r"))
        if fields and fields[0] != DOCUMENT:
            if not width:
                width, first = len(fields), number
            elif len(fields) != width:
                raise ValueError(
                    f"{found.name}: line {number}: expected {width} columns, as in line {first}; "
                    f"got {len(fields)}: {line.strip()!r:.80}"
                )
            lines.append(fields)
        elif lines:
            yield _row(number - len(lines), lines, columns, found.name)
            lines = []
    if lines:
        yield _row(number + 1 - len(lines), lines, columns, found.name)


def _row(line: int, lines: list[list[str]], columns: Sequence[str] | None, name: str) -> Row:
    lists = list(map(list, zip(*lines, strict=True)))
    values = {str(number): column for number, column in enumerate(lists)}
    for column in columns or ():
        if (number := _number(column, len(lists))) is not None:
            values[column] = lists[number]
    return Row(line, chosen(values, columns, f"{name}: line {line}"))


def _number(column: str, width: int) -> int | None:
    """The number of a column by one of its other names; None where it is none."""
    names = {"tokens": 0, "labels": width - 1}
    if column in names:
        return names[column]
    found = FROM_THE_END.fullmatch(column)
    back = int(found[1]) if found else 0
    return width - back if 1 <= back <= width else None
