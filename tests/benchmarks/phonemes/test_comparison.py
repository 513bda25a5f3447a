"""g2p-en's network by its own code and by pyrnn."""

from __future__ import annotations

import pytest

from benchmarks.agreement import DisagreementError
from benchmarks.phonemes.comparison import check, compare, show, words_of
from benchmarks.phonemes.rival import predictor
from benchmarks.timing import QUICK

TEXT = "It was the best of times, it was the worst of times; don't you think? "


def test_words() -> None:
    words = words_of(TEXT)
    assert sorted(words) == sorted({*TEXT.lower().replace(",", "").replace(";", "")
                                    .replace("?", "").split()})  # fmt: skip
    assert words == words_of(TEXT)
    assert words_of(TEXT, 3) == words[:3]


def test_phonemes_that_differ() -> None:
    check(["a", "b"], ["AH0", "B"], ["AH0", "B"])
    with pytest.raises(DisagreementError, match="1 of 2 differ, as those of 'b': B; P"):
        check(["a", "b"], ["AH0", "B"], ["AH0", "P"])


def test_the_same_phonemes(capsys: pytest.CaptureFixture[str]) -> None:
    theirs = predictor()
    if theirs is None:
        pytest.skip("g2p-en is not installed: pip install --no-deps g2p-en")
    words = [*words_of(TEXT), "activationist", "havisham", "'", "a" * 30]
    rows = compare(theirs, words, 1, QUICK)
    assert [row["how"] for row in rows] == ["one at a time", "all at once"]
    show(rows)
    assert "g2p-en us" in capsys.readouterr().out
