"""What stands between the fields of a table, told by its first records."""

from __future__ import annotations

from collections.abc import Sequence

from pyrnn.data.readers.records import UnclosedQuoteError, records

DELIMITERS = (",", ";", "\t", "|")
RECORDS = 100  # that must agree on the number of fields


def likely_delimiter(lines: Sequence[str], whole: bool, columns: Sequence[str] | None) -> str:
    """The delimiter of a table that begins with these lines.

    One under which the header has all the wanted columns comes before all others; then one that
    stands in the header; then one under which all records have as many fields as the header; then
    the one with the most fields; of equal ones, the first of DELIMITERS.

    whole: whether the lines are all of the file, so that none of them ends inside a record.
    columns: the names wanted, None for no wish.
    """
    return max(DELIMITERS, key=lambda delimiter: _rank(lines, whole, columns, delimiter))


def _rank(
    lines: Sequence[str], whole: bool, columns: Sequence[str] | None, delimiter: str
) -> tuple[bool, bool, bool, int]:
    found: list[list[str]] = []
    right = True
    try:
        for _, fields in records(lines, delimiter, ""):
            found.append(fields)
            if len(found) > RECORDS:
                break
    except UnclosedQuoteError:
        right = not whole  # the line after these may close it
    except ValueError:
        right = False
    if not found:
        return False, False, False, 0
    header = [name.strip() for name in found[0]]
    named = columns is not None and set(columns) <= set(header)
    even = right and all(len(fields) == len(header) for fields in found)
    return named, len(header) > 1, even, len(header)
