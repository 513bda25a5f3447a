"""What a run was made from, kept in its folder: run.json, by which it can be resumed.

The texts stand there by their absolute paths, with the SHA-256 of what they held; settings and
weights are in the checkpoint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pyrnn.cli.inputs import Content, in_words
from pyrnn.cli.texts import NAMES, Texts
from pyrnn.files.atomic_file import write_atomically
from pyrnn.files.checkpoint import check_version

RUN = "run.json"
FORMAT, VERSION = "pyrnn run", 1
DAMAGE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)  # what reading meets


class Source(NamedTuple):
    """A text: where it was, None for standard input, and the SHA-256 of its bytes."""

    path: str | None
    sha256: str

    @classmethod
    def of(cls, content: Content) -> Source:
        """Where a text is now."""
        path = None if content.path is None else str(content.path.absolute())
        return cls(path, digest(content))


class Sources(NamedTuple):
    """What run.json holds.

    texts: {"text", and where there are some "valid", "test": its source}.
    split, report_test: see `Texts`.
    """

    texts: Mapping[str, Source]
    split: tuple[float, float, float]
    report_test: bool

    @classmethod
    def of(cls, texts: Texts) -> Sources:
        """Where the texts are now."""
        found = {name: getattr(texts, name) for name in NAMES}
        known = {name: Source.of(text) for name, text in found.items() if text is not None}
        return cls(known, texts.split, texts.report_test)

    def write(self, folder: Path) -> None:
        """Write run.json to a run's folder, whole or not at all."""
        content = {
            "format": FORMAT,
            "version": VERSION,
            "texts": {name: source._asdict() for name, source in self.texts.items()},
            "split": list(self.split),
            "report_test": self.report_test,
        }
        # ASCII: a path may hold bytes that are no text, which UTF-8 has no place for
        write_atomically(folder / RUN, (json.dumps(content, indent=1) + "\n").encode("ascii"))

    @classmethod
    def read(cls, folder: Path) -> Sources:
        """What `write` wrote.

        Raises FileNotFoundError where there is none, ValueError for a damaged file or one of a
        later version.
        """
        path = folder / RUN
        try:
            content = json.loads(path.read_bytes())
            if content["format"] != FORMAT:
                raise ValueError(f"expected a {FORMAT}; got {content['format']!r}")
            version = content["version"]
        except DAMAGE as error:
            raise ValueError(f"{path}: damaged, or not the file of a run ({error!r})") from error
        check_version(path, version, VERSION)
        try:
            texts = {name: _source(entry) for name, entry in content["texts"].items()}
            if "text" not in texts or not set(texts) <= set(NAMES):
                raise ValueError(f"expected texts among {', '.join(NAMES)}; got {sorted(texts)}")
            x, y, z = map(float, content["split"])
            return cls(texts, (x, y, z), bool(content["report_test"]))
        except DAMAGE as error:
            raise ValueError(f"{path}: damaged, or not the file of a run ({error!r})") from error

    def texts_again(
        self, folder: Path, places: Mapping[str, Content | None], report_test: bool | None
    ) -> Texts:
        """The texts as the run had them.

        places: those texts that the user names anew. report_test: None for the run's own wish; a
            test text that nobody asks for need not be there.
        Raises ValueError for a text that is no longer where it was, or no longer what it was.
        """
        report = self.report_test if report_test is None else report_test
        for name, content in places.items():
            if content is not None and name not in self.texts:
                raise ValueError(f"--{name}: the run in {folder} has no such text")
        wanted = [name for name in self.texts if name != "test" or report]
        found = {
            name: _as_it_was(name, self.texts[name], places.get(name), folder) for name in wanted
        }
        return Texts(**found, split=self.split, report_test=report)

    def moved(self, texts: Texts) -> Sources:
        """The same with the places where texts have been found now."""
        now = Sources.of(texts)
        return self._replace(
            texts={**self.texts, **now.texts}, split=texts.split, report_test=texts.report_test
        )


def digest(content: Content) -> str:
    """The SHA-256 of a text's bytes."""
    return hashlib.sha256(content.content).hexdigest()


def _source(entry: Any) -> Source:
    path, sha256 = entry["path"], entry["sha256"]
    if not isinstance(path, (str, type(None))) or not isinstance(sha256, str):
        raise ValueError(f"expected a path and a SHA-256; got {entry!r}")
    return Source(path, sha256)


def _as_it_was(name: str, source: Source, place: Content | None, folder: Path) -> Content:
    """One text, from where the user says it is, else from where it was."""
    if place is None:
        if source.path is None:
            raise ValueError(
                f"{folder}: the run read its {name} from standard input; give it again with "
                f"--{name} FILE, or - for standard input"
            )
        path = Path(source.path)
        try:
            place = Content(source.path, path.read_bytes(), path)
        except (OSError, ValueError) as error:
            words = in_words(error)
            raise ValueError(f"{words}; if it has moved, --{name} FILE says to where") from error
    if digest(place) != source.sha256:
        raise ValueError(
            f"{place.name}: expected the {name} that the run in {folder} began with (SHA-256 "
            f"{source.sha256[:12]}...), got another one ({digest(place)[:12]}...); --{name} FILE "
            "names a file that holds it"
        )
    return place
