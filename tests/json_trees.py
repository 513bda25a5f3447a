"""Trees of JSON, a part of which is spoilt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def changed(tree: Any, place: Sequence[Any], value: Any) -> Any:
    """A copy with another value at a place: the names and numbers that lead there."""
    copy = json.loads(json.dumps(tree))
    _parent(copy, place)[place[-1]] = value
    return copy


def without(tree: Any, place: Sequence[Any]) -> Any:
    """A copy without what stands at a place."""
    copy = json.loads(json.dumps(tree))
    del _parent(copy, place)[place[-1]]
    return copy


def _parent(tree: Any, place: Sequence[Any]) -> Any:
    for step in place[:-1]:
        tree = tree[step]
    return tree
