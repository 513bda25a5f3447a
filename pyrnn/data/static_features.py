"""What is known of a sequence as a whole, numbers and categories, as one vector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pyrnn.data.standardizer import Standardizer
from pyrnn.kernels.scalars import real

SCALES = ("standard", "none")
MISSING = ("error", "mean")


class NumberColumn:
    """A column of numbers: one place of the vector. standardizer: of this one feature."""

    width = 1

    def __init__(self, name: str, standardizer: Standardizer) -> None:
        self.name, self.standardizer = name, standardizer

    def encode(self, values: Sequence[Any], scale: str, missing: str) -> np.ndarray:
        """N values, float64 (N, 1)."""
        x = _numbers(self.name, values, missing)
        x = np.where(np.isnan(x), self.standardizer.mean, x)
        return self.standardizer.transform(x) if scale == "standard" else x

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "standardizer": self.standardizer.to_json()}


class CategoryColumn:
    """A column of C categories, strings or truth values: C places, a 1 in that of the value."""

    def __init__(self, name: str, categories: Sequence[str] | Sequence[bool]) -> None:
        self.name, self.categories = name, tuple(categories)
        self._places = {category: place for place, category in enumerate(categories)}

    @property
    def width(self) -> int:
        return len(self.categories)

    def encode(self, values: Sequence[Any], scale: str, missing: str) -> np.ndarray:
        """N values, float64 (N, C); a row of zeros for one that training did not have."""
        found = _categories(self.name, values, type(self.categories[0]))
        places = np.array([self._places.get(category, -1) for category in found], np.int64)
        return (places[:, None] == np.arange(self.width)).astype(np.float64)

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "categories": list(self.categories)}


Column = NumberColumn | CategoryColumn


class StaticFeatures:
    """Rows of S values to vectors, column by column: a number takes one place, C categories take C.

    Numbers are standardised by the training rows. Categories are strings or truth values, sorted,
    one-hot; one that training did not have is a row of zeros. The empty string is a category as any
    other. A column is of one kind throughout: what is no number in one of numbers, or is in one of
    categories, is an error that names row and column. So is None (or NaN) in either, but for
    numbers with missing="mean".

    columns: as `fit` or `from_json` make them. scale, missing: as in `fit`.
    """

    def __init__(self, columns: Sequence[Column], scale: str, missing: str) -> None:
        if not columns:
            raise ValueError("columns: expected at least one; got none")
        _check_names([column.name for column in columns])
        self.columns = tuple(columns)
        self.scale = _one_of("scale", scale, SCALES)
        self.missing = _one_of("missing", missing, MISSING)

    @classmethod
    def fit(
        cls,
        rows: Any,
        names: Sequence[str] | None = None,
        *,
        scale: str = "standard",
        missing: str = "error",
    ) -> StaticFeatures:
        """The features of training rows.

        rows: N rows, at least one, of S values, at least one; or an array (N, S).
        names: of the columns, (S,), in JSON and in error messages; default "0", "1", ...
        scale: of numbers: "standard" (default), mean 0 and deviation 1 (see `Standardizer`), or
            "none", as they are.
        missing: "error" (default), or "mean": a number that is None or NaN is the training mean.
        Raises TypeError, ValueError for rows that are none, naming row and column; ValueError for
        infinite numbers and other settings than these.
        """
        missing = _one_of("missing", missing, MISSING)
        if isinstance(names, str):
            raise TypeError(f"names: expected a list of names; got one, {names!r:.80}")
        values = _columns(rows, None if names is None else len(names))
        if not values or not len(values[0]):
            raise ValueError("static: expected at least one, of at least one value; got none")
        names = [str(s) for s in range(len(values))] if names is None else list(names)
        columns = [_fit(*pair, missing) for pair in zip(names, values, strict=True)]
        return cls(columns, scale, missing)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, (S,)."""
        return tuple(column.name for column in self.columns)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns are of numbers, (S,)."""
        return tuple(isinstance(column, NumberColumn) for column in self.columns)

    @property
    def width(self) -> int:
        """The length of a vector."""
        return sum(column.width for column in self.columns)

    def encode(self, rows: Any) -> np.ndarray:
        """N rows of S values, or an array (N, S), as vectors, float64 (N, width). N may be 0.

        Errors: as `fit`.
        """
        values = _columns(rows, len(self.columns))
        encoded = [
            column.encode(found, self.scale, self.missing)
            for column, found in zip(self.columns, values, strict=True)
        ]
        return np.concatenate(encoded, axis=1)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StaticFeatures):
            return NotImplemented
        return self.to_json() == other.to_json()

    def __repr__(self) -> str:
        return f"StaticFeatures({len(self.columns)} columns, width {self.width})"

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads: {"columns": [...], "scale": ..., "missing": ...}; a column is
        {"name", "standardizer"} or {"name", "categories"}.
        """
        columns = [column.to_json() for column in self.columns]
        return {"columns": columns, "scale": self.scale, "missing": self.missing}

    @classmethod
    def from_json(cls, content: Any) -> StaticFeatures:
        """The features that `to_json` wrote. Raises ValueError for anything else."""
        if (
            not isinstance(content, dict)
            or set(content) != {"columns", "scale", "missing"}
            or not isinstance(content["columns"], list)
        ):
            raise ValueError(
                "static features: expected an object of a list columns, scale and missing; got "
                f"{content!r:.80}"
            )
        columns = [_from_json(column) for column in content["columns"]]
        try:
            return cls(columns, content["scale"], content["missing"])
        except TypeError as error:
            raise ValueError(str(error)) from error


