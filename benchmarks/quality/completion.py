"""A held-out text typed key by key with the completions of a model, as an ideal typist would.

The typist presses the key of the next character until a completion on the screen is right, and then
takes it, which is one key: right is one whose text comes next and ends where a word of the text
does. Keystroke savings (Trnka and McCoy 2008, "Evaluating Word Prediction: Framing Keystroke
Savings", ACL-08: HLT, Short Papers, pages 261-264) are

    1 - keys with completions / keys without,

without them one key for each character, ends of lines included. No key is spared by blanks that
come by themselves after a word; the blank before a word may be part of a completion.

The latency of a key is the time from when it is known to when the completions of the text with it
are there. The first key of all, which packs the weights, is not timed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from benchmarks.agreement import DisagreementError
from benchmarks.quality.word_list import WordList
from benchmarks.timing import Spread
from pyrnn.data import split_text
from pyrnn.models import Completer, LanguageModel

CHECKS = 40  # places where the completions are compared with those of a fresh call
TOLERANCE = 1e-4  # of a log-likelihood in float32; those that are shown are rarely below -20


class Typing(Protocol):
    """Someone who types with completions."""

    def type(self, text: str) -> None: ...

    def offers(self) -> list[str]: ...


class ModelTyping:
    """A Completer whose completions are now and then compared with those of a fresh call."""

    def __init__(self, model: LanguageModel, shown: int) -> None:
        self.model = model
        self.completer = Completer(model, shown)

    def type(self, text: str) -> None:
        self.completer.type(text)

    def offers(self) -> list[str]:
        return [one.text for one in self.completer.completions()]

    def verify(self) -> None:
        """Compare with a call that reads the whole text. Raises DisagreementError."""
        ours = self.completer.completions()
        fresh = self.model.complete(self.completer.text, self.completer.n)
        same = [one.text for one in fresh] == [one.text for one in ours]
        if not same or any(
            abs(a.log_likelihood - b.log_likelihood) > TOLERANCE
            for a, b in zip(fresh, ours, strict=True)
        ):
            raise DisagreementError(
                f"after {len(self.completer.text)} characters: completions {ours}, afresh {fresh}"
            )


def type_all(
    typing: Typing, text: str, after_each: Callable[[int], None] = lambda place: None
) -> tuple[list[float], int]:
    """Type a text: the seconds of each key but the first, and how many took a completion."""
    typing.type(text[:1])
    offered = typing.offers()
    seconds: list[float] = []
    taken, place = 0, 1
    while place < len(text):
        right = next((offer for offer in offered if is_right(offer, text, place)), None)
        pressed = text[place] if right is None else right
        start = time.perf_counter()
        typing.type(pressed)
        offered = typing.offers()
        seconds.append(time.perf_counter() - start)
        taken += right is not None
        place += len(pressed)
        after_each(place)
    return seconds, taken


def is_right(completion: str, text: str, place: int) -> bool:
    """Whether a completion is what comes at this place, to the end of a word."""
    end = place + len(completion)
    return text.startswith(completion, place) and not text[end : end + 1].isalnum()


def replay(model: LanguageModel, text: str, shown: int, before: str = "") -> dict[str, Any]:
    """Type a text with so many completions on the screen, and what came of it.

    before: the text that the words of a mere list are counted in; empty for none.
    Raises DisagreementError where completions are not those of `LanguageModel.complete`.
    """
    typing = ModelTyping(model, shown)
    spacing = max(1, len(text) // CHECKS)
    due = spacing

    def check(place: int) -> None:
        nonlocal due
        if place >= due:
            typing.verify()
            due = place + spacing

    seconds, taken = type_all(typing, text, check)
    row = {**counted(len(text), 1 + len(seconds), taken), "seconds": times(seconds)}
    if before:
        by_list, taken = type_all(WordList(before, shown), text)
        row["word_list"] = counted(len(text), 1 + len(by_list), taken)
    return row


def counted(characters: int, keys: int, taken: int) -> dict[str, Any]:
    """Keys and their savings."""
    savings = round(1 - keys / characters, 4)
    return {"characters": characters, "keys": keys, "taken": taken, "savings": savings}


def times(seconds: Sequence[float]) -> dict[str, float]:
    """The spread of the seconds a key, and the 95th percentile: 95 of 100 are no longer."""
    ranked = sorted(seconds)
    p95 = ranked[math.ceil(0.95 * len(ranked)) - 1]
    return {**Spread.of(ranked).to_json(), "p95": float(f"{p95:.4g}")}


def parts(text: str, share: float, most: int) -> tuple[str, str]:
    """The last share of a text, at most so many characters of it, and all that stands before.

    Raises ValueError where that is less than two characters.
    """
    cut = split_text(text, (1 - share, 0.0, share))
    if len(cut.test) < 2:
        raise ValueError(f"text: expected at least 2 characters to type; got {len(cut.test)}")
    return cut.test[:most], cut.train


def about(model: LanguageModel) -> dict[str, Any]:
    """What the model is, for the record."""
    return {
        "weights": sum(parameter.size for parameter in model.network.parameters()),
        "vocabulary": model.tokenizer.size,
        "unit": model.config.unit,
        "cell": model.config.cell,
        "hidden_size": model.config.hidden_size,
        "num_layers": model.config.num_layers,
        "trained": model.trained,
    }


def show(row: dict[str, Any]) -> None:
    """One line for a number of completions."""
    ms = {name: f"{1e3 * value:.2f}" for name, value in row["seconds"].items()}
    words = f" (word list {row['word_list']['savings']:.1%})" if "word_list" in row else ""
    print(
        f"{row['shown']} shown: {row['savings']:.1%} of the keys saved{words}, {row['keys']:,} for "
        f"{row['characters']:,} characters; ms a key: median {ms['median']}, "
        f"95 % within {ms['p95']}, at most {ms['maximum']}"
    )
