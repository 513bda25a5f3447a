"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

_ASIDE = re.compile(r"\..+\.(?P<writer>\d+)-[0-9a-f]{8}\.tmp")  # what `write_atomically` names so

# A file system that cannot flush a folder says so in one of these words; renames there last as long
# as it makes them. EACCES: a folder that may be written to and not read.
_CANNOT_FLUSH = {errno.EINVAL, errno.ENOTSUP, errno.EACCES}


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a file aside, flush it to the disk, then rename it into place.

    A reader, or the next start after a power cut, finds the old content or the new, never a part.
    What was written aside is removed when anything fails. Raises OSError as the system does, with
    `path` for its file name.
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    with naming(path):
        try:
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):  # the first error is the one that tells why
                aside.unlink(missing_ok=True)
            raise
        flush_folder(path.parent)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """The system's errors inside are about this file, and say so.

    A write that finds the disk full names no file at all, and one that fails while a file is
    written aside names that one.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def flush_folder(folder: Path) -> None:
    """Make a rename last through a power cut; Windows cannot open a folder, and needs none."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_FLUSH:
            raise


def remove_abandoned(folder: Path) -> None:
    """Remove what writers that were killed had written aside in a folder.

    What another process that is still alive writes aside stays. This process is no such writer:
    in a container, one that was killed and the one that follows it often have the same number.
    """
    for path in folder.glob(".*.tmp"):
        aside = _ASIDE.fullmatch(path.name)
        if aside and (int(aside["writer"]) == os.getpid() or not _alive(int(aside["writer"]))):
            with contextlib.suppress(OSError):  # it costs its space, no more
                path.unlink()


def _alive(process: int) -> bool:
    if os.name == "nt":  # where kill() would end it; but a file that is open cannot be removed
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's
        return True
    return True