def _fit(name: str, values: Sequence[Any], missing: str) -> Column:
    known = next((value for value in values if value is not None), None)
    if isinstance(known, str | bool | np.bool_):
        kind = str if isinstance(known, str) else bool
        return CategoryColumn(name, sorted(set(_categories(name, values, kind))))
    return NumberColumn(name, Standardizer.fit([_numbers(name, values, missing)]))


def _from_json(content: Any) -> Column:
    names = set(content) if isinstance(content, dict) else set()
    if names == {"name", "standardizer"}:
        standardizer = Standardizer.from_json(content["standardizer"])
        if standardizer.size != 1:
            raise ValueError(f"standardizer: expected one feature; got {standardizer.size}")
        return NumberColumn(content["name"], standardizer)
    if names != {"name", "categories"}:
        raise ValueError(
            "column: expected an object of name and standardizer or categories; got "
            f"{content!r:.80}"
        )
    found = content["categories"]
    kind = type(found[0]) if isinstance(found, list) and found else None
    if (
        kind not in (str, bool)
        or any(type(category) is not kind for category in found)
        or found != sorted(set(found))
    ):
        raise ValueError(
            "categories: expected a sorted list of distinct strings or truth values; got "
            f"{found!r:.80}"
        )
    return CategoryColumn(content["name"], found)


def _columns(rows: Any, size: int | None) -> list[Sequence[Any]]:
    """The columns of rows, each of N values. size: S, where it is known."""
    if isinstance(rows, np.ndarray) and rows.dtype.kind in "iuf":
        if rows.ndim != 2 or (size is not None and rows.shape[1] != size):
            shape = f"(N, {'S' if size is None else size})"
            raise ValueError(f"static: expected an array of shape {shape}; got {rows.shape}")
        return list(rows.T)
    if isinstance(rows, str | bytes) or not isinstance(rows, Iterable):
        raise TypeError(f"static: expected a list of rows; got {type(rows).__name__} {rows!r:.80}")
    every = list(rows)
    for place, row in enumerate(every):
        if not isinstance(row, list | tuple | np.ndarray):
            raise TypeError(
                f"static: expected a list, a tuple or an array for each; got {type(row).__name__} "
                f"{row!r:.80} at row {place}"
            )
        size = len(row) if size is None else size
        if len(row) != size:
            raise ValueError(
                f"static: expected {size} values in each; got {len(row)} in row {place}"
            )
    return [[row[s] for row in every] for s in range(size or 0)]


def _numbers(name: str, values: Sequence[Any] | np.ndarray, missing: str) -> np.ndarray:
    """N numbers, float64 (N, 1); NaN where one is missing and may be."""
    if isinstance(values, np.ndarray):
        every = values.astype(np.float64)
    else:
        read = (_number(name, row, value) for row, value in enumerate(values))
        every = np.fromiter(read, np.float64, len(values))
    wrong = np.isinf(every) if missing == "mean" else ~np.isfinite(every)
    if wrong.any():
        row = int(np.argmax(wrong))
        hint = "" if np.isinf(every[row]) else " (a model with gaps='mean' takes the training mean)"
        raise ValueError(
            f"{_place(name, row)}: expected a finite number; got {values[row]!r:.80}{hint}"
        )
    return every[:, None]


def _number(name: str, row: int, value: Any) -> float:
    return np.nan if value is None else real(_place(name, row), value)


def _categories(name: str, values: Sequence[Any], kind: type) -> list[Any]:
    """N categories as Python's own strings or truth values, all of one kind."""
    known: Any = str if kind is str else (bool, np.bool_)
    for row, value in enumerate(values):
        if not isinstance(value, known):
            wrong = ValueError if value is None else TypeError
            raise wrong(
                f"{_place(name, row)}: expected a {'string' if kind is str else 'truth value'}, as "
                f"in the rows of training; got {type(value).__name__} {value!r:.80}"
            )
    return [kind(value) for value in values]


def _place(name: str, row: int) -> str:
    return f"static: row {row}, column {name!r:.80}"


def _check_names(names: list[Any]) -> None:
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"names: expected strings; got {type(name).__name__} {name!r:.80}")
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise ValueError(f"names: expected each once; got {twice!r:.80} more than once")


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name}: expected one of {', '.join(known)}; got {value!r:.80}")
    return value
