"""The symbols that a transcriber writes: those of texts, or labels.

A text is cut into symbols by a vectorizer. Lists of labels, of strings or of whole numbers, have
them as they are. Output 0 of the network is the blank; symbol k of the training data is output
k + 1. What the training data do not have, or too rarely, has no output: nothing is written there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pyrnn.data import Vectorizer, fit_vectorizer, vectorizer_from_json
from pyrnn.files.strict_json import shortened
from pyrnn.models.transcriber.settings import CHARACTERS, TranscriberConfig

TEXTS, STRINGS, INTEGERS = "texts", "strings", "integers"
KINDS = {TEXTS: "a text", STRINGS: "a list of strings", INTEGERS: "a list of whole numbers"}
CUT = ("unit", "pattern", "lowercase", "normalization")  # settings that say how a text is cut
SPACED = (CHARACTERS, "bytes", "subwords")  # units of which a word is made
LABEL: dict[str, Any] = {
    "unit": "regex",
    "pattern": r"\S+",
    "lowercase": False,
    "normalization": "none",
}
UNKNOWN = -1  # in a truth


class Symbols:
    """The symbols of training data.

    vectorizer: of the texts, or of labels with blanks between. kind: a name in KINDS. spaced:
    whether texts are words with blanks between, whose errors are counted, too.
    """

    def __init__(self, vectorizer: Vectorizer, kind: str, spaced: bool) -> None:
        self.vectorizer, self.kind, self.spaced = vectorizer, kind, spaced
        first = vectorizer.reserved
        names = [vectorizer.token(first + place) for place in range(vectorizer.known)]
        self.names: tuple[Any, ...] = tuple(map(int, names) if kind == INTEGERS else names)

    @classmethod
    def fit(cls, targets: Sequence[Any], config: TranscriberConfig) -> Symbols:
        """Of training data. Raises ValueError where they have no symbol, and for settings that
        labels have no use for."""
        kind = next((one for one in map(kind_of, targets) if one is not None), TEXTS)
        how: dict[str, Any] = {name: getattr(config, name) for name in CUT}
        if kind != TEXTS:
            default = type(config)()
            for name in CUT:
                if how[name] != getattr(default, name):
                    raise ValueError(
                        f"{name}: expected {getattr(default, name)!r} with {KINDS[kind]} for each "
                        f"input, which are not cut any further; got {how[name]!r}"
                    )
            how = LABEL
        texts = [as_text(target) for target in targets]
        vectorizer = fit_vectorizer(
            texts, **how, min_count=config.min_count, max_vocabulary=config.max_vocabulary
        )
        spaced = kind == TEXTS and config.unit in SPACED and any(map(_has_words, texts))
        return cls(vectorizer, kind, spaced)

    @property
    def outputs(self) -> int:
        """C: the symbols, and the blank."""
        return len(self.names) + 1

    def truth(self, target: Any) -> np.ndarray:
        """The outputs of a target's symbols, int64 (L,), UNKNOWN for those that have none."""
        ids = self.vectorizer.encode(as_text(target)) - self.vectorizer.reserved
        return np.where(ids >= 0, ids + 1, UNKNOWN)

    def encode(self, target: Any) -> np.ndarray:
        """The same without those that have none, as the loss reads them."""
        found = self.truth(target)
        return found[found != UNKNOWN]

    def symbols(self, outputs: Sequence[int]) -> tuple[Any, ...]:
        """The symbols of some outputs, as the training data have them."""
        return tuple(self.names[k - 1] for k in outputs)

    def text(self, outputs: Sequence[int]) -> str:
        """The text of some outputs; labels with blanks between, unless all are of one letter."""
        if self.kind == TEXTS:
            first = self.vectorizer.reserved - 1
            return self.vectorizer.decode([int(k) + first for k in outputs])
        return self._between.join(map(str, self.symbols(outputs)))

    def said(self, target: Any) -> str:
        """A target as `text` has it."""
        if self.kind == TEXTS:
            return as_text(target)
        return self._between.join(map(str, _listed(target)))

    @cached_property
    def _between(self) -> str:
        return "" if all(len(str(name)) == 1 for name in self.names) else " "

    def words(self, target: Any) -> list[str]:
        """The words of a text, in the form that its symbols have."""
        form = getattr(self.vectorizer, "form", None)
        text = as_text(target)
        return (text if form is None else form.of(text)).split()

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"of": self.kind, "spaced": self.spaced, "vectorizer": self.vectorizer.to_json()}

    @classmethod
    def from_json(cls, content: Any) -> Symbols:
        """What `to_json` wrote. Raises ValueError for anything else."""
        if (
            not isinstance(content, Mapping)
            or content.get("of") not in KINDS
            or not isinstance(content.get("spaced"), bool)
        ):
            raise ValueError(f"symbols: expected those of a transcriber; got {shortened(content)}")
        vectorizer = vectorizer_from_json(content["vectorizer"])
        if vectorizer.marks:
            raise ValueError("symbols: expected a vectorizer without start and end; got both")
        return cls(vectorizer, content["of"], content["spaced"])

    def in_short(self, unit: str) -> str:
        """10 characters."""
        what = unit if self.kind == TEXTS else "labels"
        return f"{len(self.names):,} {what}"


