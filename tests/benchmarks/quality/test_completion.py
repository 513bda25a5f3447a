"""Keys are counted as pressed, and completions that are wrong would be noticed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks import markdown
from benchmarks.agreement import DisagreementError
from benchmarks.quality import completion
from benchmarks.quality.word_list import WordList
from pyrnn.models import Completer, Completion, LanguageModel, LanguageModelConfig

TEXT = "the cat sat on the mat\nthe dog sat on the log\n" * 4


@pytest.fixture
def model() -> LanguageModel:
    return LanguageModel.for_text(TEXT, LanguageModelConfig(hidden_size=6))


class Scripted:
    """A typist who is offered the same words after every key."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)
        self.typed: list[str] = []

    def type(self, text: str) -> None:
        self.typed.append(text)

    def offers(self) -> Sequence[str]:
        return self.words


@pytest.mark.parametrize(
    ("offers", "keys"),
    [
        ([], list("the cat's catalogue")),
        (["he"], ["t", "he", *" cat's catalogue"]),
        ([" cat's", "at"], [*"the", " cat's", *" catalogue"]),  # at is no word's end in catalogue
        (["x", "atalogue", " catalogue"], [*"the cat's", " catalogue"]),
    ],
)
def test_a_completion_is_taken_as_soon_as_it_is_right(offers: list[str], keys: list[str]) -> None:
    typing = Scripted(*offers)
    seconds, taken = completion.type_all(typing, "the cat's catalogue")
    assert typing.typed == keys
    assert len(seconds) == len(keys) - 1
    assert taken == sum(key in offers for key in keys)


def test_savings_are_keys_that_were_not_pressed() -> None:
    row = completion.counted(characters=20, keys=15, taken=3)
    assert row == {"characters": 20, "keys": 15, "taken": 3, "savings": 0.25}


@pytest.mark.parametrize(
    ("count", "p95"), [(1, 1.0), (19, 19.0), (20, 19.0), (100, 95.0), (101, 96.0)]
)
def test_ninety_five_of_a_hundred_are_no_longer(count: int, p95: float) -> None:
    seconds = [float(k) for k in range(count, 0, -1)]
    assert completion.times(seconds)["p95"] == p95


def test_a_replay(model: LanguageModel) -> None:
    row = completion.replay(model, TEXT, 3, before=TEXT)
    assert row["characters"] == len(TEXT)
    assert row["keys"] <= len(TEXT)
    assert 0 < row["seconds"]["minimum"] <= row["seconds"]["p95"] <= row["seconds"]["maximum"]
    assert 0.3 < row["word_list"]["savings"] < 0.8
    assert "word_list" not in completion.replay(model, TEXT[:30], 3)


def test_other_completions_than_those_of_a_fresh_call_end_it(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Completer.completions

    def stale(completer: Completer) -> list[Completion]:
        found = original(completer)
        return found[::-1] if completer.text.endswith("sat") else found

    monkeypatch.setattr(Completer, "completions", stale)
    monkeypatch.setattr(LanguageModel, "complete", lambda model, text, n: [])
    with pytest.raises(DisagreementError, match=r"after .* characters"):
        completion.replay(model, TEXT, 3)


def test_a_word_list_goes_by_frequency() -> None:
    words = WordList("the cat the cattle the cat a", 2)
    assert words.offers() == ["the", "cat"]
    words.type("c")
    assert words.offers() == ["at", "attle"]
    words.type("at")
    assert words.offers() == ["tle"]
    words.type(" ")
    assert words.offers() == ["the", "cat"]


def test_the_last_part_is_typed_and_the_rest_counted() -> None:
    text = "".join(map(chr, range(1000)))
    held, before = completion.parts(text, 0.05, 30)
    assert held == text[950:980]
    assert before == text[:950]
    assert completion.parts(text, 1.0, 2000) == (text, "")
    with pytest.raises(ValueError, match="at least 2 characters to type; got 1"):
        completion.parts(text, 0.001, 30)


def test_the_page() -> None:
    seconds = {"minimum": 0.001, "median": 0.002, "maximum": 0.009, "p95": 0.004}
    row = {**completion.counted(1000, 600, 100), "shown": 3, "seconds": seconds}
    model = {"weights": 12345, "unit": "characters", "cell": "lstm"}
    content = {
        "signature": {
            **{"cpu": "C", "system": "S", "cores": 2, "instruction_set": "avx2", "compiler": "g"},
            **{"versions": {}, "commit": None, "dirty": None, "date": "2025-03-01", "command": "c"},
        },
        "text": "book.txt",
        "last": 0.05,
        "model": {**model, "num_layers": 1, "hidden_size": 128},
        "rows": [{**row, "word_list": completion.counted(1000, 700, 90)}, row],
    }
    page = markdown.completion(content)
    assert "| 3 | 40.0% | 30.0% | 2 | 4 | 9 |" in page
    assert "| 3 | 40.0% |  | 2 | 4 | 9 |" in page
    assert "The last 5% of book.txt, 1,000 characters" in page
