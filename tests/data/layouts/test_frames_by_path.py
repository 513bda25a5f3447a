"""A table whose column has the paths of arrays and of sounds."""

from __future__ import annotations

import numpy as np
import pytest

from pyrnn.data.layouts import SequenceColumns, records

from ..readers.samples import npy, wav


def frames_in(folder, *names):
    (folder / "table.csv").write_text("frames\n" + "\n".join(names) + "\n")
    found = records(folder / "table.csv", SequenceColumns(frames="frames"))
    return [record.input for record in found]


@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (5, 1), (0, 3)])
def test_an_array_is_one_sequence(tmp_path, rng, shape):
    array = rng.normal(size=shape)
    (tmp_path / "a.npy").write_bytes(npy(array))
    (found,) = frames_in(tmp_path, "a.npy")
    assert found.tolist() == array.tolist()


def test_an_array_of_one_axis_has_a_number_a_step(tmp_path):
    (tmp_path / "a.npy").write_bytes(npy(np.arange(4.0)))
    assert frames_in(tmp_path, "a.npy")[0].tolist() == [[0], [1], [2], [3]]


def test_a_sound_is_one_sequence(tmp_path):
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "a.wav").write_bytes(wav(bytes(8000)))
    (found,) = frames_in(tmp_path, "sounds/a.wav")  # from the table's folder on
    assert found.shape == (48, 40)


def test_an_array_of_several_sequences_is_an_error(tmp_path, rng):
    (tmp_path / "a.npy").write_bytes(npy(rng.normal(size=(2, 5, 3))))
    with pytest.raises(ValueError, match=r"line 2, column 'frames': expected frames \(N, I\)"):
        frames_in(tmp_path, "a.npy")


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"line 2, column 'frames': '.*none\.npy': No such file"):
        frames_in(tmp_path, "none.npy")
