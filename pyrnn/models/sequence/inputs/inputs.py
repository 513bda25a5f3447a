"""THE list of kinds of inputs, and the one that fits some data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from pyrnn.models.sequence.inputs.frames import FrameInput
from pyrnn.models.sequence.inputs.text import TextInput
from pyrnn.models.sequence.inputs.words import WordInput

Input = TextInput | WordInput | FrameInput
Kind = type[TextInput] | type[WordInput] | type[FrameInput]
Kinds = tuple[Kind, ...]  # those that a family reads

# by the part of a model's file that holds what they learnt
INPUTS: dict[str, Kind] = {kind.part: kind for kind in (TextInput, WordInput, FrameInput)}


def input_kind(inputs: Iterable[Any], kinds: Kinds) -> Kind:
    """Which of some kinds a model reads that has such inputs: the first that takes one of them, or
    the last kind where none says anything, as lists without steps."""
    found = (kind for value in inputs for kind in kinds if kind.takes(value))
    return next(found, kinds[-1])


def fitted(inputs: Any, config: Any, kinds: Kinds) -> Input:
    """What reads inputs, fitted to them. Raises ValueError for settings of another kind."""
    kind = input_kind(inputs, kinds)
    check_idle(kind, config, kinds)
    return kind.fit(inputs, config)


def check_idle(kind: Kind, config: Any, kinds: Kinds) -> None:
    """Raise ValueError for a setting of another kind of inputs that is not at its default."""
    others = {name for other in kinds for name in other.settings} - set(kind.settings)
    others -= getattr(config, "of_targets", frozenset())  # which may be texts
    for field in fields(config):
        if field.name in others and getattr(config, field.name) != field.default:
            raise ValueError(
                f"{field.name}: expected {field.default!r} with {kind.called}, which have no use "
                f"for it; got {getattr(config, field.name)!r}"
            )


def input_from(parts: Mapping[str, Any], config: Any, kinds: Kinds) -> Input:
    """What a model's file says. Raises ValueError for anything else."""
    known = [kind.part for kind in kinds]
    found = [name for name in known if name in parts]
    if len(found) != 1:
        raise ValueError(f"inputs: expected one of {', '.join(known)}; got {found or 'none'}")
    kind = INPUTS[found[0]]
    check_idle(kind, config, kinds)
    return kind.from_json(parts[found[0]], config)
