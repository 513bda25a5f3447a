"""Parameters that share options of their own: PyTorch's list of dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn


class Group(NamedTuple):
    """Some of an optimizer's parameters, and the options that they do not share with the rest."""

    places: list[int]  # of its parameters among the optimizer's
    own: dict[str, float]  # option -> value; "lr" as it was when the optimizer began


class GroupView(Mapping[str, Any]):
    """One entry of `Optimizer.param_groups`: "params", "lr" and the other options, to read."""

    def __init__(self, entries: dict[str, Any]) -> None:
        self._entries = entries

    def __getitem__(self, name: str) -> Any:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __setitem__(self, name: str, value: Any) -> NoReturn:
        raise TypeError(
            f"param_groups: expected to be read alone; got a new {name!r:.40} (assign to "
            "optimizer.lr: the rates of all groups follow it in proportion)"
        )

    def __repr__(self) -> str:
        count = len(self._entries["params"])
        options = {name: value for name, value in self._entries.items() if name != "params"}
        return f"{{{count} parameters, {', '.join(f'{n}={v}' for n, v in options.items())}}}"


def grouped(parameters: Iterable[Any]) -> list[dict[str, Any]]:
    """The ``parameters`` of an optimizer as dictionaries with "params": one if there were none.

    TypeError for all that is no iterable, such as a module itself, and for dictionaries and
    parameters together; ValueError for a dictionary without "params".
    """
    given = list(entries(parameters))
    dictionaries = [isinstance(entry, dict) for entry in given]
    if not any(dictionaries):
        return [{"params": given}]
    for place, entry in enumerate(given):
        if not isinstance(entry, dict):
            raise TypeError(
                f"parameters: expected dictionaries alone, as some are; got {type(entry).__name__} "
                f"at position {place}"
            )
        if "params" not in entry:
            raise ValueError(
                f"parameters: expected 'params' in each dictionary; got {sorted(map(str, entry))} "
                f"at position {place}"
            )
    return given


def entries(parameters: Any) -> Iterator[Any]:
    """The parameters one by one; TypeError for a module itself and for all that is no iterable."""
    try:
        return iter(parameters)
    except TypeError:
        raise TypeError(
            f"parameters: expected an iterable of parameters, such as module.parameters(); "
            f"got {type(parameters).__name__}"
        ) from None
