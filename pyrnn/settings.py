"""Settings: each stated once, with its name, type, range, default and help.

A class of settings is a frozen dataclass whose fields are declared by `whole`, `number`, `switch`,
`choice` ... From that one declaration follow

    the check      in the constructor; NumPy's numbers are numbers
    the docstring  of the class
    JSON           to_json, from_json
    the command    its option, its key in a TOML file, its line of --help (pyrnn/cli)

    @dataclass(frozen=True)
    class Config(Settings):
        hidden_size: int = whole(256, "Hidden units of a layer.", least=1, short="hidden")
        dropout: float = number(0.0, "Share of the outputs that is dropped.", least=0, below=1)

        def check(self) -> None:          # what concerns several of them
            ...
"""

from __future__ import annotations

import json
import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self, cast

from pyrnn.kernels.scalars import bounds, integer, real

SETTING = "pyrnn setting"  # where a field's metadata holds its Setting
STDIN = "-"  # as a path: standard input
OTHERS = "Options"  # the heading of settings that name no other
LONGEST_NAME = 80  # characters of a name that error messages quote


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
class Switch(Kind):
    """True or False."""

    metavar: str = "true|false"
    words: ClassVar[str] = "true or false"

    def read(self, value: Any) -> bool:
        if type(value).__name__ not in ("bool", "bool_"):
            raise TypeError
        return bool(value)


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
        return "[" + "|".join(self.names) + "]"

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
    """Rising whole numbers; on a command line with commas between."""

    least: int = 1
    metavar: str = "N,N..."

    @property
    def words(self) -> str:
        return f"rising whole numbers of at least {self.least}"

    def read(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise TypeError
        numbers = tuple(integer("", one, least=self.least) for one in value)
        if not numbers or list(numbers) != sorted(set(numbers)):
            raise ValueError
        return numbers

    def parse(self, text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    def plain(self, value: Any) -> list[int]:
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


class Setting(NamedTuple):
    """One setting, beside its field.

    kind: the values that it takes; None, too, where its default is None.
    help: one sentence. note: further ones, for the docstring alone.
    section: the heading under which it is listed, in --help and in a TOML file.
    short: further names of its flag and its key. renamed: names that it had once.
    changeable: whether a run that is resumed may have another value.
    hidden: whether it is for Python alone.
    """

    kind: Kind
    help: str
    note: str = ""
    section: str = OTHERS
    short: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    changeable: bool = False
    hidden: bool = False


def _declare(default: Any, kind: Kind, help: str, about: Mapping[str, Any]) -> Any:
    about = dict(about)
    for name in ("short", "renamed"):
        if isinstance(about.get(name), str):
            about[name] = (about[name],)
    metadata = {SETTING: Setting(kind, help, **about)}
    if isinstance(default, Mapping):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


# Each declares a field of a Settings class; `about` is a Setting's note, section, short ...


def whole(
    default: int | None, help: str, *, least: int = 0, most: int | None = None, **about: Any
) -> Any:
    """A whole number of at least `least`."""
    return _declare(default, Whole(least, most), help, about)


def number(
    default: float | None,
    help: str,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
    zero_is_none: bool = False,
    **about: Any,
) -> Any:
    """A finite number."""
    return _declare(default, Number(above, least, below, most, zero_is_none), help, about)


def switch(default: bool | None, help: str, **about: Any) -> Any:
    """True or False."""
    return _declare(default, Switch(), help, about)


def choice(
    default: str | None,
    names: Iterable[str],
    help: str,
    *,
    aliases: Mapping[str, str] | None = None,
    **about: Any,
) -> Any:
    """One of some names."""
    return _declare(default, Choice(tuple(names), dict(aliases or {})), help, about)


def string(default: str | None, help: str, **about: Any) -> Any:
    """Text that is not empty."""
    return _declare(default, Text(), help, about)


def wholes(default: tuple[int, ...] | None, help: str, *, least: int = 1, **about: Any) -> Any:
    """Rising whole numbers."""
    return _declare(default, Wholes(least), help, about)


def names(default: tuple[str, ...] | None, help: str, **about: Any) -> Any:
    """Names, each once."""
    return _declare(default, Names(), help, about)


def path(default: str | None, help: str, **about: Any) -> Any:
    """A path; in a settings file one that is relative begins at the file's folder."""
    return _declare(default, FilePath(), help, about)


def table(help: str, **about: Any) -> Any:
    """Values by name; none by default."""
    return _declare({}, Table(), help, about)


class _Named(type):
    """Lets the constructor of Settings say which names there are, and take those of once."""

    def __call__(cls, *values: Any, **named: Any) -> Any:
        known = cast("type[Settings]", cls)
        return super().__call__(*values, **known.present_names(named))


@dataclass(frozen=True)
class Settings(metaclass=_Named):
    """Base of all settings: frozen, checked when made, NumPy's numbers turned into Python's.

    Raises ValueError for a value that a setting does not take and for settings that do not go
    together, TypeError for a name that there is not; each names the setting.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__doc__ = "\n".join([cls.__doc__ or cls.__name__, "", *_described(cls)])

    def __post_init__(self) -> None:
        for known in fields(self):
            value = self.read(known, getattr(self, known.name))
            object.__setattr__(self, known.name, value)
        self.check()

    def check(self) -> None:
        """Raise ValueError where settings do not go together; a subclass writes it."""

    @classmethod
    def of(cls, settings: Self | None = None, /, **changes: Any) -> Self:
        """These settings, all defaults for None, with some changed.

        Raises TypeError for settings of another class, all else as the constructor.
        """
        if settings is None:
            return cls(**changes)
        if not isinstance(settings, cls):
            raise TypeError(f"expected {cls.__name__}(...) or None; got {settings!r:.80}")
        return replace(settings, **cls.present_names(changes))

    @classmethod
    def declared(cls) -> dict[str, Setting]:
        """{name: what was declared of it}, in order."""
        return {known.name: known.metadata[SETTING] for known in fields(cls)}

    @classmethod
    def read(cls, known: Field[Any], value: Any) -> Any:
        """A value of a field, as it is kept. Raises ValueError for one that it does not take."""
        setting: Setting = known.metadata[SETTING]
        if value is None and known.default is None:
            return None
        if value is None and isinstance(setting.kind, Number) and setting.kind.zero_is_none:
            return None
        try:
            return setting.kind.read(value)
        except (TypeError, ValueError, OverflowError):
            or_none = " or None" if known.default is None else ""
            raise ValueError(
                f"{known.name}: expected {setting.kind.words}{or_none}; got {value!r:.80}"
            ) from None

    @classmethod
    def present_names(cls, named: Mapping[str, Any], *, quietly: bool = False) -> dict[str, Any]:
        """Values by the names that the settings have now.

        A name of once is taken with a FutureWarning, unless `quietly`: out of a file. Raises
        TypeError for one that there never was.
        """
        known = cls.declared()
        once = {old: name for name, setting in known.items() for old in setting.renamed}
        present = {}
        for name, value in named.items():
            if name in once:
                if not quietly:
                    words = f"{name}: is called {once[name]} now"
                    warnings.warn(words, FutureWarning, stacklevel=3)
                name = once[name]
            if name not in known:
                raise TypeError(unknown_name(name, known, f"a setting of {cls.__name__}"))
            if name in present:
                raise TypeError(f"{name}: expected it once; got it by two names")
            present[name] = value
        return present

    def to_json(self) -> dict[str, Any]:
        """All settings, ready for JSON."""
        return {
            name: None if (value := getattr(self, name)) is None else _json(setting.kind, value)
            for name, setting in self.declared().items()
        }

    @classmethod
    def from_json(cls, content: Any) -> Self:
        """The settings that `to_json` wrote, in this version or an earlier one.

        Raises ValueError for anything else.
        """
        if not isinstance(content, Mapping):
            raise ValueError(f"{cls.__name__}: expected settings by name; got {content!r:.80}")
        try:
            return cls(**cls.present_names(content, quietly=True))
        except TypeError as error:
            raise ValueError(f"{cls.__name__}: {error}") from error

    def differences(self, other: Self) -> list[str]:
        """The names of the settings that differ and that a resumed run must not change."""
        mine, others = self.to_json(), other.to_json()
        known = self.declared()
        return [name for name in mine if not known[name].changeable and mine[name] != others[name]]


def _json(kind: Kind, value: Any) -> Any:
    value = kind.plain(value)
    if isinstance(value, Mapping):
        return {name: list(v) if isinstance(v, tuple) else v for name, v in value.items()}
    return value


def unknown_name(name: str, known: Iterable[str], what: str) -> str:
    """The error for a name that there is not, with the one that may be meant."""
    name = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..."
    near = get_close_matches(name, list(known), n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
    return f"{name}: expected {what}{hint}"


def _described(cls: type) -> list[str]:
    """The docstring's lines on all settings of a class, by section."""
    declared: dict[str, Field[Any]] = {}
    for base in cls.__mro__[:0:-1]:
        declared |= getattr(base, "__dataclass_fields__", {})
    # its own are not yet fields of a dataclass
    declared |= {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
    sections: dict[str, list[str]] = {}
    for name, known in declared.items():
        if SETTING in known.metadata:
            setting: Setting = known.metadata[SETTING]
            sections.setdefault(setting.section, []).extend(_entry(name, known, setting))
    if OTHERS in sections:  # last, as in --help
        sections[OTHERS] = sections.pop(OTHERS)
    return [line for section, lines in sections.items() for line in (f"    {section}:", *lines)]


def _entry(name: str, declared: Field[Any], setting: Setting) -> list[str]:
    import textwrap

    default = {} if declared.default is MISSING else declared.default
    said = f"{name}: {setting.help} {setting.kind.words.capitalize()}; default {default!r}."
    return textwrap.wrap(
        f"{said} {setting.note}".strip(), 96, initial_indent=" " * 8, subsequent_indent=" " * 12
    )
