"""Settings as arguments of a model."""

from __future__ import annotations

from typing import Any, TypeVar

Settings = TypeVar("Settings")


def settings(name: str, value: Any, kind: type[Settings]) -> Settings:
    """The settings themselves; new ones, with all defaults, for None. TypeError for others."""
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise TypeError(f"{name}: expected {kind.__name__}(...) or None; got {value!r}")
    return value
