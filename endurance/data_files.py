"""Files of data in every format that is read, whole and made to be wrong."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import shutil
import struct
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import mutations
import numpy as np

PACKINGS = {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}
ARCHIVES = (".zip", ".tar", *(f".tar{end}" for end in PACKINGS))
WILD = (0, 1, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1)  # sizes that a header may promise


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _tar(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def _packed(files: dict[str, bytes], end: str) -> bytes:
    if end == ".zip":
        return _zip(files)
    return PACKINGS.get(end.removeprefix(".tar"), bytes)(_tar(files))


def _wav(samples: bytes) -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16_000, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _npz() -> bytes:
    stream = io.BytesIO()
    x = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    np.savez(
        stream, x=x, x_lengths=np.array([4, 1]), y=np.array(["a", "b"]), z=np.asfortranarray(x)
    )
    return stream.getvalue()


def _npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.arange(12, dtype=np.int16).reshape(2, 3, 2))
    return stream.getvalue()


FILES = {
    "t.csv": 'text,label\n"good, ä",1\n"two\nlines",0\n'.encode(),
    "t.tsv": b"sep=\t\ntext\tlabel\na\t1\nb\t0\n",
    "t.jsonl": b'{"text": "a", "x": [[1, 2], [3, 4]]}\n{"text": "b", "x": null}\n',
    "t.txt": "one\ntwo\n".encode("utf-16"),
    "t.npz": _npz(),
    "t.npy": _npy(),
    "t-idx3-ubyte": struct.pack(">4B3I", 0, 0, 8, 3, 2, 3, 4) + bytes(range(24)),
    "t-idx1-ubyte": struct.pack(">4BI", 0, 0, 8, 1, 9) + bytes(range(9)),
    "t.wav": _wav(np.arange(-200, 200, dtype="<i2").tobytes()),
    "t.fasta": b">one the first\nACGT\nacg t\n>two\n\n",
    "t.conll": b"\xef\xbb\xbf-DOCSTART- O\r\n\r\na\tO\r\nb B-X\r\n\t\r\nc O",
    "t.conllu": b"# 1\n1-2\tab"
    + b"\t_" * 8
    + b"".join(
        b"\n%d\ta\t_\tX\t_\tCase=Nom|Number=Sing\t0\troot\t_\t_" % number for number in (1, 2)
    ),
    "tokens.jsonl": b'{"tokens": ["a", "b"], "labels": ["O", "B-X"]}\n' * 2,
}
TREES = {
    "classes": {"pos/1.txt": b"fine", "neg/1.txt": b"so\nso", "neg/2.txt": b"bad", "README": b"x"},
    "parts": {f"d/{part}/{label}/1.txt": b"x" for part in ("train", "test") for label in "ab"},
    "lines": {"English.txt": b"Smith\n\nJones\n", "German.txt": "Müller\n".encode()},
    "sounds": {f"{label}/1.wav": FILES["t.wav"] for label in "ab"},
    **{f"in {name}": {f"data/{name}": content} for name, content in FILES.items()},
}
WHOLE = {
    **FILES,
    **{name + end: pack(data) for end, pack in PACKINGS.items() for name, data in FILES.items()},
    **{name + end: _packed(files, end) for end in ARCHIVES for name, files in TREES.items()},
}


WORDS = [name for name in WHOLE if name.startswith(("t.conll", "tokens.jsonl"))]


def write_wrong(chance: random.Random, place: Path, names: Sequence[str] | None = None) -> Path:
    """A file or a folder of data that is wrong; its path. names: of the files, None for all."""
    path = place / "data"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    if names is None and chance.random() < 0.2:
        files = dict(TREES[chance.choice(list(TREES))])
        broken = chance.choice(list(files))
        files[broken] = _wrong(chance, files[broken])
        for name, content in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
        return path
    name = chance.choice(names or list(WHOLE))
    if chance.random() < 0.5 or name in FILES:
        content = _wrong(chance, WHOLE[name])
    else:  # a whole archive of what is wrong
        content = _around_wrong(chance, name)
    (path / name).write_bytes(content)
    return path / name


def _around_wrong(chance: random.Random, name: str) -> bytes:
    for end, pack in PACKINGS.items():
        if (inside := name.removesuffix(end)) in FILES:
            return pack(_wrong(chance, FILES[inside]))
    end = next(end for end in ARCHIVES if name.removesuffix(end) in TREES)
    files = dict(TREES[name.removesuffix(end)])
    broken = chance.choice(list(files))
    files[broken] = _wrong(chance, files[broken])
    return _packed(files, end)


def _wrong(chance: random.Random, content: bytes) -> bytes:
    """Bytes damaged, or four or two of them made a wild number, as a size in a header would be."""
    if chance.random() < 0.6:
        return mutations.damaged(chance, content)
    form = chance.choice(("<I", ">I", "<H"))
    place = chance.randint(0, min(len(content), 200))
    number = struct.pack(form, chance.choice(WILD) & (2 ** (8 * struct.calcsize(form)) - 1))
    return content[:place] + number + content[place + len(number) :]
