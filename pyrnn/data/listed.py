"""Reading what a line of a list wrote about itself: its `to_json` says which line it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def listed_from_json(what: str, key: str, kinds: Mapping[str, Any], content: Any) -> Any:
    """The object that `content` describes, of that one of `kinds` whose name stands under `key`.

    what: what it is called in errors. Raises ValueError where it describes none.
    """
    if not isinstance(content, dict):
        raise ValueError(f"{what}: expected an object with a {key}; got {content!r:.80}")
    name = content.get(key)
    if not isinstance(name, str) or name not in kinds:
        raise ValueError(f"{key}: expected one of {', '.join(kinds)}; got {name!r:.80}")
    try:
        return kinds[name].from_json(content)
    except KeyError as error:
        raise ValueError(f"{what}: expected an entry {error} beside its {key}") from error
