"""Arrays out of an HDF5 file. Links to elsewhere are not followed, sizes are checked first.

The parsing is that of the HDF5 library, in C, which can be led into endless loops by files made for
it: a file that has been damaged by chance is refused, one by an enemy may not be.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.files.tensors import from_bfloat16
from pyrnn.kernels.stack import Array

# A dataset that takes this much less room in the file than in memory is no weight: numbers that
# training has left hardly compress, while a file of a kilobyte may claim terabytes of zeros.
COMPRESSION, ALWAYS = 100, 1 << 20
DEEPEST = 32  # groups in groups; a group may be a member of itself


# By all of these h5py says that a file is damaged
DAMAGED = (OSError, KeyError, RuntimeError, OverflowError, UnicodeError)


class MissingH5pyError(ImportError):
    """An HDF5 file was to be read, and h5py is not installed."""


@contextmanager
def open_hdf5(path: Path, content: bytes | None = None) -> Iterator[Any]:
    """The root group of a file, or of its content where that is already in memory.

    Raises OSError as the system does, MissingH5pyError, and ValueError for another kind of file.
    """
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise MissingH5pyError(
            f"{path}: HDF5 files need h5py, which is not installed: pip install h5py"
        ) from error
    if content is None and not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        with h5py.File(path if content is None else io.BytesIO(content), "r") as file:
            yield file
    except DAMAGED as error:
        raise ValueError(f"{path}: damaged, or no HDF5 file ({error})") from error


def member(group: Any, path: str) -> Any:
    """What stands at a path of names below a group; None where nothing does.

    Raises ValueError for a link to another place or file: weights stand in their own.
    """
    import h5py

    for name in path.split("/"):
        if not isinstance(group, h5py.Group):
            return None
        link = group.get(name, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise ValueError(
                f"{group.name}/{name}: expected arrays in the file itself; got a link to elsewhere"
            )
        group = group[name]
    return group


def names(group: Any) -> list[str]:
    """The names of a group's members; none of what is no group. Raises ValueError for bytes."""
    import h5py

    found = list(group) if isinstance(group, h5py.Group) else []
    if not all(isinstance(name, str) for name in found):  # no UTF-8
        raise ValueError(f"{group.name}: damaged: expected texts as names; got {found[:8]}")
    return found


def array(dataset: Any) -> Array:
    """A dataset's numbers. Raises ValueError for what is none, lies elsewhere, or is too large."""
    import h5py

    name = getattr(dataset, "name", "?")
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in "fiubV":
        raise ValueError(f"{name}: expected an array of numbers; got {dataset!r}")
    if dataset.external or dataset.is_virtual:
        raise ValueError(f"{name}: expected an array in the file itself; its numbers lie elsewhere")
    if dataset.nbytes > ALWAYS + COMPRESSION * dataset.id.get_storage_size():
        raise ValueError(
            f"{name}: expected an array that is in the file; {dataset.nbytes:,} bytes are claimed, "
            f"{dataset.id.get_storage_size():,} are there"
        )
    values = np.asarray(dataset[()])
    # HDF5 has no bfloat16: Keras writes two bytes without a type, and notes what they are
    if values.dtype == "V2" and dataset.attrs.get("dtype") == "bfloat16":
        return from_bfloat16(values.view(np.uint16))
    return values


def datasets(group: Any, depth: int = 0) -> Iterator[Any]:
    """The datasets anywhere below a group; none where it is None."""
    import h5py

    if depth > DEEPEST:
        raise ValueError(f"{group.name}: expected at most {DEEPEST} groups one in the other")
    for name in names(group):
        below = member(group, name)
        if isinstance(below, h5py.Dataset):
            yield below
        else:
            yield from datasets(below, depth + 1)
