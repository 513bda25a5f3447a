"""Entities as labels: the schemes IOB1, IOB2, BIOES and BILOU, spans, and what may follow what.

An entity is a span of steps of one type. Its labels are a letter and the type, as B-PER; a step
outside of all has the label O. With X a type:

| scheme | an entity of three steps | of one | behind another of type X |
|--------|--------------------------|--------|--------------------------|
| iob1   | I-X I-X I-X              | I-X    | begins with B-X          |
| iob2   | B-X I-X I-X              | B-X    |                          |
| bioes  | B-X I-X E-X              | S-X    |                          |
| bilou  | B-X I-X L-X              | U-X    |                          |

The scheme "none" is that of plain labels, as parts of speech: each step is a span of its own.

(Ramshaw and Marcus 1995; Tjong Kim Sang and Veenstra 1999, Representing text chunks; Ratinov and
Roth 2009, Design challenges and misconceptions in named entity recognition.)

Spans of any labels, right or not, are those of conlleval, the script of CoNLL's shared tasks: with
p_t the letter of step t (S and E for U and L) and x_t its type, both O beyond the ends,

    a span begins at t   p_t ≠ O, and p_t in {B, S}, or p_(t-1) in {O, E, S}, or x_(t-1) ≠ x_t
    a span ends at t     p_t ≠ O, and p_t in {E, S}, or p_(t+1) in {O, B, S}, or x_(t+1) ≠ x_t
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np

SCHEMES = ("iob1", "iob2", "bioes", "bilou", "none")
LETTERS = {"iob1": "BI", "iob2": "BI", "bioes": "BIES", "bilou": "BILU"}
ROLES = "BIES"  # what these letters stand for, one by one
OUTSIDE = "O"  # of all entities, as a label and as a role
NOWHERE = (OUTSIDE, "")
Part: TypeAlias = tuple[str, str]  # of a label: the role of its letter, and its type


class Span(NamedTuple):
    """Steps first, first + 1 ... end - 1, which have one label in common, an entity's type."""

    label: Any
    first: int
    end: int


def spans(labels: Sequence[Any], scheme: str) -> list[Span]:
    """The spans of N labels, from front to end, as conlleval has them; see above.

    scheme: one of SCHEMES. A letter without a type, B, is one of a type that is called "".
    Raises ValueError for another scheme and for a label that is none of its: one with another
    letter, or, but for O, without; or with a hyphen and no type behind it, as B-.
    """
    if _checked(scheme) == "none":
        return [Span(label, t, t + 1) for t, label in enumerate(labels)]
    found: list[Span] = []
    first, before, kind_before = 0, OUTSIDE, ""
    for t, label in enumerate(labels):
        role, kind = _part(label, scheme) or _expected_part(label, scheme, t)
        begins = role != OUTSIDE and (role in "BS" or before in "OES" or kind != kind_before)
        if before != OUTSIDE and (begins or role == OUTSIDE):
            found.append(Span(kind_before, first, t))
        if begins:
            first = t
        before, kind_before = role, kind
    if before != OUTSIDE:
        found.append(Span(kind_before, first, len(labels)))
    return found


def labels_of(found: Iterable[Span], steps: int, scheme: str) -> list[Any]:
    """The labels of spans, which stand in order and do not overlap, over a number of steps."""
    if _checked(scheme) == "none":
        return [span.label for span in found]
    labels: list[Any] = [OUTSIDE] * steps
    before = Span(None, 0, 0)
    for span in found:
        touches = before.end == span.first and before.label == span.label
        letters = _letters(span.end - span.first, scheme, touches)
        ending = f"-{span.label}" if span.label else ""
        labels[span.first : span.end] = [letter + ending for letter in letters]
        before = span
    return labels


def _letters(steps: int, scheme: str, touches: bool) -> Sequence[str]:
    if scheme == "iob1":
        return ["B" if touches else "I"] + ["I"] * (steps - 1)
    if scheme == "iob2":
        return ["B"] + ["I"] * (steps - 1)
    begin, inside, end, single = tuple(LETTERS[scheme])
    return [begin] + [inside] * (steps - 2) + [end] if steps > 1 else [single]


def convert(labels: Sequence[Any], origin: str, target: str) -> list[Any]:
    """Labels of one scheme as those of another, with the same spans.

    Raises ValueError as `spans` does, and where one of the two schemes is none and the other not.
    """
    if (origin == "none") != (target == "none"):
        raise ValueError(
            f"scheme: expected two schemes of entities, or none twice; got {origin!r:.80} and "
            f"{target!r:.80}"
        )
    return labels_of(spans(labels, origin), len(labels), _checked(target))


def detect(sequences: Iterable[Sequence[Any]]) -> str:
    """The scheme that sequences of labels are in.

    That is none unless each label is O or a letter with a type, and one has a type or is O beside a
    bare letter. Letters besides B and I tell bioes and bilou; between iob1 and iob2 it is the one
    that more of the sequences fit, iob2 where both do.
    """
    given = [tuple(labels) for labels in sequences]
    distinct = {label for labels in given for label in labels}
    typed = any(isinstance(label, str) and label[1:2] == "-" for label in distinct)
    if not typed and (OUTSIDE not in distinct or len(distinct) == 1):
        return "none"
    for group in (("iob2", "iob1"), ("bioes",), ("bilou",)):
        if all(_part(label, group[0]) is not None for label in distinct):
            return min(group, key=partial(_misfits, given))
    return "none"


