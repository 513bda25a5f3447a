"""Files as rows: one file a format, and the list of them.

readers.py     the list, by the end of a file's name
row.py         what a reader yields
source.py      a file or a stream, packed or not, as text
table.py       CSV and TSV with named columns
delimiter.py   what stands between the fields of a table
records.py     lines to fields: quotes
columns.py     columns by name, and what to say of one that is not there
json_lines.py  an object of JSON a line
lines.py       plain text, an example a line
"""

from __future__ import annotations

from pyrnn.data.readers.json_lines import read_json_lines
from pyrnn.data.readers.lines import read_lines
from pyrnn.data.readers.readers import READERS, read_rows, reader_for
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.table import read_table

__all__ = [
    "READERS",
    "Row",
    "read_rows",
    "reader_for",
    "read_table",
    "read_json_lines",
    "read_lines",
]
