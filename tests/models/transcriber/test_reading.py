"""What a transcriber reads: arrays, images, tables of paths, folders of sound, data frames."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from pyrnn.data import log_mel
from pyrnn.files.content import Content
from pyrnn.models import Transcriber

RATE = 8000


def sound(path: Path, seconds: float, hertz: float = 600) -> np.ndarray:
    """A WAV file of a tone, and its samples as the file has them."""
    samples = np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)
    whole = (samples * 20_000).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(whole.tobytes())
    return whole / 32768


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """A folder of three sounds with a table of what they say."""
    folder = tmp_path / "sounds"
    for k in range(3):
        sound(folder / f"{k}.wav", 0.3 + 0.1 * k, 500 + 100 * k)
    (folder / "words.csv").write_text("file,words\n0.wav,ab\n2.wav,b a\n1.wav,\n", encoding="utf-8")
    return folder


def examples(source, **columns):
    return Transcriber().examples(source, **columns)


def test_paths_of_sounds_in_a_table(sounds):
    found = examples(sounds / "words.csv", frames="file", labels="words")
    assert found.targets == ["ab", "b a", ""]
    for frames, name in zip(found.inputs, ("0", "2", "1"), strict=True):
        expected = log_mel(
            sound(sounds / f"{name}.wav", 0.3 + 0.1 * int(name), 500 + 100 * int(name)), RATE
        )
        np.testing.assert_array_equal(frames, expected)


def test_a_folder_with_one_table_is_that_table(sounds, tmp_path):
    columns = {"frames": "file", "labels": "words"}
    found = examples(sounds, **columns)
    assert found.targets == ["ab", "b a", ""]
    (sounds / "more.csv").write_text("file,words\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"expected one table .*; got 2, more\.csv, words\.csv: na"
    ):
        examples(sounds, **columns)
    (sounds / "more.csv").unlink()
    other = tmp_path / "parts"
    (other / "train").parent.mkdir()
    sounds.rename(other / "train")
    (other / "test").mkdir()
    sound(other / "test/x.wav", 0.2)
    (other / "test/said.jsonl").write_text('{"file": "x.wav", "words": "b"}\n', encoding="utf-8")
    assert examples(other, **columns).targets == ["ab", "b a", ""]
    assert examples(other, part="test", **columns).targets == ["b"]


def test_sounds_by_themselves_have_frames_of_their_own(sounds, tmp_path):
    """Whatever the column of the training table was called; and their times are known."""
    model = Transcriber(hidden_size=4)
    model.fit(model.examples(sounds / "words.csv", frames="file", labels="words"), epochs=1)
    flat = tmp_path / "flat"
    for k in range(2):
        sound(flat / f"{k}.wav", 0.3 + 0.1 * k)
    table = tmp_path / "flat.csv"
    table.write_text("file\nflat/0.wav\nflat/1.wav\n", encoding="utf-8")
    of_folder, of_table = (model.examples(each, labelled=False) for each in (flat, table))
    of_file = model.examples(flat / "0.wav", labelled=False)
    assert of_folder.names == ["0.wav", "1.wav"]
    assert of_table.hop == of_folder.hop == of_file.hop == 0.01
    predictions = model.predict(of_folder)
    assert model.predict(of_table) == predictions
    assert model.predict(of_file) == predictions[:1]
    for one in predictions:
        assert one.times == tuple(round(frame * 0.01, 6) for frame in one.frames)
    assert model.predict([of_folder[0]])[0].times is None  # nobody knows how far apart they are


def test_times_of_several_frames_a_step(sounds):
    model = Transcriber(hidden_size=4, frames_per_step=3)
    model.fit(model.examples(sounds / "words.csv", frames="file", labels="words"), epochs=1)
    (one,) = model.predict(model.examples(sounds / "0.wav", labelled=False))
    assert all(frame % 3 == 0 for frame in one.frames)
    assert one.times == tuple(round(frame * 0.01, 6) for frame in one.frames)


def test_images_by_columns_and_by_rows(tmp_path):
    images = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4)
    np.savez(tmp_path / "images.npz", x=images, text=np.array(["a", "b"]))
    for image, expected in (("columns", images.swapaxes(1, 2)), ("rows", images), (None, images)):
        found = examples(tmp_path / "images.npz", frames="x", image=image)
        np.testing.assert_array_equal(np.stack(list(found)), expected)
    idx = tmp_path / "some-images-idx3-ubyte"
    idx.write_bytes(b"\0\0\x08\x03" + np.array([2, 3, 4], ">u4").tobytes() + bytes(range(24)))
    (tmp_path / "some-labels-idx1-ubyte").write_bytes(
        b"\0\0\x08\x01" + np.array([2], ">u4").tobytes() + bytes([7, 0])
    )
    found = examples(idx, labels="label", image="columns")
    assert found.targets == [7, 0]
    np.testing.assert_allclose(np.stack(list(found)) * 255, images.swapaxes(1, 2), rtol=1e-6)
    assert Transcriber(hidden_size=2).for_data(found).symbols == ("0", "7")


def test_labels_of_arrays_and_lists(tmp_path):
    x = np.zeros((2, 6, 3), np.float32)
    labels = np.array([[3, 1, 0], [2, 2, 2]])
    np.savez(tmp_path / "a.npz", x=x, y=labels, y_lengths=np.array([2, 3]))
    assert examples(tmp_path / "a.npz", frames="x", labels="y").targets == [[3, 1], [2, 2, 2]]
    np.savez(tmp_path / "b.npz", x=x, y=np.array([["a", "bc"], ["d", "a"]]))
    assert examples(tmp_path / "b.npz", frames="x", labels="y").targets == [["a", "bc"], ["d", "a"]]
    rows = [{"x": [[1, 2]] * 4, "y": ["AH0", "B"]}, {"x": [[3, 4]], "y": []}]
    (tmp_path / "c.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert examples(tmp_path / "c.jsonl", frames="x", labels="y").targets == [["AH0", "B"], []]


def test_a_step_a_row():
    lines = ["word,x,y,text", "1,0,1,ab", "1,2,3,ab", "2,5,6,b"]
    file = Content("steps.csv", "\n".join(lines).encode())
    found = examples(file, id="word", features="x,y")
    assert found.targets == ["ab", "b"]
    assert [one.tolist() for one in found] == [[[0, 1], [2, 3]], [[5, 6]]]


def test_data_frames():
    pandas = pytest.importorskip("pandas")
    arrays = [np.ones((4, 2)), np.zeros((3, 2))]
    frame = pandas.DataFrame({"x": arrays, "said": ["ab", "a"], "number": [12.0, 3.0]})
    assert examples(frame, frames="x", labels="said").targets == ["ab", "a"]
    assert examples(frame, frames="x", labels="number").targets == [12, 3]
    with pytest.raises(ValueError, match="column 'said': expected a text, or a list of labels"):
        examples(frame.assign(said=["a", None]), frames="x", labels="said")
    assert Transcriber().examples({"frames": arrays, "text": ["a", "b"]}).targets == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "file,text\nmissing.wav,a\n",
            "t.csv: line 2, column 'file': '.*missing.wav': No such",
        ),
        ("file,text\nwords.txt,a\n", "t.csv: line 2, column 'file': .* .wav or .npy"),
        ("file,words\n0.wav,a\n", "t.csv: line 1: expected a column 'text'"),
        ("path,text\n0.wav,a\n", "t.csv: line 1: expected a column 'file'"),
        ("file,text\n", "t.csv: expected at least one row of data"),
        ("file,text\n0.wav,a\n0.wav\n", "t.csv: line 3: expected 2 fields"),
    ],
)
def test_tables_that_are_none(sounds, content, words):
    (sounds / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        examples(sounds / "t.csv", frames="file")


def test_arrays_that_are_none(tmp_path):
    path = tmp_path / "t.npz"
    x = np.zeros((2, 6, 3), np.float32)
    for arrays, words in (
        (
            {"x": x, "text": np.array([1.5, 2.0])},
            "row 0, column 'text': expected a text.* float 1.5",
        ),
        ({"x": x, "text": np.zeros((2, 2, 2), int)}, r"got an array of the shape \(2, 2\)"),
        ({"x": x, "text": np.array(["a"])}, "expected as many rows in each array"),
        ({"x": np.zeros((2, 6, 3, 3), "f4"), "text": np.array(["a", "b"])}, r"expected frames \(N"),
        ({"x": x, "y": np.array(["a", "b"])}, "expected a column 'text'"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match=words):
            examples(path, frames="x")
    np.savez(path, x=x, text=np.array(["a", "aaaaaaa"]))
    model = Transcriber(hidden_size=2)
    with pytest.raises(
        ValueError, match=r"t\.npz: row 1: expected at least 13 steps, for the 7 sy"
    ):
        model.fit(model.examples(path, frames="x"), epochs=1)


def test_sounds_without_texts(sounds):
    (sounds / "words.csv").unlink()
    with pytest.raises(ValueError, match="expected a column 'text'; got the columns 'frames'"):
        examples(sounds)
