"""The same settings for several encoders: each has those that are its own, and all the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyrnn.models.encoders.settings import ENCODERS
from pyrnn.settings import Settings


def of_encoder(config: type[Settings], values: Mapping[str, Any], encoder: str) -> Any:
    """The config with an encoder, from settings by name, without those of other encoders alone.

    Raises ValueError as the config does.
    """
    foreign = set(useless((encoder,)))
    known = [name for name in config.declared() if name in values and name not in foreign]
    return config(**{**{name: values[name] for name in known}, "encoder": encoder})


def useless(encoders: Iterable[str]) -> list[str]:
    """The settings that other encoders have and none of these."""
    own = {name for encoder in encoders for name in ENCODERS[encoder].settings}
    every = (name for entry in ENCODERS.values() for name in entry.settings)
    return [name for name in dict.fromkeys(every) if name not in own]


def hidden_size(config: Any) -> int | None:
    """The hidden units of a layer; None where the encoder has none."""
    encoder = getattr(config, "encoder", None)
    if encoder is not None and "hidden_size" in useless((encoder,)):
        return None
    return int(config.hidden_size)
