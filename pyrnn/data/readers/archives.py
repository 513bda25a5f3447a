"""Folders, zip and tar archives as trees of files. Nothing is unpacked to the disk."""

from __future__ import annotations

import re
import stat
import tarfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Collection, Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any

from pyrnn.data.readers.packing import PACKINGS, damage, packing_of, read_out
from pyrnn.data.readers.row import shown
from pyrnn.files.content import Content, is_hidden

TAR_ENDS = {".tgz": ".gz", ".txz": ".xz", ".tbz": ".bz2", ".tbz2": ".bz2"}
HEADER = 1 << 20  # bytes of a tar's header that may stand for one name


class Tree(ABC):
    """Files under their names, with / between folders."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.name = content.name  # in error messages

    def names(self) -> list[str]:
        """All names but hidden ones, in the order in which the files are read.

        Raises OSError as the system does, ValueError for a damaged archive and for a name that
        stands twice.
        """
        found: dict[str, None] = {}
        with damage(self.name):
            for name in self._names():
                if any(is_hidden(part) for part in name.split("/")):
                    continue
                if name in found:
                    raise ValueError(f"{self.name}: the file {shown(name)} stands twice in it")
                found[name] = None
        return list(found)

    @abstractmethod
    def _names(self) -> Iterator[str]: ...

    @abstractmethod
    def each(self, wanted: Collection[str]) -> Generator[tuple[str, Any]]:
        """(name, stream of bytes) of those wanted; a stream is good until the next is asked for.

        Errors are those of damaged archives, see `packing.damage`.
        """

    @contextmanager
    def open(self, name: str) -> Iterator[Any]:
        """One of the files as a stream."""
        with closing(self.each((name,))) as found:
            for _, stream in found:
                yield stream

    def only(self) -> str:
        """The name of the one file in it. Raises ValueError where there are others."""
        names = self.names()
        if len(names) != 1:
            raise ValueError(
                f"{self.name}: expected one file in it; got {len(names)}{': ' if names else ''}"
                f"{shown(*names[:5])}"
            )
        return names[0]


class Folder(Tree):
    """In natural order: x2 before x10."""

    def _names(self) -> Iterator[str]:
        yield from sorted(self.content.files(), key=natural)

    def each(self, wanted: Collection[str]) -> Generator[tuple[str, Any]]:
        assert self.content.path is not None
        for name in sorted(wanted, key=natural):
            with (self.content.path / name).open("rb") as stream:
                yield name, stream


class Zip(Tree):
    """In natural order."""

    def _names(self) -> Iterator[str]:
        with self._opened() as archive:
            infos = [info for info in archive.infolist() if _is_file(info)]
        yield from sorted((info.filename for info in infos), key=natural)

    def each(self, wanted: Collection[str]) -> Generator[tuple[str, Any]]:
        with self._opened() as archive:
            for name in sorted(wanted, key=natural):
                with open_member(archive, archive.getinfo(name), self.name) as stream:
                    yield name, stream
                    read_out(stream)

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        with self.content.open() as stream, open_zip(stream, self.name) as archive:
            yield archive


class Tar(Tree):
    """In the archive's own order, since it is read from front to end: once for the names, once for
    what is in the files."""

    def __init__(self, content: Content, packing: str) -> None:
        super().__init__(content)
        self._packing = packing

    def _names(self) -> Iterator[str]:
        for member, _ in self._members():
            yield member.name

    def each(self, wanted: Collection[str]) -> Generator[tuple[str, Any]]:
        names = frozenset(wanted)
        for member, archive in self._members():
            if member.name in names:
                with closing(archive.extractfile(member)) as stream:
                    yield member.name, stream

    def _members(self) -> Iterator[tuple[tarfile.TarInfo, Any]]:
        with self.content.open() as packed:
            stream: Any = PACKINGS[self._packing](packed) if self._packing else packed
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
                for member in archive:
                    archive.members = []  # type: ignore[attr-defined]  # else kept for those who go back
                    member.name = member.name.removeprefix("./")
                    if member.isreg():
                        yield member, archive
            read_out(stream)


class _Header(tarfile.TarInfo):
    """A header of a tar. Python's own class takes a damaged one, and a file that is cut off between
    two, for the archive's end."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> _Header:
        try:
            found = super().fromtarfile(archive)
        except tarfile.HeaderError as error:
            if type(error).__name__ == "EOFHeaderError":  # the block of zeros at the end
                raise
            raise tarfile.ReadError(str(error)) from error
        except (ValueError, OverflowError, LookupError) as error:
            raise tarfile.ReadError(f"wrong header: {error}") from error
        if found.size < 0 or found.issparse():
            raise tarfile.ReadError(f"a file of a kind that is not read: {found.name:.200}")
        return found

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        # Names of any length stand in blocks of their own, which are read whole
        if self.size < 0 or (self.size > HEADER and not self.isreg()):
            raise tarfile.ReadError("wrong header: a wrong size")
        return super()._proc_member(archive)  # type: ignore[misc]


def tree_of(content: Content) -> Tree | None:
    """What a folder or an archive holds, by the end of its name; None for other files."""
    if content.is_folder:
        return Folder(content)
    name = content.name.lower()
    if name.endswith(".zip"):
        return Zip(content)
    packing = packing_of(name)
    if name.removesuffix(packing).endswith(".tar"):
        return Tar(content, packing)
    end = next((end for end in TAR_ENDS if name.endswith(end)), None)
    return None if end is None else Tar(content, TAR_ENDS[end])


@contextmanager
def open_zip(stream: Any, name: str) -> Iterator[zipfile.ZipFile]:
    """A zip archive in a stream that can seek. Raises ValueError, naming it, for a damaged one."""
    try:
        archive = zipfile.ZipFile(stream)
    except (ValueError, NotImplementedError, OverflowError, LookupError) as error:
        raise zipfile.BadZipFile(str(error)) from error
    with archive:
        yield archive


@contextmanager
def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Iterator[Any]:
    """A file in a zip archive of this name as a stream. Raises ValueError for one with a password,
    and one that is packed in a way that Python does not know."""
    if info.flag_bits & 1:
        raise ValueError(f"{name}: expected an archive without a password; got one with it")
    try:
        stream = archive.open(info)
    except NotImplementedError as error:
        raise ValueError(f"{name}: {shown(info.filename)}: {error}") from error
    except (ValueError, OverflowError, LookupError, RuntimeError) as error:
        raise zipfile.BadZipFile(str(error)) from error
    with stream:
        yield stream


def natural(name: str) -> Any:
    """A key for sorting names so that numbers in them go by their values."""
    parts = re.split(r"([0-9]+)", name)
    texts, numbers = parts[::2], [digits.lstrip("0") for digits in parts[1::2]]
    keys = [(len(number), number) for number in numbers]
    return [x for pair in zip(texts, [*keys, (0, "")], strict=True) for x in pair], name


def _is_file(info: zipfile.ZipInfo) -> bool:
    return not info.filename.endswith("/") and not stat.S_ISLNK(info.external_attr >> 16)
