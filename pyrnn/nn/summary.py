"""A module as a short text: its tree, and the shapes and sizes of its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyrnn.nn.parameter import Parameter

if TYPE_CHECKING:
    from pyrnn.nn.module import Module

SHOWN = 4  # parameters in one line; a stack has four for each layer and direction


def summary(module: Module) -> str:
    """See `Module.summary`."""
    first = {id(parameter): name for name, parameter in module.named_parameters()}
    rows = [_row(path, part, first) for path, part in module._paths("")]
    left = max(len(name) for name, _, _ in rows)
    right = max(len(count) for _, count, _ in rows)
    lines = [f"{name:<{left}}  {count:>{right}}  {note}".rstrip() for name, count, note in rows]
    total, trained = module.num_parameters(), module.num_parameters(trainable=True)
    frozen = f", {trained:,} of them trained" if trained != total else ""
    return "\n".join([*lines, f"{total:,} parameters{frozen}"])


def _row(path: str, module: Module, first: dict[int, str]) -> tuple[str, str, str]:
    """(indented name and kind, numbers of its own, its parameters) of one module."""
    depth, kind = path.count(".") + bool(path), type(module).__name__
    own = {name: value for name, value in vars(module).items() if isinstance(value, Parameter)}
    notes, size = [], 0
    for name, parameter in own.items():
        known = first[id(parameter)]
        tied = known != (f"{path}.{name}" if path else name)
        size += 0 if tied else parameter.size
        notes.append(f"{name} = {known}" if tied else f"{name} {parameter.shape}")
    more = [f"and {len(notes) - SHOWN} more"] if len(notes) > SHOWN else []
    label = f"{path.rpartition('.')[2]}: {kind}" if path else kind
    return "  " * depth + label, f"{size:,}" if own else "", ", ".join(notes[:SHOWN] + more)
