"""The data of the tasks come out of their files as they are, on small ones made up here."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.tasks import (
    digits,
    engines,
    mosaics,
    names,
    speech,
    splice,
    spoken_digits,
    strips,
    strips_ctc,
    vowels,
    word_order,
)
from benchmarks.quality.tasks.task import Task
from pyrnn.models import Transcriber

from .made_up import MADE_UP


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with all of them."""
    for write in MADE_UP.values():
        write(tmp_path)
    return tmp_path


def test_utterances_end_at_a_line_of_ones(folder: Path, tmp_path: Path) -> None:
    train, test = vowels.read(folder, tmp_path)
    assert (len(train), len(test)) == (36, 18)
    assert train.targets == [speaker for speaker in range(1, 10) for _ in range(4)]
    assert train.inputs[0].shape == (3, 12)
    np.testing.assert_allclose(train.inputs[0][:, 0], [1.25, 1.0, 0.75])  # one 1.0 ends nothing
    path = folder / vowels.TRAIN
    path.write_text(path.read_text() + "0.5 " * 12 + "\n")
    with pytest.raises(ValueError, match=r"^ae\.train: expected a line of 1\.0"):
        next(vowels.read(folder, tmp_path))


def test_sequences_that_repeat_are_a_group(folder: Path, tmp_path: Path) -> None:
    every = splice.read(folder, tmp_path)
    assert (len(every), len(set(every.groups or ()))) == (66, 60)
    assert [str(text) for text in every.inputs] == every.groups
    assert all(len(text) == 60 for text in every.inputs)
    assert set(every.targets or ()) == {"EI", "IE", "N"}
    (folder / splice.FILE).write_text("EI, a name, ACGT\nEI, ACGT\n")
    with pytest.raises(ValueError, match=r"^splice\.data: line 2: expected class, name and"):
        splice.read(folder, tmp_path)


def test_what_an_engine_has_left_is_capped_in_training_alone(folder: Path, tmp_path: Path) -> None:
    train, test = engines.read(folder, tmp_path)
    assert train.inputs[0].shape == (130, 24)
    assert train.targets is not None
    assert test.targets is not None
    first = np.asarray(train.targets[0])[:, 0]
    assert (first[:5].tolist(), first[-2:].tolist()) == ([125, 125, 125, 125, 125], [1, 0])
    assert first[5] == 124
    last = [float(np.asarray(rows)[-1, 0]) for rows in test.targets]
    assert last == [140, 141, 142]  # as the file says
    path = folder / engines.TEST
    path.write_bytes(gzip.compress(b"1 2 3\n"))
    with pytest.raises(ValueError, match=r"^test_FD001\.txt\.gz: line 1: expected 26 numbers; got"):
        list(engines.read(folder, tmp_path))


def test_names_count_once_a_language_and_are_held_out_whole(folder: Path, tmp_path: Path) -> None:
    every, counts = names.read(folder, tmp_path)
    assert counts == {"rows": 2 * 30 + 1, "names": 60, "in several languages": 1}
    assert every.groups == [str(text) for text in every.inputs]
    train, held = names.parted(every, 0.3)
    assert not set(train.groups or ()) & set(held.groups or ())
    assert names.best_possible(every) == pytest.approx(60 / 61)


def test_sentences_come_in_pairs_of_the_same_words_and_opposite_verdicts() -> None:
    every = word_order.generated()
    assert every.targets is not None
    for k in range(0, len(every), 2):
        one, other = (sorted(every.inputs[j].split()) for j in (k, k + 1))
        assert one == other
        assert every.targets[k : k + 2] == ["good", "bad"]
        _, clause = every.inputs[k].split(" but ")
        assert set(clause.split()) & set(word_order.GOOD.split())
    assert len({text.split().index("but") for text in every.inputs}) > 5  # it has no place


def test_pairs_of_words_are_trained_on_or_tested() -> None:
    rest, test = word_order.parted(word_order.generated(), word_order.TEST)
    assert not set(rest.groups or ()) & set(test.groups or ())
    known = {word for text in rest.inputs for word in text.split()}
    assert {word for text in test.inputs for word in text.split()} <= known


@pytest.fixture
def real(data_file: Callable[[str], Path]) -> Callable[[Task], Path]:
    """real(task): the data folder, where it has the task's files; else a skip."""

    def find(task: Task) -> Path:
        found = [data_file(name) for name in task.files]
        return found[0].parents[task.files[0].rstrip("/").count("/")]

    return find


def test_the_real_utterances(real: Callable[[Task], Path], tmp_path: Path) -> None:
    train, test = vowels.read(real(vowels.TASK), tmp_path)
    assert {"train": len(train), "test": len(test)} == vowels.TASK.counts
    assert sum(map(len, train.inputs)) == 4274
    assert sum(map(len, test.inputs)) == 5687
    assert test.targets is not None
    counts = [list(test.targets).count(speaker) for speaker in vowels.SPEAKERS]
    assert tuple(counts) == vowels.TEST_COUNTS


