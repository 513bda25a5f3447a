"""Cells as numbers: one reading, strict."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from numbers import Real
from typing import Any

POINT, COMMA = ".", ","
# -1.234.567,5: points between groups of three, and then a comma, or else two points
GROUPED = re.compile(r"[+-]?[0-9]{1,3}((\.[0-9]{3})+,[0-9]+|(\.[0-9]{3}){2,})")
WITH_COMMA = re.compile(r"[+-]?([0-9]+,?|[0-9]*,[0-9]+)([eE][+-]?[0-9]+)?")
LIKE_COMMA = re.compile(r"[+-]?[0-9.]*,[0-9]+")


def number_of(cell: Any, decimal: str = POINT, missing: Collection[str] = ()) -> float:
    """The number that a cell of a table stands for; NaN for a missing one.

    cell: a text, blanks around it aside; a number or a truth value; None.
    decimal: "." or ","; with the comma, points are taken between groups of three digits where a
        comma follows or there are two ("1.234,5"), and refused elsewhere ("1.5").
    missing: the texts that stand for no value, such as "" and "NA"; None and a number NaN are
        missing where "" or "nan", in upper or lower case, is among them.
    Raises ValueError, for the caller to say where, for what is no number, an infinite one, and what
    is missing where that is not declared; for another `decimal`.
    """
    if isinstance(cell, str):
        return _of_text(cell, decimal, missing)
    value = _of_value(cell)
    if value != value:
        if any(text.casefold() in ("", "nan") for text in missing):
            return math.nan
        raise ValueError(f"expected a number; got {cell!s}, and no missing values are declared")
    if missing and str(cell) in missing:
        return math.nan
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number; got {cell!r:.80}")
    return value


def _of_value(cell: Any) -> float:
    """NaN for None."""
    if cell is None:
        return math.nan
    if not isinstance(cell, Real) and not hasattr(cell, "__float__"):
        raise ValueError(f"expected a number; got {cell!r:.80}")
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"expected a number; got {cell!r:.80}") from error


def _of_text(cell: str, decimal: str, missing: Collection[str]) -> float:
    if decimal == COMMA:
        text = cell.strip()
        if GROUPED.fullmatch(text):
            cell = text.replace(POINT, "").replace(COMMA, POINT)
        elif WITH_COMMA.fullmatch(text):
            cell = text.replace(COMMA, POINT)
        else:
            return _missing(cell, decimal, missing)
    elif decimal != POINT:
        raise ValueError(f"decimal: expected '.' or ','; got {decimal!r:.80}")
    try:
        value = float(cell)
    except ValueError:
        return _missing(cell, decimal, missing)
    # Python takes 1_000, nan and infinity as well
    if "_" in cell or not math.isfinite(value):
        return _missing(cell, decimal, missing)
    return value if not missing or cell.strip() not in missing else math.nan


def _missing(cell: str, decimal: str, missing: Collection[str]) -> float:
    """NaN for a declared text, an error for any other."""
    text = cell.strip()
    if text in missing:
        return math.nan
    hint = ""
    if decimal == POINT and LIKE_COMMA.fullmatch(text):
        hint = " (is it a decimal comma? It must be named)"
    elif decimal == COMMA and POINT in text:
        hint = " (the decimal comma is named, and this has a point)"
    elif not text:
        hint = ": the cell is empty, and that is not declared as missing"
    raise ValueError(f"expected a finite number; got {text!r:.80}{hint}")
