"""The kinds of values that settings take: how each is read, checked, and written."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pyrnn.kernels.scalars import bounds, integer, real

STDIN = "-"  # as a path: standard input


class Kind(ABC):
    """What values a setting takes."""

    metavar: str = "X"  # what stands for a value in --help

    @property
    @abstractmethod
    def words(self) -> str:
        """What is expected: "a whole number of at least 1"."""

    @abstractmethod
    def read(self, value: Any) -> Any:
        """The value as it is kept. Raises TypeError or ValueError, without words, for another."""

    def parse(self, text: str) -> Any:
        """What `read` takes, out of the text of a command line. Raises ValueError."""
        return text

    def plain(self, value: Any) -> Any:
        """A value that `read` gave, as JSON and TOML have it."""
        return value


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number within bounds."""

    least: int | None = None
    most: int | None = None
    metavar: str = "N"

    @property
    def words(self) -> str:
        return f"a whole number {bounds(least=self.least, most=self.most)}".rstrip()

    def read(self, value: Any) -> int:
        return integer("", value, least=self.least, most=self.most)

    def parse(self, text: str) -> int:
        return int(text)


@dataclass(frozen=True)
class Number(Kind):
    """A finite number within bounds.

    zero_is_none: 0 stands for None: a command line and TOML have no word for "no limit".
    """

    above: float | None = None
    least: float | None = None
    below: float | None = None
    most: float | None = None
    zero_is_none: bool = False

    @property
    def words(self) -> str:
        limits = bounds(above=self.above, least=self.least, below=self.below, most=self.most)
        return f"a number {limits}".rstrip() + (", 0 for none" if self.zero_is_none else "")

    def read(self, value: Any) -> float | None:
        # a bound in any case, so that the number is finite
        least = -1.8e308 if self.above is None and self.least is None else self.least
        if self.zero_is_none and real("", value) == 0:
            return None
        return real("", value, above=self.above, least=least, below=self.below, most=self.most)

    def parse(self, text: str) -> float:
        return float(text)


@dataclass(frozen=True)
class OneOrTwo(Kind):
    """A number, or two; on a command line with a comma between. What bounds them is `number`."""

    number: Number
    metavar: str = "X[,X]"

    @property
    def words(self) -> str:
        return f"{self.number.words}, or two such numbers"

    def read(self, value: Any) -> Any:
        if not isinstance(value, tuple | list):
            return self.number.read(value)
        first, second = map(self.number.read, value)
        return first, second

    def parse(self, text: str) -> Any:
        numbers = [float(part) for part in text.split(",")]
        return numbers if len(numbers) > 1 else numbers[0]

    def plain(self, value: Any) -> Any:
        return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True)
class Switch(Kind):
    """True or False."""

    metavar: str = "true|false"
    words: ClassVar[str] = "true or false"

    def read(self, value: Any) -> bool:
        if type(value).__name__ not in ("bool", "bool_"):
            raise TypeError
        return bool(value)


@dataclass(frozen=True)
class SwitchOrWhole(Kind):
    """True, False or a whole number. What bounds it is `whole`."""

    whole: Whole
    metavar: str = "true|false|N"

    @property
    def words(self) -> str:
        return f"true, false or {self.whole.words}"

    def read(self, value: Any) -> bool | int:
        try:
            return Switch().read(value)
        except TypeError:
            return self.whole.read(value)

    def parse(self, text: str) -> bool | int:
        return text == "true" if text in ("true", "false") else int(text)


@dataclass(frozen=True)
class Choice(Kind):
    """One of some names. aliases: {another name: the one it means}."""

    names: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return f"one of {', '.join(self.names)}"

    @property
    def metavar(self) -> str:  # type: ignore[override]
        return "NAME" if self.is_long else "[" + "|".join(self.names) + "]"

    @property
    def is_long(self) -> bool:
        """Whether the names make a line of help too wide: then they stand among its words."""
        return sum(map(len, self.names)) > 60

    def described(self, words: str) -> str:
        """A sentence of help, with the names behind it."""
        return f"{words.rstrip('.')}: {', '.join(self.names)}."

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError
        name = self.aliases.get(value, value)
        if name not in self.names:
            raise ValueError
        return name


@dataclass(frozen=True)
class Text(Kind):
    """Text that is not empty."""

    words: ClassVar[str] = "text"
    metavar: str = "TEXT"

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError
        if not value:
            raise ValueError
        return str(value)


