"""Texts out of cells of a table, and whether what is read is sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pyrnn.data.readers import is_frame, read_rows, read_table
from pyrnn.data.readers.archives import tree_of
from pyrnn.data.readers.layout import parts_in
from pyrnn.data.readers.readers import known_end
from pyrnn.data.readers.row import shown
from pyrnn.data.readers.source import name_of
from pyrnn.files.content import Content
from pyrnn.models.examples import Examples
from pyrnn.models.transcriber.symbols import check_target

SOUND = ".wav"
TABLES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json")
HOP = 0.010  # seconds from a frame of sound to the next: see `pyrnn.data.log_mel`


@dataclass(frozen=True)
class Timed(Examples):
    """Examples whose frames are `hop` seconds apart."""

    hop: float = HOP


def target_of(cell: Any, place: str) -> Any:
    """The text or the labels of a cell. Raises ValueError, naming the place, for none."""
    if isinstance(cell, float) and cell.is_integer():  # of a data frame with gaps elsewhere
        cell = int(cell)
    try:
        check_target(cell, place)
    except TypeError as error:
        raise ValueError(str(error)) from error
    return cell.tolist() if isinstance(cell, np.ndarray) else cell


def table_in(file: Any) -> Any:
    """The one table in a folder, where its inputs are files beside it; anything else as it is.

    Raises ValueError for several tables, in a folder without folders.
    """
    if not isinstance(file, Content) or not file.is_folder:
        return file
    names = sorted(file.files())
    within = parts_in(names).get(file.part or "train", "")
    tables = [name for name in names if name.startswith(within) and known_end(name) in TABLES]
    if len(tables) > 1 and not any("/" in name[len(within) :] for name in names):
        raise ValueError(
            f"{file.name}: expected one table of frames and texts; got {len(tables)}, "
            f"{shown(*(name[len(within) :] for name in tables[:5]))}: name the one that is meant"
        )
    if len(tables) != 1 or "/" in tables[0][len(within) :]:
        return file
    assert file.path is not None
    return Content.of(file.path / tables[0], file.encoding)


def is_sound(file: Any) -> bool:
    """Whether a file is a sound, or a folder or an archive of such."""
    if is_frame(file):
        return False
    if known_end(str(name_of(file))) == SOUND:
        return True
    if not isinstance(file, Content) or tree_of(file) is None:
        return False
    row = next(read_rows(file), None)
    return row is not None and known_end(row.file or "") == SOUND


def names_sound(file: Any, column: str) -> bool:
    """Whether a column of a table has paths of sounds, as its first row says."""
    row = next(read_rows(file, [column], otherwise=read_table), None)
    cell = None if row is None else row.values[column]
    return isinstance(cell, str) and known_end(cell) == SOUND
