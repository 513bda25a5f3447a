"""The rows of a table as examples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyrnn.data.layouts.vectors import VectorRow
from pyrnn.models.captioner.conditions import Conditions, checked_label, checked_vector
from pyrnn.models.examples import Examples


def gathered(rows: Iterable[VectorRow], known: Conditions | None, gaps: str) -> Examples:
    """Examples of rows, checked by the places where they stand.

    known: what a model has learnt of its inputs. gaps: see `checked_vector`.
    Raises ValueError for a vector of another size, and for a class that training did not have.
    """
    vectors: list[Any] = []
    labels: list[tuple[Any, ...]] = []
    texts: list[str] = []
    groups: list[Any] = []
    places: list[str] = []
    size, classes = (None, None) if known is None else (known.numbers, known.labels)
    for row in rows:
        texts.append(row.text)
        groups.append(row.group)
        places.append(row.place)
        if row.vector is not None:
            vectors.append(checked_vector(row.vector, row.place, size, gaps))
            size = len(vectors[0])
        if row.labels:
            meant = row.labels if known is None else known.meant(row.labels)
            try:
                labels.append(checked_label(meant, row.place, classes, labels[0] if labels else ()))
            except TypeError as error:
                raise ValueError(str(error)) from error
    return Examples(
        vectors or labels,
        texts,
        labels if vectors and labels else None,
        groups if any(group is not None for group in groups) else None,
        [" ".join(map(str, each)) for each in labels] or None,
        places,
    )