@dataclass(frozen=True)
class Wholes(Kind):
    """Whole numbers, rising or in any order; on a command line with commas between."""

    least: int = 1
    rising: bool = True
    metavar: str = "N,N..."

    @property
    def words(self) -> str:
        return f"{'rising ' if self.rising else ''}whole numbers of at least {self.least}"

    def read(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise TypeError
        numbers = tuple(integer("", one, least=self.least) for one in value)
        if not numbers or (self.rising and list(numbers) != sorted(set(numbers))):
            raise ValueError
        return numbers

    def parse(self, text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    def plain(self, value: Any) -> list[int]:
        return list(value)


@dataclass(frozen=True)
class Numbers(Kind):
    """Rising numbers, each within bounds; on a command line with commas between."""

    number: Number
    metavar: str = "X,X..."

    @property
    def words(self) -> str:
        limits = bounds(above=self.number.above, least=self.number.least, below=self.number.below,
                        most=self.number.most)  # fmt: skip
        return f"rising numbers {limits}".rstrip()

    def read(self, value: Any) -> tuple[float, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise TypeError
        found = tuple(float(self.number.read(one) or 0) for one in value)
        if not found or list(found) != sorted(set(found)):
            raise ValueError
        return found

    def parse(self, text: str) -> list[float]:
        return [float(part) for part in text.split(",")]

    def plain(self, value: Any) -> list[float]:
        return list(value)


@dataclass(frozen=True)
class Names(Kind):
    """Names, each once; on a command line with commas between."""

    words: ClassVar[str] = "names with commas between, each once"
    metavar: str = "NAME,NAME..."

    def read(self, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            value = self.parse(value)
        if isinstance(value, bytes | Mapping) or not isinstance(value, Iterable):
            raise TypeError
        names = tuple(value)
        if not all(isinstance(name, str) for name in names):
            raise TypeError
        if not names or "" in names or len(set(names)) < len(names):
            raise ValueError
        return tuple(map(str, names))

    def parse(self, text: str) -> list[str]:
        return [part.strip() for part in text.split(",")]

    def plain(self, value: Any) -> list[str]:
        return list(value)


@dataclass(frozen=True)
class Assignments(Kind):
    """Texts for some of a few names; on a command line word=0,label=3."""

    names: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"{self.metavar}, some or all of them, each once"

    @property
    def metavar(self) -> str:  # type: ignore[override]
        return ",".join(f"{name}=X" for name in self.names)

    def read(self, value: Any) -> dict[str, str]:
        """{name: text}, in the order of the names; a whole number counts as its digits."""
        if isinstance(value, str):
            value = self.parse(value)
        if not isinstance(value, Mapping):
            raise TypeError
        if not value or not set(value) <= set(self.names):
            raise ValueError
        found = {name: value[name] for name in self.names if name in value}
        return {
            name: Text().read(text) if isinstance(text, str) else str(integer("", text))
            for name, text in found.items()
        }

    def parse(self, text: str) -> dict[str, str]:
        entries = [entry.partition("=")[::2] for entry in text.split(",")]
        found = {name.strip(): value.strip() for name, value in entries}
        if len(found) < len(entries):
            raise ValueError
        return found


@dataclass(frozen=True)
class FilePath(Kind):
    """A path; - is standard input."""

    metavar: str = "FILE"
    words: ClassVar[str] = "a path"

    def read(self, value: Any) -> Any:
        """The path, as text."""
        if not isinstance(value, (str, Path)):
            raise TypeError
        if not str(value) or "\0" in str(value):
            raise ValueError
        return str(value)

    def inside(self, folder: Path, value: Any) -> Any:
        """A path that begins at a folder, absolute."""
        return value if value == STDIN else str(folder / value)

    def beside(self, folder: Path, value: Any) -> Any:
        """A path relative to a folder that it is in, else absolute."""
        if value == STDIN:
            return value
        absolute, home = (Path(os.path.normpath(Path(p).absolute())) for p in (value, folder))
        return str(absolute.relative_to(home) if absolute.is_relative_to(home) else absolute)


@dataclass(frozen=True)
class FilePaths(FilePath):
    """One path or several; on a command line one after the other."""

    words: ClassVar[str] = "a path, or a list of some"

    def read(self, value: Any) -> tuple[str, ...]:
        """The paths, as texts."""
        several = value if isinstance(value, tuple | list) else [value]
        if not several:
            raise ValueError
        return tuple(FilePath.read(self, path) for path in several)

    def inside(self, folder: Path, value: Any) -> list[str]:
        """Each as that of FilePath."""
        return [FilePath.inside(self, folder, path) for path in self.read(value)]

    def beside(self, folder: Path, value: Any) -> Any:
        """Each as that of FilePath; of one no list."""
        found = [FilePath.beside(self, folder, path) for path in self.read(value)]
        return found if len(found) > 1 else found[0]


@dataclass(frozen=True)
class Table(Kind):
    """Values by name, for what knows itself which it takes; {"betas": [0.9, 0.99]}."""

    words: ClassVar[str] = "a table of names and numbers, as { momentum = 0.9 }"
    metavar: str = "NAME=NUMBER"

    def read(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise TypeError
        return {name: _plain(entry) for name, entry in value.items()}

    def parse(self, text: str) -> dict[str, Any]:
        """One entry: momentum=0.9, its value in JSON."""
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError
        return {name.strip(): json.loads(value)}


def _plain(value: Any) -> Any:
    """An entry of a table: a truth value, a number, or a tuple of numbers."""
    if isinstance(value, (list, tuple)):
        return tuple(_plain(entry) for entry in value)
    if type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    try:
        return integer("", value)
    except TypeError:
        return real("", value, least=-1.8e308)
