"""The word-level corpora that language models are compared on, as $PYRNN_DATA holds them.

One `<eos>` a line end, words parted by blanks, rare ones `<unk>` in the text already: with that,
the counts below are the published ones, so perplexities are of the same tokens as elsewhere.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

from pyrnn.data import Parts
from pyrnn.data.text import as_text


@dataclass(frozen=True)
class Corpus:
    """Where the three texts lie, and how many tokens they must have."""

    files: tuple[str, str, str]  # training, validation, test
    tokens: tuple[int, int, int]
    vocabulary: int

    def read(self, folder: Path) -> Parts:
        """The three texts. Raises FileNotFoundError for one that is not there."""
        return Parts(*(_text(folder / name) for name in self.files))


CORPORA = {
    "wikitext-2": Corpus(
        files=(
            "wikitext-2/train.txt.gz",
            "wikitext-2/valid.txt.gz",
            "wikitext-2/test.txt.gz",
        ),
        tokens=(2_088_628, 217_646, 245_569),
        vocabulary=33_278,
    ),
    "ptb": Corpus(
        files=("ptb/ptb.train.txt", "ptb/ptb.valid.txt", "ptb/ptb.test.txt"),
        tokens=(929_589, 73_760, 82_430),
        vocabulary=10_000,
    ),
}


def _text(path: Path) -> str:
    content = path.read_bytes()
    return as_text(gzip.decompress(content) if path.suffix == ".gz" else content, path.name)
