"""Whether a checkpoint is one of the same run: what a resumed run must have in common with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrnn.files.strict_json import shortened
from pyrnn.settings import Settings


def check_same_run(
    stored: Settings,
    stored_identity: Mapping[str, Any],
    options: Settings,
    identity: Mapping[str, Any],
) -> None:
    """Compare what a checkpoint holds with the options and the identity of the run that resumes it.

    Raises ValueError for another option than those that may change, another model or other data,
    naming the first setting or entry that differs; KeyError where the checkpoint does not say.
    """
    if type(stored) is not type(options):
        raise ValueError(f"options: expected {type(stored).__name__}; got {type(options).__name__}")
    for name in stored.differences(options):
        raise ValueError(
            f"{name}: expected {shortened(getattr(stored, name))} as in the run that is resumed; "
            f"got {shortened(getattr(options, name))}"
        )
    for name, value in identity.items():
        found = difference(stored_identity[name], value, (name,))
        if found is not None:
            raise ValueError(found)


def completed(stored: Any, earlier: Any) -> Any:
    """A tree of JSON, and what only the other one of the same shape has."""
    if not isinstance(stored, Mapping) or not isinstance(earlier, Mapping):
        return stored
    found = {name: completed(value, earlier.get(name)) for name, value in stored.items()}
    return {**{name: value for name, value in earlier.items() if name not in found}, **found}


def difference(expected: Any, got: Any, path: tuple[str, ...]) -> str | None:
    """Where two trees of JSON differ first, in words; None where they are equal."""
    if expected == got:
        return None
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for name in [*expected, *(name for name in got if name not in expected)]:
            found = difference(expected.get(name), got.get(name), (*path, str(name)))
            if found is not None:
                return found
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        return _between_lists(list(expected), list(got), path)
    return f"{_named(path)}: expected {_as_before(expected)}; got {shortened(got)}"


def _between_lists(expected: list[Any], got: list[Any], path: tuple[str, ...]) -> str:
    """The first entry that is not the same: of a vocabulary, the token that one of them has not."""
    name = _named(path)
    for kind, entries, others in (("new", got, expected), ("missing", expected, got)):
        alone = next((entry for entry in entries if entry not in others), None)
        if alone is not None and len(got) != len(expected):
            return (
                f"{name}: expected the {len(expected)} entries of the run that is resumed; "
                f"got {len(got)}: {shortened(alone)} is {kind}"
            )
    place = next(
        (i for i, (a, b) in enumerate(zip(expected, got, strict=False)) if a != b),
        min(len(expected), len(got)),
    )
    a, b = (shortened(part[place]) if place < len(part) else "nothing" for part in (expected, got))
    return f"{name}[{place}]: expected {a} as in the run that is resumed; got {b}"


def _named(path: tuple[str, ...]) -> str:
    """model.config.seed is the setting seed to whoever reads the error."""
    return ".".join(path[2:]) if path[:2] == ("model", "config") else ".".join(path)


def _as_before(value: Any) -> str:
    return f"{shortened(value)} as in the run that is resumed"
