"""Pairs of texts: two files line by line, and one with a tab between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Source, lines_of, name_of, text_of

SOURCE, TARGET = "source", "target"


def read_tab_separated(
    file: Source, *, first_two: bool = False, encoding: str | None = None
) -> Iterator[Row]:
    """The pairs of a file without a header: {"source": ..., "target": ...}, a tab between.

    file, encoding: as in `source.text_of`.
    first_two: whether a line may have more columns, which are passed over.
    Nothing but tabs and line ends is read as a sign: a quote stands for itself. A source or a
    target may be empty; a line without a character is none of the pairs.
    Raises OSError as the system does, and ValueError, naming file and line, for a line of other
    than two columns, and for wrong bytes.
    """
    for number, line in enumerate(lines_of(text_of(file, encoding)), 1):
        body = line.removesuffix("\n").removesuffix("\r")
        if not body:
            continue
        fields = body.split("\t")
        if len(fields) < 2 or (len(fields) > 2 and not first_two):
            hint = "; first_two passes the others over" if len(fields) > 2 else ""
            raise ValueError(
                f"{name_of(file)}: line {number}: expected two columns, source and target, with a "
                f"tab between; got {len(fields)}{hint}"
            )
        yield Row(number, {SOURCE: fields[0], TARGET: fields[1]})


def beside(source: Iterable[Row], target: Iterable[Row], names: str) -> Iterator[tuple[Row, Row]]:
    """Row k of one beside row k of the other.

    names: of both. Raises ValueError where one has more than the other, with both numbers.
    """
    counts = [0, 0]
    for pair in zip_longest(source, target):
        counts = [count + (row is not None) for count, row in zip(counts, pair, strict=True)]
        if counts[0] == counts[1]:
            yield pair
    if counts[0] != counts[1]:
        raise ValueError(
            f"{names}: expected as many lines in both; got {counts[0]} and {counts[1]}"
        )
