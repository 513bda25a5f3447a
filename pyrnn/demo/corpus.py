"""English prose without a download: the language reference that every Python carries.

`pydoc_data.topics` holds the text behind `help("assert")`: sections of the language reference,
about 460 000 characters. Sections quote each other at length, so a plain split would let the
training text contain the validation text; each paragraph is therefore kept once, and grammars, code
and headings go. About 275 000 characters of prose stay.
"""

from __future__ import annotations

import re
from typing import NamedTuple

TYPOGRAPHY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "–": "-", "—": "-"})
PROSE_LETTERS = 0.8  # a paragraph with fewer letters and blanks than this is code or a grammar
PROSE_WORDS = 8  # fewer is a heading or a signature


class Corpus(NamedTuple):
    """A text in two parts that share no paragraph."""

    train: str
    validation: str


def python_reference(validation_share: float = 0.1) -> Corpus:
    """The prose of Python's language reference, one paragraph a line.

    The last paragraphs of every topic, about `validation_share` of each, are the validation text:
    both parts then speak of the same things. The text differs a little from one Python version to
    the next. Raises ValueError unless 0 < validation_share < 1, and ImportError where a system's
    Python comes without `pydoc_data`.
    """
    if not 0 < validation_share < 1:
        raise ValueError(f"validation_share: expected between 0 and 1, got {validation_share}")
    from pydoc_data.topics import topics

    train: list[str] = []
    validation: list[str] = []
    seen: set[str] = set()
    for name in sorted(topics):
        new = [text for text in paragraphs(topics[name]) if text not in seen and is_prose(text)]
        new = list(dict.fromkeys(new))
        seen.update(new)
        cut = len(new) - int(len(new) * validation_share + 0.5)
        train += new[:cut]
        validation += new[cut:]
    return Corpus("\n".join(train) + "\n", "\n".join(validation) + "\n")


def paragraphs(text: str) -> list[str]:
    """The blocks between blank lines, each on one line, with plain quotes and dashes."""
    blocks = re.split(r"\n\s*\n", text.translate(TYPOGRAPHY))
    return [" ".join(block.split()) for block in blocks if block.strip()]


def is_prose(paragraph: str) -> bool:
    """Whether a paragraph reads as English: mostly letters, some words, plain characters."""
    letters = sum(character.isalpha() or character == " " for character in paragraph)
    return (
        paragraph.isascii()
        and letters >= PROSE_LETTERS * len(paragraph)
        and len(paragraph.split()) >= PROSE_WORDS
    )
