"""Results of g2p-en's network as Markdown."""

from __future__ import annotations

from benchmarks.markdown import Row, lines_of_table, page
from benchmarks.phonemes.comparison import HEADER, cells_of


def phonemes(content: Row) -> str:
    """A table: microseconds a word, and the ratios."""
    table = lines_of_table(HEADER, [cells_of(row) for row in content["rows"]], left=2)
    explanation = (
        "The network of the package g2p-en, English words to phonemes by two GRUs of 256 units: "
        "microseconds a word of a novel, by `pyrnn.models.Seq2Seq` and by its own NumPy, which "
        "takes one word at a time. The phonemes of 10,000 words are the same."
    )
    return page("Phonemes of words", explanation, table, content)
