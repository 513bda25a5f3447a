"""What declares a field of a Settings class, one function a kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from pyrnn.settings.kinds import (
    Assignments,
    Choice,
    FilePath,
    Kind,
    Names,
    Number,
    Numbers,
    OneOrTwo,
    Switch,
    SwitchOrWhole,
    Table,
    Text,
    Whole,
    Wholes,
)

SETTING = "pyrnn setting"  # where a field's metadata holds its Setting
OTHERS = "Options"  # the heading of settings that name no other


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


def numbers(
    default: tuple[float, ...] | None,
    help: str,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    most: float | None = None,
    **about: Any,
) -> Any:
    """Rising finite numbers."""
    return _declare(default, Numbers(Number(above, least, below, most)), help, about)


def one_or_two(
    default: float | tuple[float, float],
    help: str,
    *,
    least: float | None = None,
    below: float | None = None,
    **about: Any,
) -> Any:
    """A finite number, or two."""
    return _declare(default, OneOrTwo(Number(least=least, below=below)), help, about)


def switch(default: bool | None, help: str, **about: Any) -> Any:
    """True or False."""
    return _declare(default, Switch(), help, about)


def switch_or_whole(
    default: bool | int, help: str, *, least: int = 0, most: int | None = None, **about: Any
) -> Any:
    """True, False or a whole number."""
    return _declare(default, SwitchOrWhole(Whole(least, most)), help, about)


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


def wholes(
    default: tuple[int, ...] | None,
    help: str,
    *,
    least: int = 1,
    rising: bool = True,
    **about: Any,
) -> Any:
    """Whole numbers of at least `least`, each above the one before it unless not `rising`."""
    return _declare(default, Wholes(least, rising), help, about)


def names(default: tuple[str, ...] | None, help: str, **about: Any) -> Any:
    """Names, each once."""
    return _declare(default, Names(), help, about)


def assignments(
    default: Mapping[str, str] | None, names: Iterable[str], help: str, **about: Any
) -> Any:
    """Texts for some of a few names."""
    return _declare(default, Assignments(tuple(names)), help, about)


def path(default: str | None, help: str, *, metavar: str = "FILE", **about: Any) -> Any:
    """A path; in a settings file one that is relative begins at the file's folder."""
    return _declare(default, FilePath(metavar), help, about)


def table(help: str, **about: Any) -> Any:
    """Values by name; none by default."""
    return _declare({}, Table(), help, about)


def like(owner: Any, name: str) -> Any:
    """As another class declares it."""
    known = owner.__dataclass_fields__[name]
    return field(default=known.default, metadata=known.metadata)
