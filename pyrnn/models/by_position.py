"""Data of any kind of list, read by position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

LISTS = ("tolist", "to_list", "to_pylist")  # NumPy and pandas; polars; pyarrow


def by_position(values: Any, name: str) -> Any:
    """The values as a list or an array, the first one at 0.

    A Series of pandas finds values by its index, whose numbers are others once it was shuffled or
    filtered. A data frame becomes its rows. Lists, arrays and stores of sequences stay as they are.
    Raises TypeError for a data frame with columns of one name.
    """
    if isinstance(values, np.ndarray | list | tuple | str | bytes | Mapping):
        return values
    if hasattr(values, "columns"):
        return _rows(values, name)
    found = next((way for way in LISTS if callable(getattr(values, way, None))), None)
    return values if found is None else getattr(values, found)()


def _rows(frame: Any, name: str) -> list[list[Any]]:
    columns = [by_position(frame[column], name) for column in frame.columns]
    if not all(isinstance(column, list) for column in columns):
        raise TypeError(f"{name}: expected a data frame whose columns have different names")
    return [list(row) for row in zip(*columns, strict=True)]
