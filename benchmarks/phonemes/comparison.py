"""The same phonemes, then the same words by both in turns; and the table in the terminal."""

from __future__ import annotations

import importlib.util
import random
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

import pyrnn
from benchmarks.agreement import DisagreementError
from benchmarks.kernels.table import console
from benchmarks.timing import Plan, Spread, race, ratios

EXAMPLE = Path(__file__).parents[2] / "examples" / "phonemes.py"
OURS, THEIRS = "pyrnn", "g2p-en"
COUNT, ALONE = 10_000, 250  # words; of which so many are timed one at a time


def words_of(text: str, count: int = COUNT) -> list[str]:
    """Different words of a text, drawn at random, the same in every run."""
    words = sorted(set(re.findall(r"[a-z']+", text.lower())))
    random.Random(0).shuffle(words)
    return words[:count]


def example() -> Any:
    """examples/phonemes.py as a module."""
    spec = importlib.util.spec_from_file_location("phonemes_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compare(
    theirs: Callable[[str], list[str]], words: Sequence[str], threads: int, plan: Plan
) -> list[dict[str, Any]]:
    """One row for a word at a time, one for all of them at once: seconds a word, the ratios.

    Raises DisagreementError before anything is timed where phonemes differ.
    """
    pyrnn.set_num_threads(threads)
    phonemes = example()
    model = phonemes.read(phonemes.checkpoint())
    say = phonemes.speaker(model)
    expected = [" ".join(theirs(word)) for word in words]
    some = list(words[:ALONE])
    check(words, expected, phonemes.spoken(model, words))
    check(some, expected, [say(word) for word in some])

    def alone(speak: Callable[[str], Any]) -> Callable[[], Any]:
        return lambda: [speak(word) for word in some]

    at_once = {OURS: lambda: phonemes.spoken(model, words), THEIRS: alone(theirs)}
    one_by_one = {OURS: alone(say), THEIRS: alone(theirs)}
    return [
        row("one at a time", threads, race(one_by_one, plan), {OURS: len(some)}, len(some)),
        row("all at once", threads, race(at_once, plan), {OURS: len(words)}, len(some)),
    ]


def check(words: Sequence[str], expected: Sequence[str], found: Sequence[str]) -> None:
    """Raises DisagreementError for phonemes that differ."""
    wrong = [each for each in zip(words, expected, found, strict=False) if each[1] != each[2]]
    if wrong:
        word, right, got = wrong[0]
        raise DisagreementError(
            f"phonemes: {len(wrong)} of {len(found)} differ, as those of {word!r}: {right}; {got}"
        )


def row(
    how: str, threads: int, times: Mapping[str, list[float]], ours: Mapping[str, int], theirs: int
) -> dict[str, Any]:
    """Seconds of a call -> seconds a word."""
    a_word = {
        name: [seconds / ours.get(name, theirs) for seconds in every]
        for name, every in times.items()
    }
    return {
        "how": how,
        "words": ours[OURS],
        "threads": threads,
        "rounds": len(times[OURS]),
        "seconds": {name: Spread.of(values).to_json() for name, values in a_word.items()},
        "ratio": {name: spread.to_json() for name, spread in ratios(a_word, OURS).items()},
    }


def cells_of(row: Mapping[str, Any]) -> list[str]:
    """Its number of threads, how the words came, microseconds a word of both, and the ratio."""
    ours, theirs = (f"{1e6 * row['seconds'][name]['median']:.3g}" for name in (OURS, THEIRS))
    ratio = row["ratio"][THEIRS]
    spread = f"{ratio['median']:.1f} ({ratio['minimum']:.1f} to {ratio['maximum']:.1f})"
    return [str(row["threads"]), row["how"], ours, theirs, spread]


HEADER = ("threads", "words", f"{OURS} us", f"{THEIRS} us", "x (min to max)")


def show(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the table."""
    table = Table(title="phonemes of a word", title_justify="left", title_style="bold")
    for name in HEADER:
        table.add_column(name, justify="right", no_wrap=True)
    for each in rows:
        table.add_row(*cells_of(each))
    console().print(table)
