"""Settings: frozen, checked when made, with their JSON and their docstring."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, ClassVar, Self, cast

from pyrnn.settings.declarations import OTHERS, SETTING, Setting
from pyrnn.settings.kinds import Kind, Number

LONGEST_NAME = 80  # characters of a name that error messages quote


class _Named(type):
    """Lets the constructor of Settings say which names there are, and take those of once."""

    def __call__(cls, *values: Any, **named: Any) -> Any:
        known = cast("type[Settings]", cls)
        present = known.present_names(named)
        made = super().__call__(*values, **present)
        names = [field.name for field in fields(known)]
        if len(values) + len(present) < len(names):  # not all, as dataclasses.replace does
            object.__setattr__(made, "_named", frozenset([*names[: len(values)], *present]))
        return made


@dataclass(frozen=True)
class Settings(metaclass=_Named):
    """Base of all settings: frozen, checked when made, NumPy's numbers turned into Python's.

    Raises ValueError for a value that a setting does not take and for settings that do not go
    together, TypeError for a name that there is not; each names the setting.
    """

    _named: ClassVar[frozenset[str]] = frozenset()  # the settings that were given by name

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
        changes = cls.present_names(changes)
        made = replace(settings, **changes)
        object.__setattr__(made, "_named", settings._named | set(changes))
        return made

    def has(self, name: str) -> bool:
        """Whether a setting was given: to the constructor or to `of`, be it its default. Where all
        were, as by from_json, those count that differ from their defaults."""
        known = next(field for field in fields(self) if field.name == name)
        return name in self._named or getattr(self, name) != known.default

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
