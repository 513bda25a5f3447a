"""Small files of every format, packed in every way."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile

import numpy as np

PACKINGS = {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}


def zipped(files, **options):
    """A zip archive of {name: bytes}."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(files):
    """A tar archive of {name: bytes}."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def archived(files, end):
    """An archive of {name: bytes} whose name has this end."""
    if end == ".zip":
        return zipped(files)
    return PACKINGS.get(end.removeprefix(".tar"), bytes)(tarred(files))


ARCHIVES = (".zip", ".tar", ".tar.gz", ".tar.xz", ".tar.bz2")


def wav(samples, rate=8000, *, codec=1, bits=16, channels=1, extensible=False, before=b""):
    """A WAV file of the bytes of samples. before: chunks in front of them."""
    width = bits // 8 * channels
    tag = 0xFFFE if extensible else codec
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * width % 2**32, width, bits)
    if extensible:  # (bits that count, places of the loudspeakers, the codec's longer name)
        form += struct.pack("<HHIH", 22, bits, 0, codec) + bytes(14)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + before
    chunks += b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def npz(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def idx(array, kind=8):
    """An IDX file of an array of big-endian numbers."""
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes((0, 0, kind, array.ndim)) + shape + array.tobytes()


FRAMES = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
SAMPLES = (np.sin(np.arange(400)) * 9999).astype("<i2").tobytes()

# A whole file of every format, by its name
FILES = {
    "t.conllu": b"# 1\n1\ta\t_\tX\t_\tCase=Nom\t0\troot\t_\t_\n\n",
    "t.conll": b"-DOCSTART- O\n\na O\nb B-X\n\nc\tO\n",
    "t.csv": 'text,label\n"good, ä",1\n"two\nlines",0\n'.encode(),
    "t.tsv": b"text\tlabel\na\t1\nb\t0\n",
    "t.tab": b"text\tlabel\na\t1\nb\t0\n",
    "t.json": b'{"text": "a", "x": [[1, 2], [3, 4]]}\n{"text": "b", "x": null}\n',
    "t.jsonl": b'{"text": "a", "x": [[1, 2], [3, 4]]}\n{"text": "b", "x": null}\n',
    "t.ndjson": b'{"text": "a"}\n',
    "t.txt": b"one\ntwo\n",
    "t.npz": npz(x=FRAMES, y=np.array(["a", "b"]), x_lengths=np.array([4, 1])),
    "t.npy": npy(FRAMES),
    **{
        f"t-idx{n}-ubyte": idx(IMAGES.reshape((2, 3, 4, 1)[:n] if n > 2 else (-1, 12)[:n]))
        for n in (1, 2, 3, 4)
    },
    "t.idx": idx(IMAGES.reshape(24)),
    "t.wav": wav(SAMPLES),
    **{
        f"t.{end}": b">one the first\nACGT\nacg t\n>two\n\n"
        for end in ("fasta", "fa", "fna", "faa", "fas")
    },
}
TREES = {
    "classes": {"pos/1.txt": b"fine", "pos/2.txt": b"so\nso", "neg/1.txt": b"bad", "README": b"x"},
    "parts": {
        "d/train/pos/1.txt": b"fine",
        "d/train/neg/1.txt": b"bad",
        "d/train/unsup/1.txt": b"?",
        "d/test/pos/1.txt": b"good",
        "d/test/neg/1.txt": b"worse",
        "d/train/urls_pos.txt": b"http",
    },
    "lines": {"English.txt": b"Smith\n\nJones\n", "German.txt": "Müller\n".encode()},
    "sounds": {"a/1.wav": wav(SAMPLES), "b/1.wav": wav(SAMPLES[:100])},
    "single": {"data/t.csv": FILES["t.csv"]},
}
