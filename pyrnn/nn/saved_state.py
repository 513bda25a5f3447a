"""What `Module.load_state_dict` did, and what a state dict that does not fit may be instead."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple


class Loaded(NamedTuple):
    """What a state dict and a module did not have in common."""

    missing: list[str]
    """Parameters without an entry, which keep their values."""
    unexpected: list[str]
    """Entries without a parameter, which were passed over."""


def hint(state: Mapping[str, Any], names: Collection[str] = ()) -> str:
    """Which words to add to the error for a state dict that does not fit; often none.

    names: those of the parameters that were looked for.
    """
    return checkpoint_hint(state, names) or _prefix(state, names)


def checkpoint_hint(state: Mapping[str, Any], names: Collection[str] = ()) -> str:
    """The hint for a whole training checkpoint, {"epoch": 3, "model_state_dict": {...}, ...};
    empty for any other."""
    inside = dict(_state_dicts(state))
    if not inside:
        return ""
    wanted = set(names)
    best = max(inside, key=lambda key: len(wanted & inside[key].keys()))  # of equal ones the first
    return f" (it looks like a whole training checkpoint: pass its entry {best!r})"


def _state_dicts(state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The entries that are state dicts themselves: names and arrays."""
    for key, value in state.items():
        if isinstance(value, Mapping) and value:
            named = all(isinstance(name, str) for name in value)
            if named and all(hasattr(array, "shape") for array in value.values()):
                yield key, value


def _prefix(state: Mapping[str, Any], names: Collection[str]) -> str:
    """Names that all stand under one path, such as "module." of torch.nn.DataParallel."""
    keys = [key for key in state if isinstance(key, str)]
    if not keys or len(keys) != len(state):
        return ""
    for name in names:
        if keys[0].endswith(f".{name}"):
            prefix = keys[0].removesuffix(name)
            if all(key.startswith(prefix) for key in keys):
                return (
                    f" (all names begin with {prefix!r}: pass "
                    f"{{name.removeprefix({prefix!r}): a for name, a in state.items()}})"
                )
    return ""
