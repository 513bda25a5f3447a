"""Checkpoints: every value comes back, and a damaged file is found out."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from pyrnn.files import atomic_file
from pyrnn.training import CheckpointError, read_checkpoint, write_checkpoint


def a_tree():
    rng = np.random.default_rng(3)
    return {
        "model": {
            "weight": rng.normal(size=(3, 4)).astype(np.float32),
            "transposed": rng.normal(size=(3, 4)).T,
            "scalar": np.array(1.5),
            "ids": np.arange(5),
            "flag": np.array(True),
        },
        "empty": np.zeros((0, 3)),
        "state": (rng.normal(size=(1, 2, 3)), None, (np.ones(2),)),
        "generator": rng.bit_generator.state,  # integers of 128 bits
        "numbers": [0.1 + 0.2, -0.0, 1e-310, 2**70, True, None, "é\n"],
        "nothing": {},
    }


def test_a_tree_comes_back_bit_by_bit(tmp_path):
    tree = a_tree()
    write_checkpoint(tmp_path / "c", tree)
    again = read_checkpoint(tmp_path / "c")
    np.testing.assert_equal(again, tree)
    assert again["numbers"] == tree["numbers"]
    assert [type(v) for v in again["numbers"]] == [type(v) for v in tree["numbers"]]
    assert isinstance(again["state"], tuple)
    for name, array in tree["model"].items():
        found = again["model"][name]
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.tobytes() == array.tobytes()  # both in C order


def test_any_reader_of_safetensors_finds_the_weights(tmp_path):
    write_checkpoint(tmp_path / "c", a_tree())
    with safe_open(tmp_path / "c", framework="numpy") as file:
        np.testing.assert_array_equal(file.get_tensor("model.weight"), a_tree()["model"]["weight"])
        assert file.metadata()["format"] == "pyrnn checkpoint"


def test_writing_takes_copies(tmp_path):
    array = np.zeros(3)
    write_checkpoint(tmp_path / "c", {"a": array})
    array += 1
    assert read_checkpoint(tmp_path / "c")["a"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"a": {"b": object()}}, "a.b: expected an array, .* got object"),
        ({"a": [1, {2}]}, "a.1: .* got set"),
        ({"a": {3: 1}}, "a: expected names as keys; got 3"),
        ({"$array": 1}, r"got '\$array'"),
    ],
)
def test_what_has_no_place_in_a_checkpoint(tmp_path, tree, words):
    with pytest.raises(TypeError, match=words):
        write_checkpoint(tmp_path / "c", tree)
    assert not list(tmp_path.iterdir())


def test_a_number_that_json_does_not_know(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_checkpoint(tmp_path / "c", {"a": float("nan")})
    assert not list(tmp_path.iterdir())


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="none: no such checkpoint"):
        read_checkpoint(tmp_path / "none")


@pytest.mark.parametrize("keep", [0, 4, 100, -8, -1])
def test_a_file_cut_short(tmp_path, keep):
    write_checkpoint(tmp_path / "c", a_tree())
    content = (tmp_path / "c").read_bytes()
    (tmp_path / "c").write_bytes(content[:keep])
    with pytest.raises(CheckpointError, match="c: damaged, or no safetensors file"):
        read_checkpoint(tmp_path / "c")


def header(**changes):
    known = {"format": "pyrnn checkpoint", "version": "1", "content": "{}"}
    return {name: value for name, value in (known | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, "safetensors file of another kind"),
        (header(format="other"), "safetensors file of another kind"),
        (header(version="3"), "format version 3 is later than 2"),
        (header(version="0"), "expected a format version; got '0'"),
        (header(version=None), "expected a format version; got None"),
        (header(version="9" * 5000), "expected a format version; got '999"),
        (header(content="{"), "the checkpoint is damaged"),
        (header(content=None), "the checkpoint is damaged"),
        (header(content="[]"), r"the checkpoint is damaged \(it holds \[\]\)"),
        (header(content="[" * 10**5), "at most 64 deep"),
        (header(content='{"a": 1, "a": 2}'), "stands twice"),
        (header(content='{"a": NaN}'), "got NaN"),
        (header(content='{"a": {"$tuple": 5}}'), "the checkpoint is damaged"),
        (header(content='{"a": {"$array": []}}'), "the checkpoint is damaged"),
        (header(version="2"), "its SHA-256 is not the one"),
        (header(version="2", sha256="0" * 64), "its SHA-256 is not the one"),
        (header(content=json.dumps({"a": {"$array": "gone"}})), "damaged .*gone"),
    ],
)
def test_files_of_another_kind(tmp_path, metadata, words):
    (tmp_path / "c").write_bytes(save({"x": np.zeros(2)}, metadata=metadata))
    with pytest.raises(CheckpointError, match=words):
        read_checkpoint(tmp_path / "c")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, failing):
    write_checkpoint(tmp_path / "c", {"a": 1})

    def fail(*arguments):
        raise OSError("no space left")

    if failing == "fsync":
        monkeypatch.setattr(atomic_file.os, "fsync", fail)
    else:
        monkeypatch.setattr(atomic_file.Path, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_checkpoint(tmp_path / "c", {"a": 2})
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert read_checkpoint(tmp_path / "c") == {"a": 1}


def test_the_content_is_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    calls = []
    flush, rename = atomic_file.os.fsync, atomic_file.Path.replace
    monkeypatch.setattr(atomic_file.os, "fsync", lambda d: (calls.append("fsync"), flush(d))[1])
    monkeypatch.setattr(
        atomic_file.Path, "replace", lambda one, to: (calls.append("rename"), rename(one, to))[1]
    )
    atomic_file.write_atomically(tmp_path / "c", b"x")
    assert calls[:2] == ["fsync", "rename"]
    assert (tmp_path / "c").read_bytes() == b"x"


def assert_named(error, path):
    assert str(path) in str(error)


def test_every_flipped_bit_is_found(tmp_path):
    write_checkpoint(tmp_path / "c", a_tree())
    content = (tmp_path / "c").read_bytes()
    for place in np.random.default_rng(0).integers(0, 8 * len(content), 300).tolist():
        spoilt = bytearray(content)
        spoilt[place // 8] ^= 1 << place % 8
        (tmp_path / "c").write_bytes(spoilt)
        try:
            again = read_checkpoint(tmp_path / "c")
        except CheckpointError as error:
            assert_named(error, tmp_path / "c")
        else:  # a blank of the header, which stands for nothing
            np.testing.assert_equal(again, a_tree())


def test_a_checkpoint_of_the_first_version_has_no_digest(tmp_path):
    (tmp_path / "c").write_bytes(save({}, metadata=header(content='{"a": 1}')))
    assert read_checkpoint(tmp_path / "c") == {"a": 1}


def test_a_tree_that_could_not_be_read_again_is_not_written(tmp_path):
    tree = {}
    for _ in range(100):
        tree = {"a": tree}
    with pytest.raises(ValueError, match="at most 64 deep"):
        write_checkpoint(tmp_path / "c", tree)
    assert not list(tmp_path.iterdir())


def test_arrays_that_numpy_has_no_type_for(tmp_path):
    header = {
        "x": {"dtype": "F8_E4M3", "shape": [1], "data_offsets": [0, 1]},
        "__metadata__": {"format": "pyrnn checkpoint", "version": "2", "content": "{}"},
    }
    encoded = json.dumps(header).encode()
    path = tmp_path / "last.safetensors"
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + b"\0")
    with pytest.raises(CheckpointError, match="'x': expected an array; got F8_E4M3"):
        read_checkpoint(path)
