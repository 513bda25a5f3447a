"""FASTA: sequences of letters, each under a header (Pearson and Lipman 1988)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyrnn.data.readers.columns import chosen
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Source, input_of, line_feeds, lines_of, text_of

FASTA = (".fasta", ".fa", ".fna", ".faa", ".fas")  # how the names of such files end


def read_fasta(
    source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
) -> Iterator[Row]:
    """The records of a FASTA file, in lines that begin with >.

    Each is {"name": the first word of its header, "description": the header's rest, "text": the
    letters of all its lines, without blanks, upper and lower case as they are}. One without letters
    is an empty text. Lines that begin with ; are comments.

    source, encoding: as in `source.text_of`. columns: of those wanted; default None, all.
    Raises OSError as the system does, ValueError, naming file and line, for letters before the
    first header, and for wrong bytes.
    """
    found = input_of(source)
    start, header, letters = 0, "", list[str]()
    for number, line in enumerate(lines_of(line_feeds(text_of(found, encoding))), 1):
        if line.startswith(">"):
            if start:
                yield _row(start, header, letters, columns, found.name)
            start, header, letters = number, line[1:], []
        elif line.startswith(";") or not (part := "".join(line.split())):
            continue
        elif not start:
            raise ValueError(
                f"{found.name}: line {number}: expected a header that begins with '>'; got "
                f"{part!r:.40}"
            )
        else:
            letters.append(part)
    if start:
        yield _row(start, header, letters, columns, found.name)


def _row(
    line: int, header: str, letters: list[str], columns: Sequence[str] | None, name: str
) -> Row:
    first, rest = [*header.split(None, 1), "", ""][:2]
    values = {"name": first, "description": rest.strip(), "text": "".join(letters)}
    return Row(line, chosen(values, columns, f"{name}: line {line}"))
