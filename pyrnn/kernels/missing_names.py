"""The error for a name that another library has and this one has not, with the word for it here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def missing(owner: Any, name: str, words: Mapping[str, str]) -> AttributeError:
    """The error to raise in ``__getattr__``.

    owner: the object, or the name of the module, without the attribute. words: for names of other
    libraries, what takes their place; a name that is not among them gets Python's own message.
    """
    what = f"module {owner!r}" if isinstance(owner, str) else f"{type(owner).__name__!r} object"
    word = f": {words[name]}" if name in words else ""
    error = AttributeError(f"{what} has no attribute {name!r}{word}")
    if not word and not isinstance(owner, str):
        error.name, error.obj = name, owner  # for Python's "Did you mean"
    return error