def test_the_real_sequences(real: Callable[[Task], Path], tmp_path: Path) -> None:
    every = splice.read(real(splice.TASK), tmp_path)
    labels = list(every.targets or ())
    assert [labels.count(one) for one in ("EI", "IE", "N")] == [767, 768, 1655]
    assert len(set(every.groups or ())) == splice.TASK.counts["distinct"]


def test_the_real_engines(real: Callable[[Task], Path], tmp_path: Path) -> None:
    train, test = engines.read(real(engines.TASK), tmp_path)
    assert (len(train), len(test)) == (100, 100)
    assert (sum(map(len, train.inputs)), sum(map(len, test.inputs))) == (20_631, 13_096)


def test_the_real_names(real: Callable[[Task], Path], tmp_path: Path) -> None:
    every, counts = names.read(real(names.TASK), tmp_path)
    assert counts == names.TASK.counts
    assert len(set(every.targets or ())) == 18


def test_strips_are_images_side_by_side(folder: Path, tmp_path: Path) -> None:

    strips.write_npz(folder / digits.TEST, tmp_path / "strips.npz", most=14)
    with np.load(tmp_path / "strips.npz") as found:
        x, y = found["x"], found["y"]
    assert x.shape == (2, 5 * 5, 6)  # 14 images make two strips of five, each five columns wide
    assert y.tolist() == [[k % 2 for k in range(first, first + 5) for _ in range(5)]
                          for first in (0, 5)]  # fmt: skip
    bright = np.where(y[..., None] == 1, np.arange(6) == 2, False)  # row 2 of each image of a 1
    np.testing.assert_array_equal(x, bright)


def test_strips_without_a_grid_have_all_images(folder: Path, tmp_path: Path) -> None:
    strips_ctc.write_npz(folder / digits.TEST, tmp_path / "strips.npz", most=14)
    with np.load(tmp_path / "strips.npz") as found:
        x, lengths, texts = found["x"], found["x_lengths"], found["text"]
    assert "".join(texts) == "01" * 7  # in their order
    assert len(x) == lengths.sum()
    assert len(set(lengths / list(map(len, texts)))) > 1  # columns a digit
    ones = [text.count("1") for text in texts]
    dark = np.split(x.sum(axis=1) > 0, np.cumsum(lengths)[:-1])
    for one, count in zip(dark, ones, strict=True):  # five columns of each 1, of which some share
        assert 4 * count < one.sum() <= 5 * count or count == 0


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (40, "forty"),
        (207, "two hundred and seven"),
        (300, "three hundred"),
        (4_207, "four thousand two hundred and seven"),
        (5_013, "five thousand and thirteen"),
        (9_999, "nine thousand nine hundred and ninety-nine"),
    ],
)
def test_numbers_in_words(number: int, words: str) -> None:
    assert mosaics.british(number) == words


def test_mosaics_are_images_in_two_rows(folder: Path, tmp_path: Path) -> None:
    images, shown = mosaics.read_images(folder / digits.TEST)  # of 0 and 1, 6 x 5
    assert images.shape == (20, 3, 2)
    assert shown.tolist() == [0, 1] * 10
    mosaics.write_npz(tmp_path / "m.npz", images, shown, 40, np.random.default_rng(0))
    with np.load(tmp_path / "m.npz") as found:
        v, captions = found["v"].reshape(40, 2, 3, 2, 2), found["caption"].tolist()
    bright = v.max(axis=(2, 4)).reshape(40, 4) > 0  # a 1 in each place
    for number, (places, caption) in enumerate(zip(bright.tolist(), captions, strict=True)):
        size = 1 + number % 4
        text = "".join(str(int(place)) for place in places)
        assert caption == mosaics.british(int(text[:size]))
        assert text[size:] == "0" * (4 - size)
        assert size == 1 or text[0] == "1"


def test_spoken_digits_are_sounds_with_a_table(tmp_path: Path) -> None:
    table = spoken_digits.write(tmp_path / "sounds", 4, seed=0)
    data = Transcriber().examples(table, **spoken_digits.COLUMNS)
    assert len(data) == 4
    for frames, words in zip(data.inputs, data.targets or (), strict=True):
        assert set(words.split()) <= set(speech.WORDS)
        assert 0.1 < len(frames) * 0.01 / len(words.split()) < 1  # seconds a word
    again = spoken_digits.write(tmp_path / "again", 4, seed=0)
    assert (tmp_path / "again/3.wav").read_bytes() == (tmp_path / "sounds/3.wav").read_bytes()
    assert again.read_text() == table.read_text()
