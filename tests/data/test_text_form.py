"""The form of a text: which spellings are one, and that a text in its form stays as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyrnn.data import NORMALIZATIONS, TextForm, TextVectorizer
from pyrnn.data.text_form import LONG, _marks

FORMS = [TextForm(name, lowercase) for name in NORMALIZATIONS for lowercase in (False, True)]
# Characters whose form depends on their neighbours: marks of several classes, letters that change
# with what follows, jamo, joiners, halves of surrogate pairs
HARD = st.text(
    st.one_of(
        st.sampled_from(
            "Ii\u0130\u0131\u03a3\u03c3a\u00e5\u212b\u1e9e\ufb01\uff9e\u0301\u0307\u0323\u0327"
            "\u0345\u0344\u0f73\u1100\u1161\u11a8\uac00\u200d\ud800\udc80'\u2019 "
        ),
        st.characters(),
    )
)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("NFC", "caf\u00e9", "cafe\u0301"),
        ("NFD", "caf\u00e9", "cafe\u0301"),
        ("NFC", "\ud55c\uae00", "\u1112\u1161\u11ab\u1100\u1173\u11af"),  # Hangul by jamo
        ("NFC", "\u212b", "\u00c5"),  # the sign of the unit is the letter
        ("NFC", "a\u0323\u0301", "a\u0301\u0323"),  # marks below and above, in either order
        ("NFC", "\u05e9\u05c1\u05b8", "\ufb2a\u05b8"),  # a pointed letter of Hebrew
        ("NFKC", "\ufb01le \uff21\u00b2", "file A2"),
        ("NFKD", "\ufb01l\u00e9", "file\u0301"),
    ],
)
def test_spellings_that_are_one(name, one, other):
    form = TextForm(name)
    assert one != other
    assert form.of(one) == form.of(other)
    assert TextForm("none").of(one) != TextForm("none").of(other)
    vectorizer = TextVectorizer.fit([one], unit="characters", normalization=name)
    assert vectorizer.encode(other).tolist() == vectorizer.encode(one).tolist()
    assert vectorizer.encode(other).min() >= 2


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f \U0001f44d\U0001f3fd",  # emoji
        "\u05e2\u05d1\u05e8\u05d9\u05ea \u0627\u0644\u0639\u0631\u0628\u064a\u0629",  # leftward
        "\u200fabc\u202b",  # and its controls
        "\u0939\u093f\u0928\u094d\u0926\u0940",  # signs and a virama of Hindi
        "\u1f08\u03a3",
        "x\u0301\u0301\u0301",  # no letter of its own
    ],
)
def test_what_nfc_leaves_as_it_is(text):
    assert TextForm().of(text) == text
    vectorizer = TextVectorizer.fit([text], unit="characters")
    assert vectorizer.decode(vectorizer.encode(text)) == text


@pytest.mark.parametrize("form", FORMS, ids=str)
@given(text=HARD)
def test_a_text_in_its_form_stays(form, text):
    formed = form.of(text)
    assert form.of(formed) == formed
    if form.normalization != "none":
        assert unicodedata.is_normalized(form.normalization, formed)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_each_character_in_its_form_stays(form):
    """With a mark behind it, before which lower-casing may put another."""
    for point in map(chr, range(0x20000)):
        formed = form.of(point + "\u0327")
        assert form.of(formed) == formed


def test_lower_casing_that_undoes_the_form():
    text = "\u0130\u0327"
    assert not unicodedata.is_normalized("NFC", text.lower())
    assert TextForm("NFC", lowercase=True).of(text) == "i\u0327\u0307"


@pytest.mark.parametrize("name", [name for name in NORMALIZATIONS if name != "none"])
@given(
    marks=st.lists(
        st.sampled_from("\u0301\u0323\u0327\u0344\u0f73\uff9e\u3099\u0338"), min_size=1, max_size=4
    )
)
@settings(max_examples=20, deadline=None)
def test_thousands_of_marks_are_as_normalize_has_them(name, marks):
    """They are sorted before it sees them: its own sorting takes the square of their number."""
    text = "a" + "".join(marks) * LONG + "e"
    assert TextForm(name).of(text) == unicodedata.normalize(name, text)


@pytest.mark.parametrize("apart", ["NFD", "NFKD"])
def test_the_marks_that_have_an_order_are_all_known(apart):
    ordered = {
        point
        for point in map(chr, range(0x110000))
        if unicodedata.combining(unicodedata.normalize(apart, point)[0])
    }
    assert ordered == _marks(apart)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: TextForm("nfc"), ValueError, "normalization: expected one of NFC, .*got 'nfc'"),
        (lambda: TextForm(None), ValueError, "normalization: expected one of NFC"),
        (lambda: TextForm("NFC", 1), TypeError, "lowercase: expected True or False; got int 1"),
        (
            lambda: TextVectorizer.fit(["a"], normalization="x"),
            ValueError,
            "normalization: expected one of .*got 'x'",
        ),
        (
            lambda: TextVectorizer.fit(["a"], unit="bytes", normalization="NFC"),
            ValueError,
            "normalization: expected 'none' with unit='bytes'",
        ),
    ],
)
def test_errors(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
