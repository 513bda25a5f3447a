"""The reviews come out of their tar as they are, but for those that stand in both sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.agreement import DisagreementError
from benchmarks.quality.imdb import COLUMNS, COUNTS, DATA_FILE, Imdb, Reviews
from pyrnn.files.content import Content
from pyrnn.models.rows import rows_of

from ..conftest import review


def test_texts_have_their_sentiments_and_no_copies_in_the_test_set(reviews_tar: Path) -> None:
    found = Imdb.read(reviews_tar)
    test = [(review("test", label, k), label) for label in ("neg", "pos") for k in range(20)]
    train = [
        (review("train", label, k), label)
        for label in ("neg", "pos")
        for k in range(40)
        if (label, k) != ("pos", 3)
    ]
    assert list(zip(*found.test, strict=True)) == test
    assert list(zip(*found.train, strict=True)) == train
    assert found.counts == {"train": 79, "test": 40, "dropped": 1}


def test_the_csv_files_are_read_as_they_were_written(reviews_tar: Path, tmp_path: Path) -> None:
    found = Imdb.read(reviews_tar)
    found.write_csv(tmp_path)
    for name, part in (("train", found.train), ("test", found.test)):
        rows = rows_of(Content.of(str(tmp_path / f"{name}.csv"), "utf-8"), list(COLUMNS))
        read = Reviews(*([row.values[column] for row in rows] for column in COLUMNS))
        assert read == part


def test_some_are_of_both_sentiments(reviews_tar: Path) -> None:
    some = Imdb.read(reviews_tar).some(10)
    assert len(some.train.texts) == len(some.test.texts) == 10
    assert some.test.labels == ["neg"] * 5 + ["pos"] * 5
    assert Imdb.read(reviews_tar).some(1000).counts["train"] == 79


def test_another_set_of_reviews_is_noticed(reviews_tar: Path) -> None:
    with pytest.raises(DisagreementError, match=r"expected \(24877, 25000, 123\) .* \(79, 40, 1\)"):
        Imdb.read(reviews_tar).check_counts()


@pytest.mark.parametrize("content", [b"", b"no tar at all", None], ids=["empty", "text", "cut"])
def test_what_is_no_tar_of_reviews_is_refused(content: bytes | None, reviews_tar: Path) -> None:
    whole = reviews_tar.read_bytes()
    reviews_tar.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(ValueError, match=r"^aclImdb\.tar\.gz: expected"):
        Imdb.read(reviews_tar)


def test_the_real_reviews(data_file: Callable[[str], Path]) -> None:
    found = Imdb.read(data_file(DATA_FILE))
    found.check_counts()
    assert sum(COUNTS) == 50_000
    assert found.test.labels.count("pos") == found.test.labels.count("neg") == 12_500
