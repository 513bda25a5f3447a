"""An object of JSON a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from pyrnn.data.readers.columns import chosen
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Source, input_of, lines_of, text_of
from pyrnn.files.strict_json import parse_json


def read_json_lines(
    source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
) -> Iterator[Row]:
    """The rows of a file with an object of JSON in each line; blank lines are none.

    source, encoding: as in `source.text_of`.
    columns: the names wanted, which each object must have; default None, all that it has.
    Values are as JSON has them: a label 1 is an integer, "1" a text.
    Raises OSError as the system does, and ValueError, naming file and line, for a line that is no
    object of JSON (as `strict_json` has it), one without a wanted name, and wrong bytes.
    """
    source = input_of(source)
    name = source.name
    for number, line in enumerate(lines_of(text_of(source, encoding)), 1):
        if not line.strip():
            continue
        place = f"{name}: line {number}"
        try:
            values = parse_json(line)
        except json.JSONDecodeError as error:
            raise ValueError(
                f"{place}, column {error.colno}: expected an object of JSON in a line; got "
                f"{line.strip()!r:.40} ({error.msg})"
            ) from error
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from error
        if not isinstance(values, dict):
            raise ValueError(
                f"{place}: expected an object of JSON in each line; got {line.strip()!r:.40}"
            )
        yield Row(number, chosen(values, columns, place))
