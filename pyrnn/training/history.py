"""The history of a run: a file of JSON lines, one record a line."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from pyrnn.files.atomic_file import naming, write_atomically
from pyrnn.files.strict_json import parse_json, write_json
from pyrnn.training.records import (
    EndRecord,
    Record,
    StepRecord,
    ValidationRecord,
    from_json,
    to_json,
)


class History:
    """The records of a run, in memory and, where there is a path, on disk as they come.

    log_every: of the step records, each so many-th is kept; all other records are.
    """

    def __init__(self, path: str | Path | None = None, log_every: int = 1) -> None:
        self.path = None if path is None else Path(path)
        self.log_every = log_every
        self.records: list[Record] = []

    def append(self, record: Record) -> None:
        """Keep a record. It is on its way to the disk when this returns.

        Raises OSError as the system does, naming the file.
        """
        if isinstance(record, StepRecord) and record.step % self.log_every:
            return
        self.records.append(record)
        if self.path is not None:
            _append(self.path, _line(record).encode())

    def clear(self) -> None:
        """Begin anew: an empty file."""
        self.records = []
        self._rewrite()

    def known(self) -> list[Record]:
        """The records of an earlier run; none where there is no file. Raises as `read_history`."""
        return [] if self.path is None or not self.path.is_file() else read_history(self.path)

    def rewind(self, step: int, validated: int) -> None:
        """Take up the file of an earlier run as it was when `step` updates were done.

        validated: the step of the latest validation that counts; a later one came out of turn, at
            the end of that run, as its EndRecord did.
        """
        places = {StepRecord: step, ValidationRecord: validated, EndRecord: -1}
        self.records = [record for record in self.known() if record.step <= places[type(record)]]
        self._rewrite()

    def _rewrite(self) -> None:
        if self.path is not None:
            write_atomically(self.path, "".join(map(_line, self.records)).encode())


def read_history(path: str | Path) -> list[Record]:
    """The records of a history file.

    A last line without its end, as a crash leaves it, is passed over. Raises FileNotFoundError, and
    ValueError for any other line that is no record, naming file and line.
    """
    lines = Path(path).read_bytes().split(b"\n")
    records = []
    for number, line in enumerate(lines[:-1], start=1):
        try:
            records.append(from_json(parse_json(line.decode("utf-8"))))
        except ValueError as error:
            raise ValueError(f"{path}: line {number} is no record ({error})") from error
    return records


def _append(path: Path, line: bytes) -> None:
    """Write a line at a file's end; where the disk has no space for all of it, none of it stays, so
    that a run may go on once there is space."""
    with naming(path), path.open("ab", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[file.write(line) :]
        except OSError:
            with contextlib.suppress(OSError):  # the first error is the one that tells why
                file.truncate(size)
            raise


def _line(record: Record) -> str:
    return write_json(to_json(record)) + "\n"