def kind_of(target: Any) -> str | None:
    """What a target is, a name in KINDS; None for an empty list, which may be either."""
    if isinstance(target, str | int | np.integer):
        return TEXTS
    if not len(target):
        return None
    return STRINGS if isinstance(target[0], str) else INTEGERS


def check_target(target: Any, place: str) -> None:
    """Raise TypeError, ValueError for what is neither a text nor a list of labels."""
    wanted = f"{place}: expected a text, or a list of labels"
    if isinstance(target, str) or _is_whole(target):
        return
    if not isinstance(target, list | tuple | np.ndarray):
        words = " ".join(shortened(target).split())
        raise TypeError(f"{wanted}; got {type(target).__name__} {words}")
    if isinstance(target, np.ndarray) and target.ndim != 1:
        raise TypeError(f"{wanted}; got an array of the shape {target.shape}")
    for number, label in enumerate(target):
        got = f"{shortened(label)} at position {number}"
        if not (isinstance(label, str) or _is_whole(label)):
            raise TypeError(f"{wanted}, strings or whole numbers; got {type(label).__name__} {got}")
        if isinstance(label, str) != isinstance(target[0], str):
            raise TypeError(f"{wanted}, all strings or all whole numbers; got {got}, other than "
                            "the first")  # fmt: skip
        if isinstance(label, str) and label.split() != [label]:
            raise ValueError(f"{wanted} without blanks; got {got}")


def padding_in(targets: Sequence[Any]) -> Any:
    """The label that looks like padding; None where none does: rows of one length, in which it
    stands behind all others alone, here so often and there so often."""
    lengths = {-1 if isinstance(one, str) or _is_whole(one) else len(one) for one in targets}
    if len(lengths) != 1 or max(lengths) < 2:
        return None
    rows = [list(map(str, _listed(one))) for one in targets]
    for last in dict.fromkeys(row[-1] for row in rows):
        runs = {len(row) - len(_stripped(row, last)) for row in rows}
        if (
            max(runs) > 1
            and len(runs) > 1
            and not any(last in _stripped(row, last) for row in rows)
        ):
            return last
    return None


def _stripped(row: list[str], last: str) -> list[str]:
    """A row without the labels at its end that are `last`."""
    end = len(row)
    while end and row[end - 1] == last:
        end -= 1
    return row[:end]


def as_text(target: Any) -> str:
    """A target as the text that a vectorizer reads."""
    if isinstance(target, str):
        return target
    return str(target) if _is_whole(target) else " ".join(map(str, _listed(target)))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _listed(target: Any) -> list[Any]:
    return target.tolist() if isinstance(target, np.ndarray) else list(target)


def _has_words(text: str) -> bool:
    return len(text.split()) > 1
