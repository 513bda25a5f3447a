"""Files and data frames as rows with named columns: one file a format, and the list of them.

rows.py         whatever it is, as rows
readers.py      the list, by the end of a file's name
row.py          what a reader yields
source.py       a file or a stream, packed or not, as bytes and as text
packing.py      gzip, xz and bzip2
archives.py     folders, zip and tar as trees of files
layout.py       which files of a tree are examples, and of what class
tree.py         trees as rows
table.py        CSV and TSV with named columns
delimiter.py    what stands between the fields of a table
records.py      lines to fields: quotes
columns.py      columns by name, and what to say of one that is not there
numbers.py      cells as numbers
json_lines.py   an object of JSON a line
lines.py        plain text, an example a line
pairs.py        two files line by line; one with a tab between
numpy_files.py  .npz and .npy
idx.py          images as MNIST has them
wav.py          sound as log-mel frames
fasta.py        sequences of letters under headers
conll.py        a word a line with its labels
conllu.py       the words of a treebank, in ten columns
frame.py        data frames and columns in memory
"""

from __future__ import annotations

from pyrnn.data.readers.conll import read_conll
from pyrnn.data.readers.conllu import read_conllu
from pyrnn.data.readers.fasta import read_fasta
from pyrnn.data.readers.frame import is_frame, read_frame
from pyrnn.data.readers.idx import read_idx
from pyrnn.data.readers.json_lines import read_json_lines
from pyrnn.data.readers.lines import read_lines
from pyrnn.data.readers.numbers import number_of
from pyrnn.data.readers.numpy_files import read_npy, read_npz
from pyrnn.data.readers.readers import READERS, SPREADSHEETS, reader_for
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.rows import read_rows
from pyrnn.data.readers.source import text_of
from pyrnn.data.readers.table import read_table
from pyrnn.data.readers.tree import parts_of
from pyrnn.data.readers.wav import read_wav

__all__ = [
    "READERS",
    "SPREADSHEETS",
    "Row",
    "read_rows",
    "reader_for",
    "parts_of",
    "text_of",
    "number_of",
    "is_frame",
    "read_table",
    "read_json_lines",
    "read_lines",
    "read_npz",
    "read_npy",
    "read_idx",
    "read_wav",
    "read_fasta",
    "read_conll",
    "read_conllu",
    "read_frame",
]
