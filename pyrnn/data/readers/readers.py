"""The list of readers, by the end of a file's name.

| ends in                    | is read as                                   |
|----------------------------|----------------------------------------------|
| .csv .tsv .tab             | a table whose first line has names           |
| .jsonl .ndjson .json       | an object of JSON a line                     |
| .txt                       | an example a line                            |
| .npz .npy                  | NumPy's arrays, an example an entry          |
| idx3-ubyte idx1-ubyte .idx | images or labels as MNIST has them           |
| .wav                       | one sound as log-mel frames                  |
| .fasta .fa .fna .faa .fas  | sequences of letters under headers           |
| .conll                     | a word a line with its labels                |
| .conllu                    | the words of a treebank, in ten columns      |

Each may end in .gz, .xz or .bz2 beside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from pyrnn.data.readers.conll import read_conll
from pyrnn.data.readers.conllu import read_conllu
from pyrnn.data.readers.fasta import FASTA, read_fasta
from pyrnn.data.readers.idx import read_idx
from pyrnn.data.readers.json_lines import read_json_lines
from pyrnn.data.readers.lines import read_lines
from pyrnn.data.readers.numpy_files import read_npy, read_npz
from pyrnn.data.readers.packing import packing_of
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Input, Source, name_of
from pyrnn.data.readers.table import read_table
from pyrnn.data.readers.wav import read_wav
from pyrnn.files.content import Content

SPREADSHEETS = (".xlsx", ".xls", ".ods", ".numbers")


class Reader(Protocol):
    """A file's rows, as they are read."""

    def __call__(
        self, source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]: ...


READERS: dict[str, Reader] = {
    ".csv": read_table,
    ".tsv": read_table,
    ".tab": read_table,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": read_json_lines,
    ".txt": read_lines,
    ".npz": read_npz,
    ".npy": read_npy,
    **{f"idx{dimensions}-ubyte": read_idx for dimensions in (1, 2, 3, 4)},
    ".idx": read_idx,
    ".wav": read_wav,
    **dict.fromkeys(FASTA, read_fasta),
    ".conll": read_conll,
    ".conllu": read_conllu,
}


def known_end(file: str) -> str | None:
    """The end of a file's name that a reader is for; None where there is none."""
    name = Path(file.lower()).name
    name = name.removesuffix(packing_of(name))
    return next((end for end in READERS if name.endswith(end) and name != end), None)


def reader_for(
    file: str | Path | Content | Input,
    otherwise: Reader | None = None,
    plain: Reader = read_lines,
) -> Reader:
    """The reader of a file by the end of its name.

    otherwise: the reader where no end is known. plain: that of a .txt. Raises ValueError where the
    former is needed and None, and for a spreadsheet's own format.
    """
    inside = file.file if isinstance(file, Input) else name_of(file)
    if inside.lower().endswith(SPREADSHEETS):
        raise ValueError(
            f"{name_of(file)}: expected a table as text; got a spreadsheet: save it as CSV (UTF-8)"
        )
    end = known_end(inside)
    if end is not None:
        return plain if READERS[end] is read_lines else READERS[end]
    if otherwise is None:
        suffix = Path(inside.removesuffix(packing_of(inside.lower()))).suffix
        raise ValueError(
            f"{name_of(file)}: expected a file whose name ends in one of {', '.join(READERS)} "
            f"(.gz, .xz or .bz2 beside), a .zip, a .tar or a folder; got "
            f"{suffix or 'no such end'!r:.80}"
        )
    return otherwise
