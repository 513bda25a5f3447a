"""THE list of kinds of inputs, and the one that fits some data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pyrnn.models.sequence.inputs.frames import FrameInput
from pyrnn.models.sequence.inputs.text import TextInput

Input = TextInput | FrameInput

# by the part of a model's file that holds what they learnt
INPUTS: dict[str, type[TextInput] | type[FrameInput]] = {
    kind.part: kind for kind in (TextInput, FrameInput)
}


def input_kind(value: Any) -> type[TextInput] | type[FrameInput]:
    """What a model reads whose first input this is."""
    return TextInput if isinstance(value, str | bytes) else FrameInput


def fitted(inputs: Any, config: Any) -> Input:
    """What reads inputs, fitted to them. Raises ValueError for settings of another kind."""
    kind = input_kind(inputs[0])
    check_idle(kind, config)
    return kind.fit(inputs, config)


def check_idle(kind: type[TextInput] | type[FrameInput], config: Any) -> None:
    """Raise ValueError for a setting of another kind of inputs that is not at its default."""
    others = {name for other in INPUTS.values() for name in other.settings} - set(kind.settings)
    others -= getattr(config, "of_targets", frozenset())  # which may be texts
    for field in fields(config):
        if field.name in others and getattr(config, field.name) != field.default:
            raise ValueError(
                f"{field.name}: expected {field.default!r} with {kind.called}, which have no use "
                f"for it; got {getattr(config, field.name)!r}"
            )


def input_from(parts: Mapping[str, Any], config: Any) -> Input:
    """What a model's file says. Raises ValueError for anything else."""
    found = [name for name in INPUTS if name in parts]
    if len(found) != 1:
        raise ValueError(f"inputs: expected one of {', '.join(INPUTS)}; got {found or 'none'}")
    kind = INPUTS[found[0]]
    check_idle(kind, config)
    return kind.from_json(parts[found[0]], config)