def check_scheme(
    sequences: Iterable[Sequence[Any]], scheme: str, places: Sequence[str] | None = None
) -> None:
    """Raise ValueError, naming the sentence, for labels that do not fit a scheme: those of another
    one, or an order that it does not have, as O I-PER in iob2. A B that iob1 has no need of is let
    through: it changes no span, and CoNLL-2003 has two of them.

    places: where each sequence stands in a file; default None: messages have its number, from 0.
    """
    fits = _fits(scheme, _is_clear)
    for number, labels in enumerate(sequences):
        if (step := _misfit(labels, fits)) is None:
            continue
        place = f"sentence {number}" if places is None else places[number]
        got = f"{labels[step]!r:.80}" if step < len(labels) else "its end"
        behind = f" behind {labels[step - 1]!r:.80}" if step else ", the first"
        raise ValueError(
            f"labels: {place}: expected labels in the scheme {scheme}; got {got}{behind}"
            f"{f' (step {step})' if step < len(labels) else ''}"
        )


def allowed(labels: Sequence[Any], scheme: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What may follow what among C labels, as a CRF takes it.

    Returns (transitions bool (C, C), from row to column; start bool (C,); end bool (C,)).
    Raises ValueError as `spans` does.
    """
    if _checked(scheme) == "none":
        count = len(labels)
        return np.ones((count, count), bool), np.ones(count, bool), np.ones(count, bool)
    parts = [_expected_part(label, scheme, number) for number, label in enumerate(labels)]
    follows = partial(_follows, scheme)
    transitions = np.array([[follows(one, other) for other in parts] for one in parts], bool)
    start = np.array([follows(NOWHERE, part) for part in parts], bool)
    end = np.array([follows(part, NOWHERE) for part in parts], bool)
    return transitions.reshape(len(parts), len(parts)), start, end


def _follows(scheme: str, one: Part, other: Part) -> bool:
    """Whether a label, by letter and type, may stand behind another; beyond the ends is O."""
    (before, kind_before), (role, kind) = one, other
    open_before = before in "BI" and kind_before == kind
    if scheme == "iob1":
        return open_before or role != "B"
    if scheme == "iob2":
        return open_before or role != "I"
    return open_before if role in "IE" else before not in "BI"


def _is_clear(scheme: str, one: Part, other: Part) -> bool:
    """The same for labels that were written by hand."""
    return scheme == "iob1" or _follows(scheme, one, other)


def _fits(scheme: str, follows: Callable[[str, Part, Part], bool]) -> Callable[[Any, Any], bool]:
    """(label, the next one) -> whether a scheme has them in this order, None beyond the ends."""
    known: dict[tuple[Any, Any], bool] = {}

    def part(label: Any) -> Part | None:
        return NOWHERE if label is None else _part(label, scheme)

    def fits(label: Any, after: Any) -> bool:
        pair = label, after
        if pair not in known:
            one, other = part(label), part(after)
            known[pair] = one is not None and other is not None and follows(scheme, one, other)
        return known[pair]

    return fits if _checked(scheme) != "none" else lambda label, after: True


def _misfit(labels: Sequence[Any], fits: Callable[[Any, Any], bool]) -> int | None:
    """The first step that does not fit, N for the end; None where all do."""
    pairs = zip((None, *labels), (*labels, None), strict=True)
    return next((step for step, pair in enumerate(pairs) if not fits(*pair)), None)


def _misfits(sequences: Iterable[Sequence[Any]], scheme: str) -> int:
    """How many of the sequences do not fit a scheme."""
    fits = _fits(scheme, _follows)
    return sum(_misfit(labels, fits) is not None for labels in sequences)


@lru_cache(1024)
def _part(label: Any, scheme: str) -> Part | None:
    """The role and the type of a label; None where the scheme has no such label."""
    if label == OUTSIDE:
        return NOWHERE
    if not isinstance(label, str) or not label or label[0] not in LETTERS[scheme]:
        return None
    role = ROLES[LETTERS[scheme].index(label[0])]
    # B is of a type that is called "", B- of one that got lost
    return (role, label[2:]) if len(label) == 1 or (label[1] == "-" and label[2:]) else None


def _expected_part(label: Any, scheme: str, step: int) -> Part:
    found = _part(label, scheme)
    if found is None:
        letters = ", ".join(LETTERS[scheme])
        raise ValueError(
            f"labels: expected O, or one of {letters} with a type behind it, as B-PER, in the "
            f"scheme {scheme}; got {label!r:.80} (step {step})"
        )
    return found


def _checked(scheme: str) -> str:
    if scheme not in SCHEMES:
        raise ValueError(f"scheme: expected one of {', '.join(SCHEMES)}; got {scheme!r:.80}")
    return scheme
