"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

_ASIDE = re.compile(r"\..+\.(?P<writer>\d+)-[0-9a-f]{8}\.tmp")  # what `write_atomically` names so


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a file aside, flush it to the disk, then rename it into place.

    A reader, or the next start after a power cut, finds the old content or the new, never a part.
    What was written aside is removed when anything fails. Raises OSError as the system does.
    """
    path = Path(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make a rename last through a power cut; Windows cannot open a folder, and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
