"""Where continuations end, by the characters, bytes or words that they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.data import ByteTokenizer, CharacterTokenizer, WordTokenizer
from pyrnn.models.language_model.completion.boundary import (
    BOUNDARIES,
    is_letter,
    is_within_line,
    is_within_word,
)
from pyrnn.models.language_model.completion.rules import rules_of

CHARACTERS = "abZ09_é'’ \t\n.,-“”ßжяあ漢\u0301\u2028\x85𐍈😀"


@pytest.mark.parametrize(
    ("check", "those"),
    [
        (is_letter, "abZ09_éßжяあ漢\u0301𐍈"),
        (is_within_word, "abZ09_éßжяあ漢\u0301𐍈'’"),
        (is_within_line, set(CHARACTERS) - set("\n\u2028\x85")),
    ],
)
def test_what_characters_are(check, those):
    assert {c for c in CHARACTERS if check(c)} == set(those)


def kind(masks, number):
    """What a token does: a letter for each mask that it is in."""
    flags = zip("gce", masks, strict=True)
    return "".join(letter for letter, mask in flags if mask[number])


@pytest.mark.parametrize("until", BOUNDARIES)
def test_characters(until):
    tokenizer = CharacterTokenizer.train(CHARACTERS)
    rule = rules_of(tokenizer, until).rule("")
    boundary = BOUNDARIES[until]
    for beginning in ("", " ", ".'", "a", " a", "a'"):
        ids = tuple(tokenizer.encode(beginning).tolist())
        begun = any(map(boundary.begins, beginning))
        masks = rule(ids)
        for number in range(tokenizer.size):
            character = tokenizer.token(number)
            if begun:
                expected = "g" if boundary.within(character) else "e"
            else:
                expected = "g" if boundary.lead(character) else ""
            assert kind(masks, number) == expected, (beginning, character)


def test_the_sign_for_unknown_characters_is_not_written_but_ends_a_word():
    tokenizer = CharacterTokenizer.train("ab ", unknown="replace")
    unknown = tokenizer.vocabulary.unknown_id
    for until in BOUNDARIES:
        rule = rules_of(tokenizer, until).rule("")
        assert not rule(()).goes_on[unknown]
        assert not rule((int(tokenizer.encode("a")[0]),)).goes_on[unknown]
    word = rules_of(tokenizer, "word").rule("")
    assert word((int(tokenizer.encode("a")[0]),)).ends[unknown]


@pytest.mark.parametrize("until", BOUNDARIES)
def test_bytes_are_as_the_characters_that_they_make(until):
    rule = rules_of(ByteTokenizer(), until).rule("")
    boundary = BOUNDARIES[until]
    for beginning in ("", "-", "é", "“", "a é"):
        begun = any(map(boundary.begins, beginning))
        for character in CHARACTERS:
            content = beginning.encode()
            *first, last = character.encode()
            for byte in first:  # no character yet: it goes on
                assert kind(rule(tuple(content)), byte) == "g"
                content += bytes((byte,))
            passes = (boundary.within if begun else boundary.lead)(character)
            expected = "g" if passes else "e" if begun else ""
            assert kind(rule(tuple(content)), last) == expected, (beginning, character)


def test_bytes_that_are_no_characters_do_not_come():
    rule = rules_of(ByteTokenizer(), "word").rule("")
    for beginning in (b"", b"a"):
        masks = rule(tuple(beginning))
        for byte in (0x80, 0xBF, 0xC0, 0xC1, 0xF5, 0xFF):
            assert kind(masks, byte) == ""
    assert kind(rule((0xE2,)), ord("a")) == ""
    assert not any(kind(rule((0xED, 0xA0)), byte) for byte in range(256))  # a surrogate


def test_bytes_give_whole_characters():
    rules = rules_of(ByteTokenizer(), "word")
    assert rules.text((*"é".encode(), 0xE2, 0x80), "", "") == "é"
    assert rules.text((0xE2,), "", "") == ""


@pytest.fixture
def words():
    return WordTokenizer.train("dark darkness day night night\nDark <unk>ish", lowercase=False)


def names(tokenizer, mask):
    return {tokenizer.token(int(v)) for v in np.flatnonzero(mask)}


def test_words_that_begin_as_typed(words):
    rules = rules_of(words, "word")
    logits = np.zeros((1, words.size))

    def left(typed):
        return names(words, rules.given(logits, typed)[0] > -np.inf)

    assert left("da") == {"dark", "darkness", "day"}
    assert left("dark") == {"dark", "darkness"}
    assert left("D") == {"Dark"}
    assert left("<") == {"<unk>ish"}  # neither <unk> nor <eos>: nobody means those
    assert rules.given(logits, "nights") is None
    assert rules.given(logits, "") is logits


def test_a_word_that_may_be_whole_takes_another_one(words):
    rule = rules_of(words, "word").rule("dark")
    dark = words.vocabulary.id("dark")
    first, second = rule(()), rule((dark,))
    every = {"dark", "darkness", "day", "night", "Dark", "<unk>ish"}
    assert names(words, first.goes_on) == {"dark"}
    assert names(words, first.completes) == every - {"dark"}
    assert names(words, second.completes) == every
    assert not second.goes_on.any()


@pytest.mark.parametrize("typed", ["", "dark"])
def test_words_to_the_end_of_the_line(words, typed):
    begun = (words.vocabulary.id("dark"),) if typed else ()
    line = rules_of(words, "line").rule(typed)
    night = words.vocabulary.id("night")
    assert not line(()).ends.any()
    assert not line(begun).ends.any()  # nothing has been added yet
    assert names(words, line((*begun, night)).ends) == {"<eos>"}
    assert "<eos>" not in names(words, line((*begun, night)).goes_on)
    free = rules_of(words, "length").rule(typed)
    assert "<eos>" in names(words, free((*begun, night)).goes_on)
    assert "<unk>" not in names(words, free((*begun, night)).goes_on)


@pytest.mark.parametrize(
    ("typed", "written", "settled", "expected"),
    [
        ("", ["night"], "", "night"),
        ("", ["night", "day"], " ", "night day"),
        ("da", ["day"], " ", "y"),
        ("dark", ["dark", "night"], " ", " night"),
        ("da", ["day", "<eos>", "night"], "", "y\nnight"),
    ],
)
def test_what_words_add(words, typed, written, settled, expected):
    ids = [words.vocabulary.id(word) for word in written]
    assert rules_of(words, "length").text(ids, settled, typed) == expected


def test_the_case_of_lower_case_words_does_not_matter():
    tokenizer = WordTokenizer.train("dark darkness\n", lowercase=True)
    rules = rules_of(tokenizer, "word")
    left = rules.given(np.zeros((1, tokenizer.size)), "DaR")[0] > -np.inf
    assert names(tokenizer, left) == {"dark", "darkness"}
    assert rules.text((tokenizer.vocabulary.id("darkness"),), " ", "DaR") == "kness"


@pytest.mark.parametrize(
    ("text", "settled"),
    [("", ""), ("da", ""), ("a da", "a "), ("a ", "a "), ("a\n", "a\n"), ("a \tb", "a \t")],
)
def test_the_letters_of_a_word_are_not_read_before_it_is_whole(words, text, settled):
    assert text[: rules_of(words, "word").settled(text)] == settled
    assert rules_of(ByteTokenizer(), "word").settled(text) == len(text)


@pytest.mark.parametrize("until", ["words", None, ["word"]])
def test_an_end_that_there_is_not(words, until):
    with pytest.raises(ValueError, match="until: expected one of word, line, length; got"):
        rules_of(words, until)
