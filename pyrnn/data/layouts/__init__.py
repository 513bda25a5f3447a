"""How the rows of a file make sequences: one file a layout, and the list of them.

layouts.py   the list, and which one the columns ask for
columns.py   SequenceColumns: what each column of a table is to a sequence
token_columns.py  TokenColumns: the same where each step has a label
record.py    a sequence with what stands beside it
names.py     columns by name, x0:x49 for those from x0 to x49
rows.py      rows that are a sequence each:
text.py      a text a row
wide.py      a series a row, a step a column
long.py      a step a row; one column says which sequence it belongs to
frames.py    an array a row: of .npz, images, sound
tokens.py    a list of words a row: of CoNLL, JSON
cells.py     cells as numbers, words and labels
vectors.py   a vector a row, classes a row, with a text each: VectorColumns, vectors
pairs.py     a source and a target each: PairColumns, pairs, sources
"""

from __future__ import annotations

from pyrnn.data.layouts.columns import SequenceColumns
from pyrnn.data.layouts.layouts import LAYOUTS, records
from pyrnn.data.layouts.pairs import Pair, PairColumns, pairs, sources
from pyrnn.data.layouts.record import Beside, Record
from pyrnn.data.layouts.token_columns import TokenColumns
from pyrnn.data.layouts.vectors import VectorColumns, VectorRow, vectors

__all__ = [
    "LAYOUTS",
    "SequenceColumns",
    "TokenColumns",
    "Beside",
    "Record",
    "records",
    "Pair",
    "PairColumns",
    "pairs",
    "sources",
    "VectorColumns",
    "VectorRow",
    "vectors",
]
