"""An array a row: out of NumPy's files, JSON, sound, images, and by the path of a file."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest

from pyrnn.data.layouts import Beside, SequenceColumns, records
from pyrnn.files.content import Content


def saved(save, *arrays, **named):
    stream = io.BytesIO()
    save(stream, *arrays, **named)
    return stream.getvalue()


def sound(path, samples=800):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        tone = np.sin(np.arange(samples) / 5) * 8000
        file.writeframes(tone.astype("<i2").tobytes())


def read(source, beside=(), varying=(), **columns):
    return list(records(source, SequenceColumns(**columns), Beside(beside, varying)))


def test_arrays_of_npz_with_labels_and_targets():
    x = np.arange(24, dtype=np.float32).reshape(3, 4, 2)
    content = saved(np.savez, frames=x, label=np.array(["a", "b", "a"]), y=np.arange(3.0))
    found = read(Content("x.npz", content), ("label",), ("y",))
    assert [one.input.tolist() for one in found] == x.tolist()
    assert {one.input.dtype for one in found} == {np.dtype(np.float32)}
    assert [one.constant["label"] for one in found] == ["a", "b", "a"]
    assert [one.varying.tolist() for one in found] == [[[0.0]], [[1.0]], [[2.0]]]
    assert found[1].place == "x.npz: row 1"


def test_a_target_a_step_is_an_array_of_its_own():
    frames, y = np.zeros((2, 3, 2)), np.arange(6.0).reshape(2, 3)
    found = read(Content("x.npz", saved(np.savez, frames=frames, y=y)), varying=("y",))
    assert [one.varying.tolist() for one in found] == [[[0], [1], [2]], [[3], [4], [5]]]


def test_whole_numbers_are_numbers():
    content = saved(np.save, np.arange(6, dtype=np.uint8).reshape(1, 3, 2))
    (found,) = read(Content("x.npy", content))
    assert found.input.dtype == np.float64
    assert found.input.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_images_are_read_row_by_row():
    pixels = np.arange(12, dtype=np.uint8)
    content = struct.pack(">HBB3I", 0, 8, 3, 2, 2, 3) + pixels.tobytes()
    found = read(Content("t-images-idx3-ubyte", content))
    assert [one.input.shape for one in found] == [(2, 3), (2, 3)]


JSON = {
    "[[1, 2], [3, 4]]": [[1, 2], [3, 4]],
    "[1, 2.5]": [[1], [2.5]],
    "[]": np.zeros((0, 1)),
    "[[1, null], [3, 4]]": [[1, np.nan], [3, 4]],
    "[null]": [[np.nan]],
    "[true, false]": [[1], [0]],
}


@pytest.mark.parametrize("text", JSON)
def test_lists_of_json(text):
    (found,) = read(Content("x.jsonl", f'{{"f": {text}}}\n'.encode()), frames="f")
    np.testing.assert_array_equal(found.input, JSON[text])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[1, 2], [3]]", "expected frames .*steps of one length; got steps of several"),
        ('[["1", "2"]]', "expected frames .*of numbers"),
        ("[[[1]]]", r"expected frames \(N, I\), or \(N,\) .*got \(1, 1, 1\)"),
        ("5", r"got \(\)"),
        ("null", "of numbers; got NoneType None"),
        ('{"a": 1}', "of numbers; got dict"),
        (f"[{10**400}]", "of numbers"),
        ("[[]]", r"got \(1, 0\)"),
    ],
)
def test_json_that_is_no_frames(text, words):
    content = f'{{"f": [1]}}\n{{"f": {text}}}\n'.encode()
    with pytest.raises(ValueError, match=rf"^x\.jsonl: line 2, column 'f': .*{words}"):
        read(Content("x.jsonl", content), frames="f")


def test_files_that_a_table_names_lie_beside_it(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in" / "a.npy", np.arange(6.0).reshape(3, 2))
    np.save(tmp_path / "in" / "b.npy", np.arange(3.0))
    sound(tmp_path / "in" / "c.wav")
    table = tmp_path / "table.csv"
    table.write_text("path,y\nin/a.npy,1\nin/b.npy,2\nin/c.wav,3\n", "utf-8")
    for source in (table, str(table), Content.of(table)):
        a, b, c = read(source, varying=("y",), frames="path")
        assert a.input.tolist() == [[0, 1], [2, 3], [4, 5]]
        assert b.input.tolist() == [[0], [1], [2]]
        assert c.input.shape[1] == 40
        assert c.varying.tolist() == [[3.0]]
    monkeypatch.chdir(tmp_path)  # a table that is no file: paths begin where one is
    (found,) = read({"path": ["in/a.npy"]}, frames="path")
    assert found.input.shape == (3, 2)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere.wav", "nowhere.wav"),
        ("bad.npy", "expected an array as NumPy writes it"),
        ("cut.npy", "it is cut off"),
        ("three.npy", r"got \(2, 3, 4\)"),
        ("table.csv", "a .wav or .npy file with them; got 'table.csv'"),
        ("", "a .wav or .npy file with them; got ''"),
        ("x" * 100_000, "a .wav or .npy file with them; got 'xxx"),
        ("x" * 100_000 + ".npy", "too long"),
        (".", "a .wav or .npy file with them; got '.'"),
    ],
)
def test_paths_of_no_frames(tmp_path, path, words):
    np.save(tmp_path / "three.npy", np.zeros((2, 3, 4)))
    (tmp_path / "bad.npy").write_bytes(b"no array")
    whole = saved(np.save, np.zeros((5, 2)))
    (tmp_path / "cut.npy").write_bytes(whole[:-8])
    table = tmp_path / "table.csv"
    table.write_text(f"path,y\n{path},1\n", "utf-8")
    with pytest.raises(ValueError, match=f"table.csv: line 2, column 'path': .*{words}") as error:
        read(table, frames="path")
    assert len(str(error.value)) < 1_000


def test_a_file_says_by_itself_that_it_has_frames(tmp_path):
    sound(tmp_path / "a.wav")
    (found,) = read(tmp_path / "a.wav")
    assert found.input.shape[1] == 40
    texts = Content("x.jsonl", b'{"text": "a", "frames": [1]}\n')
    assert read(texts)[0].input == "a"
