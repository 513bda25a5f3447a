"""What a run was made from, kept in its folder: run.json, by which it can be resumed.

The files stand there by their absolute paths, with the SHA-256 of what they held; settings and
weights are in the checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from pyrnn.files.atomic_file import write_atomically
from pyrnn.files.checkpoint import check_version
from pyrnn.files.content import Content
from pyrnn.files.parallel import Parallel
from pyrnn.files.several import Several
from pyrnn.files.strict_json import parse_json, shortened

RUN = "run.json"
FORMAT, VERSION = "pyrnn run", 4
PARALLEL, ALONE = 3, 2  # the versions that suffice for two parallel files, and for one
DAMAGE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)  # what reading meets


class Source(NamedTuple):
    """A file: where it was, None for standard input, and the SHA-256 of its bytes."""

    path: str | None
    sha256: str

    @classmethod
    def of(cls, content: Content) -> Source:
        """Where a file is now."""
        path = None if content.path is None else str(content.path.absolute())
        return cls(path, content.sha256)

    def to_json(self) -> dict[str, Any]:
        """Both, ready for JSON."""
        return self._asdict()


class ParallelSource(NamedTuple):
    """Two files whose lines go together."""

    source: Source
    target: Source

    def to_json(self) -> dict[str, Any]:
        """Both, ready for JSON."""
        return {name: part.to_json() for name, part in self._asdict().items()}


class SeveralSources(tuple[Source, ...]):
    """Files that are read one after the other."""

    __slots__ = ()

    def to_json(self) -> list[dict[str, Any]]:
        """All, ready for JSON."""
        return [source.to_json() for source in self]


Place = Source | ParallelSource | SeveralSources


def place_of(content: Content | Parallel | Several) -> Place:
    """Where a file is now, or several."""
    if isinstance(content, Parallel):
        return ParallelSource(*map(Source.of, content))
    if isinstance(content, Several):
        return SeveralSources(map(Source.of, content))
    return Source.of(content)


@dataclass(frozen=True)
class RunSources:
    """The files of a run.

    data: what it is trained on, a file, two parallel ones or several. valid: what it is validated
        on: such files, the share of the data that is held out, or None for nothing. test: what is
        scored at its end.
    columns: which columns of a table are what, ready for JSON. encoding: of all files.
    split: of runs of once, whose one text was cut by shares: of training, validation, test; the
        last is 0 where the test text is not to be scored.
    """

    data: Place
    valid: Place | float | None = None
    test: Place | None = None
    columns: Mapping[str, Any] | None = None
    encoding: str = "utf-8"
    split: tuple[float, float, float] | None = None

    def write(self, folder: Path) -> None:
        """Write run.json to a run's folder, whole or not at all."""
        kinds = {type(value) for value in vars(self).values()}
        version = PARALLEL if ParallelSource in kinds else ALONE
        version = VERSION if SeveralSources in kinds else version
        content = {"format": FORMAT, "version": version, **self.to_json()}
        # ASCII: a path may hold bytes that are no text, which UTF-8 has no place for
        write_atomically(folder / RUN, (json.dumps(content, indent=1) + "\n").encode("ascii"))

    @classmethod
    def read(cls, folder: Path) -> RunSources:
        """What `write` wrote, in this version or an earlier one.

        Raises FileNotFoundError where there is none, ValueError for a damaged file or one of a
        later version.
        """
        path = folder / RUN
        try:
            content = parse_json(path.read_text("utf-8"))
            if content["format"] != FORMAT:
                raise ValueError(f"expected a {FORMAT}; got {shortened(content['format'])}")
            version = content["version"]
        except DAMAGE as error:
            raise ValueError(f"{path}: damaged, or not the file of a run ({error!r})") from error
        check_version(path, version, VERSION)
        try:
            return cls._of_texts(content) if version == 1 else cls._of_json(content)
        except DAMAGE as error:
            raise ValueError(f"{path}: damaged, or not the file of a run ({error!r})") from error

    @classmethod
    def _of_json(cls, content: Mapping[str, Any]) -> RunSources:
        valid, test, split = (content.get(name) for name in ("valid", "test", "split"))
        columns, encoding = content.get("columns"), content["encoding"]
        if not isinstance(columns, Mapping | None) or not isinstance(encoding, str):
            raise ValueError(
                f"expected columns by name and an encoding; got {shortened((columns, encoding))}"
            )
        return cls(
            data=_place(content["data"]),
            valid=_place(valid) if isinstance(valid, Mapping | list) else _share(valid),
            test=None if test is None else _place(test),
            columns=columns,
            encoding=encoding,
            split=None if split is None else _split(split),
        )

    @classmethod
    def _of_texts(cls, content: Mapping[str, Any]) -> RunSources:
        """Version 1: a language model's texts; one without a validation text was cut by shares."""
        texts = {name: _source(entry) for name, entry in content["texts"].items()}
        x, y, z = _split(content["split"])
        reported = bool(content["report_test"])
        valid = texts.get("valid")
        return cls(
            data=texts["text"],
            valid=valid,
            test=texts.get("test") if reported else None,
            split=(x, y, z if reported else 0.0) if valid is None else None,
        )

    def at(self, found: Mapping[str, Content | Parallel | Several]) -> RunSources:
        """The same with the places where files have been found now."""
        now: dict[str, Any] = {name: place_of(content) for name, content in found.items()}
        return replace(self, **now)

    def to_json(self) -> dict[str, Any]:
        """All that there is, ready for JSON."""
        return {
            name: value.to_json() if isinstance(value, Place) else value
            for name, value in vars(self).items()
            if value is not None
        }


def _place(entry: Any) -> Place:
    if isinstance(entry, list):
        if not entry:
            raise ValueError("expected at least one file; got none")
        return SeveralSources(map(_source, entry))
    if "path" in entry:
        return _source(entry)
    return ParallelSource(_source(entry["source"]), _source(entry["target"]))


def _source(entry: Any) -> Source:
    path, sha256 = entry["path"], entry["sha256"]
    if not isinstance(path, (str, type(None))) or not isinstance(sha256, str):
        raise ValueError(f"expected a path and a SHA-256; got {shortened(entry)}")
    return Source(path, sha256)


def _share(value: Any) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or not 0 <= value < 1:
        raise ValueError(f"valid: expected a share; got {shortened(value)}")
    return float(value)


def _split(value: Any) -> tuple[float, float, float]:
    x, y, z = map(float, value)
    if not (0 < x <= 1 and 0 <= y <= 1 and 0 <= z <= 1):
        raise ValueError(f"split: expected three shares; got {shortened(value)}")
    return x, y, z
