"""CoNLL-U: the words of a treebank in ten columns, see universaldependencies.org/format.html."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence

from pyrnn.data.readers.columns import missing_column
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Source, input_of, lines_of, text_of

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
PLACES = {**{name: place for place, name in enumerate(COLUMNS)}, "tokens": COLUMNS.index("form")}
FEATS = PLACES["feats"]
NONE = "_"
RANGE = re.compile(r"[1-9][0-9]*-[1-9][0-9]*")
EMPTY = re.compile(r"[0-9]+\.[1-9][0-9]*")


def read_conllu(
    source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
) -> Iterator[Row]:
    """The sentences of a CoNLL-U file, a row each; its columns are lists with an entry a word.

    source, encoding: as in `source.text_of`.
    columns: of those wanted: id, form, lemma, upos, xpos, feats, head, deprel, deps and misc;
        "tokens", another name of form; or a feature by its name, as Number, whose entries are "_"
        for words without it. Default None: the ten.
    Multiword tokens (2-3) and empty nodes (3.1) are no words: they are skipped, and a UserWarning
    at the file's end says how many. So are comments, without a word.
    Raises OSError as the system does, ValueError, naming file and line, for a line that has not ten
    columns with tabs between, a number that does not follow the one before, and wrong bytes; at the
    end for a column that is neither one of these nor a feature of any word.
    """
    found = input_of(source)
    treebank = _Treebank(found.name, columns)
    for number, line in enumerate(lines_of(text_of(found, encoding)), 1):
        line = line.removesuffix("\n").removesuffix("\r")
        if not line.strip(" \t"):
            yield from treebank.sentence()
        elif not line.startswith("#"):
            treebank.add(line.split("\t"), number)
    yield from treebank.sentence()
    treebank.close()


class _Treebank:
    """The lines of a file as sentences. columns: those wanted, None for the ten."""

    def __init__(self, name: str, columns: Sequence[str] | None) -> None:
        self.name = name
        self.columns = COLUMNS if columns is None else tuple(columns)
        self.features = [column for column in self.columns if column not in PLACES]
        self.known: dict[str, None] = {}  # all features that were met
        self.sentences = self.ranges = self.empty = 0
        self.start = 0  # the line of the sentence's first word
        self.words: list[list[str]] = []

    def add(self, fields: list[str], line: int) -> None:
        """Take in a line that is no comment. Raises ValueError."""
        place, expected = f"{self.name}: line {line}", str(len(self.words) + 1)
        if len(fields) != len(COLUMNS):
            raise ValueError(
                f"{place}: expected {len(COLUMNS)} columns with tabs between; got {len(fields)}"
            )
        if fields[0] == expected:
            self.start = self.start or line
            self.words.append(fields)
        elif EMPTY.fullmatch(fields[0]):
            self.empty += 1
        elif RANGE.fullmatch(fields[0]):
            self.ranges += 1
        else:
            raise ValueError(
                f"{place}, column 'id': expected {expected}; got {fields[0]!r:.80}"
                f"{' (an empty line ends a sentence)' if fields[0] == '1' else ''}"
            )

    def sentence(self) -> Iterator[Row]:
        """The one that ends here, where there is one."""
        if not self.words:
            return
        lists = list(map(list, zip(*self.words, strict=True)))
        features = [_features(cell) for cell in lists[FEATS]] if self.features else []
        self.known |= {name: None for word in features for name in word}
        values = {
            column: lists[PLACES[column]]
            if column in PLACES
            else [word.get(column, NONE) for word in features]
            for column in self.columns
        }
        yield Row(self.start, values)
        self.start, self.words = 0, []
        self.sentences += 1

    def close(self) -> None:
        """The file ends: say what was skipped. Raises ValueError for a feature of no word."""
        for name in self.features if self.sentences else ():
            if name not in self.known:
                raise missing_column(name, [*COLUMNS, *self.known], self.name)
        if self.ranges or self.empty:
            warnings.warn(
                f"{self.name}: skipped {self.ranges} multiword tokens (as 2-3) and {self.empty} "
                "empty nodes (as 3.1): their words are read, one by one",
                stacklevel=2,
            )


def _features(cell: str) -> dict[str, str]:
    """{name: value} of Case=Nom|Number=Sing."""
    pairs = (part.partition("=") for part in cell.split("|")) if cell != NONE else ()
    return {name: value or NONE for name, _, value in pairs}
