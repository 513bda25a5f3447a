"""Raw text to words with places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.readers import read_conll, read_rows
from pyrnn.data.tokenization import Token, tokenized


def words(text):
    return [token.text for token in tokenized(text)]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Hello, world!", "Hello , world !"),
        ('He said: "No..." -- twice', 'He said : " No ... " -- twice'),
        ("3.5% of $1,000 at 10:30, -2 +.5", "3.5 % of $ 1,000 at 10:30 , -2 +.5"),
        ("1996-08-22, well-known, 1-2", "1996-08-22 , well-known , 1-2"),
        ("O'Brien AT&T and/or rock'n'roll", "O'Brien AT&T and/or rock'n'roll"),
        ("I don't; it's, we'LL can\u2019t", "I do n't ; it 's , we 'LL ca n\u2019t"),
        ("do n't it 's", "do n't it 's"),
        ("'Tis James' 'quoted'", "' Tis James ' ' quoted '"),
        ("in the U.S. and e.g. U.N", "in the U.S. and e.g. U.N"),
        ("Mr. Smith of Acme Inc., Sept. 5", "Mr. Smith of Acme Inc. , Sept. 5"),
        ("J. Smith and I. Am. It is A. b", "J. Smith and I . Am . It is A . b"),
        ("Amr. Smith", "Amr . Smith"),
        ("http://a.org/x?y=1, (www.b.com).", "http://a.org/x?y=1 , ( www.b.com ) ."),
        ("mail a.b+c@d-e.co.uk.", "mail a.b+c@d-e.co.uk ."),
        ("l'homme, c\u2019est", "l'homme , c\u2019est"),
        ("na\u00efve e\u0301t\u00e9", "na\u00efve e\u0301t\u00e9"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("a\u00a0b\u2028c\u200bd\ufeff", "a b c d"),
        ("\u2764\ufe0f!", "\u2764\ufe0f !"),
        # a technologist, a thumb with a colour, a family, a heart on fire, keys
        ("a\U0001f469\u200d\U0001f4bb.", "a \U0001f469\u200d\U0001f4bb ."),
        ("\U0001f44d\U0001f3fdok", "\U0001f44d\U0001f3fd ok"),
        (
            "\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f468\U0001f468",
            "\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f468 \U0001f468",
        ),
        ("1\ufe0f\u20e3#\ufe0f\u20e3", "1\ufe0f\u20e3 #\ufe0f\u20e3"),
        # flags: of two countries, twice of one, half of one; of Scotland
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", "\U0001f1e9\U0001f1ea \U0001f1eb\U0001f1f7"),
        ("\U0001f1e9\U0001f1ea" * 2 + "\U0001f1e9", "\U0001f1e9\U0001f1ea" * 2 + " \U0001f1e9"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f!", "\U0001f3f4\U000e0067\U000e0062\U000e007f !"),
        # runs of one emoji are one word, as those of a sign
        ("\U0001f44d\U0001f44d", "\U0001f44d\U0001f44d"),
        ("\U0001f44d\U0001f44d\U0001f3fd", "\U0001f44d \U0001f44d\U0001f3fd"),
        ("\U0001f44d\U0001f3fd" * 2, "\U0001f44d\U0001f3fd" * 2),
        ("", ""),
        (" \t\n", ""),
    ],
)  # fmt: skip
def test_words(text, cut):
    assert words(text) == cut.split(" " if cut else None)


def test_places():
    assert tokenized(" He's in\tU.S.") == [
        ("He", 1, 3), ("'s", 3, 5), ("in", 6, 8), ("U.S.", 9, 13),
    ]  # fmt: skip
    assert isinstance(tokenized("a")[0], Token)


PIECES = ("a", "B", "1", ".", ",", "-", "'", "n't", "@", "www.", "http://", " ", "\u0301", "\u2764",
          "\u200d", "\ufe0f", "\U0001f44d", "\U0001f3fd", "\U0001f1e9")  # fmt: skip
PARTS = st.sampled_from(PIECES)


@given(st.one_of(st.text(), st.lists(PARTS).map("".join)))
def test_all_but_blanks_is_in_one_word(text):
    found = tokenized(text)
    assert all(text[first:end] == word != "" for word, first, end in found)
    ends = [0, *(token.end for token in found), len(text)]
    firsts = [0, *(token.first for token in found), len(text)]
    rest = "".join(text[end:first] for end, first in zip(ends[:-1], firsts[1:], strict=True))
    assert not rest.strip(" \t\n\r\x0b\x0c\u200b\u2060\ufeff").strip()


@given(st.lists(PARTS, min_size=1, max_size=6).map("".join))
def test_words_stay_as_they_are_in_a_longer_text(text):
    """A blank on both sides, and nothing beyond it counts, but for an initial's next word."""
    if "B." not in text:
        assert words(f"x {text} x") == ["x", *words(f" {text} "), "x"]


def test_nearly_all_of_conll_2003_stays_as_it_is(data_file):
    path = data_file("conll2003/eng.testa")
    sentences = [row.values["0"] for row in read_rows(path, ["0"], otherwise=read_conll)]
    same = sum(words(" ".join(sentence)) == sentence for sentence in sentences)
    assert same / len(sentences) > 0.9
