"""safetensors files are read whatever their dtypes, damaged ones refused, pickles never opened."""

from __future__ import annotations

import json
import pickle
import zipfile

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from pyrnn.exchange.tensor_file import read_tensors, write_tensors
from pyrnn.files.tensors import Unreadable


def raw(path, entries, metadata=None):
    """A safetensors file out of {name: (dtype, shape, bytes)}."""
    header, data = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, (dtype, shape, content) in entries.items():
        offsets = [len(data), len(data) + len(content)]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def test_there_and_back(tmp_path, rng):
    arrays = {"a.b": rng.normal(size=(2, 3)).T, "c": np.float32([1, 2]), "n": np.array(3)}
    write_tensors(tmp_path / "x.safetensors", arrays, {"format": "pt"})
    found, metadata = read_tensors(str(tmp_path / "x.safetensors"))
    np.testing.assert_equal(found, arrays)
    assert metadata == {"format": "pt"}
    np.testing.assert_equal(load_file(tmp_path / "x.safetensors"), arrays)
    assert [path.name for path in tmp_path.iterdir()] == ["x.safetensors"]


def test_dtypes_that_numpy_has_not(tmp_path):
    bits = np.array([[0x3F80, 0x4000, 0xBF80]], "<u2")
    path = raw(
        tmp_path / "x.safetensors",
        {"w": ("BF16", [1, 3], bits.tobytes()), "q": ("F8_E4M3", [2], b"\0\0")},
    )
    found, metadata = read_tensors(path)
    assert found["w"].dtype == np.float32
    np.testing.assert_array_equal(found["w"], [[1, 2, -1]])
    assert found["q"] == Unreadable("F8_E4M3", (2,))
    assert metadata == {}


def test_a_header_that_begins_as_other_files_do(tmp_path):
    """Its length comes first, and may read "PK" or 0x80: still a safetensors file."""
    for length, beginning in ((0x4B50, b"PK"), (0x80, b"\x80")):
        path = tmp_path / "x.safetensors"
        # a text in the header that makes it this long
        empty = len(json.dumps({"__metadata__": {"t": ""}}))
        save_file({}, path, metadata={"t": "-" * (length - empty)})
        content = path.read_bytes()
        found = int.from_bytes(content[:8], "little")
        text = content[8 : 8 + found] + b" " * (length - found)
        path.write_bytes(length.to_bytes(8, "little") + text[:length])
        assert path.read_bytes().startswith(beginning)
        assert set(read_tensors(path)[1]) == {"t"}


class Trap:
    """What a hostile pickle holds."""

    def __reduce__(self):
        return pytest.fail, ("a pickle has been loaded",)


@pytest.mark.parametrize("name", ["model.pt", "model.pth", "model.safetensors", "model"])
@pytest.mark.parametrize("kind", ["pickle", "zip"])
def test_a_pickle_is_refused_whatever_its_name(tmp_path, name, kind):
    path = tmp_path / name
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Trap()))
    else:
        path.write_bytes(pickle.dumps(Trap(), protocol=2))
    with pytest.raises(ValueError, match=r"(?s)model.*got a PyTorch pickle.*weights_only=True"):
        read_tensors(path)


def test_the_way_out_of_a_pickle_is_a_line_of_code(tmp_path):
    (tmp_path / "it's.pt").write_bytes(b"")
    with pytest.raises(ValueError, match="pickle") as caught:
        read_tensors(tmp_path / "it's.pt")
    line = str(caught.value).partition("where PyTorch is installed: ")[2]
    compile(line, "message", "eval")
    assert "it's.safetensors" in line


def test_damaged_files(tmp_path, rng):
    path = tmp_path / "x.safetensors"
    save_file({"w": rng.normal(size=(4, 4))}, path)
    whole = path.read_bytes()
    for content in (b"", whole[:5], whole[:40], whole[:-1], b"\xff" * 8 + whole[8:], whole + b"x"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"x\.safetensors: damaged, or no safetensors file"):
            read_tensors(path)
    with pytest.raises(FileNotFoundError):
        read_tensors(tmp_path / "absent.safetensors")


def test_where_nothing_can_be_written(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*absent to write to"):
        write_tensors(tmp_path / "absent" / "x.safetensors", {}, {})
    with pytest.raises(IsADirectoryError, match=r"expected a file to write; got a folder"):
        write_tensors(tmp_path, {}, {})
    with pytest.raises(ValueError, match=r"x\.PT: expected a name that ends in \.safetensors"):
        write_tensors(tmp_path / "x.PT", {}, {})
    assert not list(tmp_path.iterdir())
