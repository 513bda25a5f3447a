"""Whether a checkpoint is one of the same run: what a resumed run must have in common with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrnn.training.options import TrainingOptions


def check_same_run(
    stored: TrainingOptions,
    stored_identity: Mapping[str, Any],
    options: TrainingOptions,
    identity: Mapping[str, Any],
) -> None:
    """Compare what a checkpoint holds with the options and the identity of the run that resumes it.

    Raises ValueError for another option than those in CHANGEABLE, another model or other data,
    naming it; KeyError where the checkpoint does not say.
    """
    for name in stored.differences(options):
        raise ValueError(
            f"{name}: expected {getattr(stored, name)!r} as in the run that is resumed; "
            f"got {getattr(options, name)!r}"
        )
    for name, value in identity.items():
        if stored_identity[name] != value:
            raise ValueError(
                f"{name}: expected that of the run that is resumed, "
                f"{_short(stored_identity[name])}; got {_short(value)}"
            )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
