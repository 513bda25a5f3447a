"""The Large Movie Review Dataset (Maas et al. 2011), out of the tar that holds it.

aclImdb/{train,test}/{pos,neg}/ID_RATING.txt. Texts that also stand in the test set are left out of
the training set: whoever has seen them would be tested on what it was told.
"""

from __future__ import annotations

import csv
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.agreement import DisagreementError

DATA_FILE = "imdb/aclImdb.tar.gz"
COUNTS = (24_877, 25_000, 123)  # training, test, left out
COLUMNS = ("review", "sentiment")
SENTIMENTS = ("pos", "neg")


class Reviews(NamedTuple):
    """Texts, and of each its sentiment, pos or neg."""

    texts: list[str]
    labels: list[str]

    def some(self, count: int) -> Reviews:
        """So many of them, evenly drawn: they stand by class."""
        step = max(1, len(self.texts) // count)
        return Reviews(self.texts[::step][:count], self.labels[::step][:count])


@dataclass(frozen=True)
class Imdb:
    """The training and the test set; dropped: training texts that were left out."""

    train: Reviews
    test: Reviews
    dropped: int

    @classmethod
    def read(cls, path: Path) -> Imdb:
        """Both sets. Raises OSError, ValueError for a file that does not hold them."""
        try:
            parts = _parts(path)
        except (tarfile.TarError, EOFError) as error:
            raise ValueError(f"{path.name}: expected a tar of reviews; {error}") from error
        for name, part in parts.items():
            if set(part.labels) != set(SENTIMENTS):
                raise ValueError(f"{path.name}: expected {name}/pos and {name}/neg; not both there")
        tested = set(parts["test"].texts)
        pairs = zip(*parts["train"], strict=True)
        kept = [(text, label) for text, label in pairs if text not in tested]
        if not kept:
            raise ValueError(f"{path.name}: expected training texts that are not in the test set")
        train = Reviews([text for text, _ in kept], [label for _, label in kept])
        return cls(train, parts["test"], len(parts["train"].texts) - len(kept))

    @property
    def counts(self) -> dict[str, int]:
        """The texts of each set, and those left out."""
        sizes = (len(self.train.texts), len(self.test.texts), self.dropped)
        return dict(zip(("train", "test", "dropped"), sizes, strict=True))

    def check_counts(self) -> None:
        """Raises DisagreementError unless these are all the reviews there are."""
        found = tuple(self.counts.values())
        if found != COUNTS:
            raise DisagreementError(
                f"IMDB: expected {COUNTS} reviews to train on, to test on and left out; got {found}"
            )

    def some(self, count: int) -> Imdb:
        """So many of each set."""
        return Imdb(self.train.some(count), self.test.some(count), self.dropped)

    def write_csv(self, folder: Path) -> None:
        """train.csv and test.csv, with the columns review and sentiment."""
        for name, part in (("train", self.train), ("test", self.test)):
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                writer.writerows(zip(*part, strict=True))


def _parts(path: Path) -> dict[str, Reviews]:
    parts = {"train": Reviews([], []), "test": Reviews([], [])}
    for part, label, text in _members(path):
        if part in parts and label in SENTIMENTS:
            parts[part].texts.append(text)
            parts[part].labels.append(label)
    return parts


def _members(path: Path) -> Iterator[tuple[str, str, str]]:
    """(set, sentiment, text) of each file, in the order of the tar, which is read once."""
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            folders = member.name.split("/")
            file = archive.extractfile(member) if len(folders) == 4 else None
            if file is not None:
                yield folders[1], folders[2], file.read().decode("utf-8")
