"""Raw text to the words of a tagger, each with its place in the text.

Blanks part words, and further

    punctuation    is a word of its own, a run of one character as "..." or "--" a single one
    numbers        keep their points, commas, colons and a sign: 3.5, 1,000, 10:30, -2
    inner signs    - . ' & / between letters or digits stay: well-known, O'Brien, AT&T, and/or
    abbreviations  keep their point where they are letters with points (U.S.), an initial (J. Smith)
                   or one of a few English ones (Mr. Inc. Sept.)
    addresses      of the web and of mail are one word
    emoji          stay whole: with a colour of skin, joined ones as families, and flags
    English        short forms are cut off, as in the Penn Treebank: do n't, it 's, we 'll

which is near to how most corpora of English and of similar languages are cut. A language without
blanks between words needs a program of its own.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from pyrnn.data.units import marks

ABBREVIATIONS = (
    "Mr Mrs Ms Dr Prof Gen Sen Rep Gov Lt Col Sgt Capt Rev St Jr Sr Inc Ltd Co Corp Bros vs etc "
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
)
APOSTROPHE = "['\u2019]"
SHORT = rf"(?:[nN]{APOSTROPHE}[tT]|{APOSTROPHE}(?:[sS]|[rR][eE]|[vV][eE]|[lL][lL]|[dD]|[mM]))"
SHORT_END = re.compile(rf"(?<=\w){SHORT}$")
FLAG = "[\U0001f1e6-\U0001f1ff]{2}"  # two letters of a country
# What changes the emoji before it: colours of skin, and the letters of a region's flag
CHANGES = "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
CAPITAL = "[A-HJ-Z\u00c0-\u00de\u0391-\u03a9\u0410-\u042f]"  # without I: that is a word of its own


class Token(NamedTuple):
    """A word of a text: text[first:end]."""

    text: str
    first: int
    end: int


def tokenized(text: str) -> list[Token]:
    """The words of a text, from front to end, as described above; nothing in them is changed.

    Words that are cut already, with blanks between, nearly always stay as they are.
    """
    plain = text.isascii() or marks().isdisjoint(text)
    found: list[Token] = []
    for match in _pattern("" if plain else "".join(sorted(marks()))).finditer(text):
        first, end = match.span()
        short = SHORT_END.search(match[0]) if match.lastgroup == "word" else None
        if short is not None:
            cut = first + short.start()
            found.append(Token(text[first:cut], first, cut))
            first = cut
        found.append(Token(text[first:end], first, end))
    return found


@cache
def _pattern(marks: str) -> re.Pattern[str]:
    """A word or a sign. marks: characters that belong to the letter before them."""
    letters = rf"[\w{marks}]+"
    letter = rf"[^\W\d_]{f'[{marks}]*' if marks else ''}"
    # a sign, what stands on it, and where that ends with a joiner the next sign
    sign, on = r"[^\w\s\u200b\u2060\ufeff]", f"[{marks}{CHANGES}]"
    emoji = rf"(?:{FLAG}|{sign}{on}*(?:(?<=\u200d){sign}{on}*)*)"
    known = "|".join(ABBREVIATIONS.split())
    kinds = {
        # what looks like punctuation at the end of an address is punctuation
        "web": r"(?:[hH]ttps?://|www\.)(?:\S*[^\s.,;:!?)\]}>\"'])?",
        "mail": r"(?<![\w.+-])[\w.+-]{1,64}@\w[\w-]*(?:\.[\w-]*\w)+",
        "short": rf"(?<!\S){SHORT}(?!\S)",
        "abbreviation": rf"(?<!\w)(?:(?:{letter}\.){{2,}}(?!\w)|(?:{known})\.(?!\w))",
        "initial": rf"(?<![\w'\u2019]){CAPITAL}\.(?=\s+{CAPITAL})",
        "word": rf"(?:(?<!\S)(?:[-+]\.?|\.)(?=\d))?{letters}"
        rf"(?:(?:[-.'\u2019&/]|(?<=\d)[,:](?=\d)){letters})*",
        "sign": rf"(?P<first>{emoji})(?:(?P=first)(?!{on}))*",
    }
    return re.compile("|".join(f"(?P<{name}>{kind})" for name, kind in kinds.items()))
