"""WAV files (PCM) as log-mel frames.

The format: Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0", 1991,
and for WAVE_FORMAT_EXTENSIBLE http://msdn.microsoft.com/library/ms713497.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from pyrnn.data.log_mel import log_mel
from pyrnn.data.readers.columns import chosen, chosen_names
from pyrnn.data.readers.packing import CHUNK
from pyrnn.data.readers.row import Row
from pyrnn.data.readers.source import Source, input_of

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
CODECS = {2: "Microsoft ADPCM", 6: "A-law", 7: "mu-law", 17: "IMA ADPCM", 49: "GSM", 85: "MP3"}
UNKNOWN = 0xFFFFFFFF  # the size of what goes on to the file's end, where it was written to a pipe
RATES = (100, 1_000_000)  # samples a second


def read_wav(
    source: Source, columns: Sequence[str] | None = None, *, encoding: str | None = None
) -> Iterator[Row]:
    """One row, {"frames": float32 (T, 40), "file": the file's name}: see `log_mel`.

    source: as in `source.input_of`: PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64; channels
        are averaged. columns: of those wanted; default None, both. encoding: not used.
    Raises OSError as the system does, ValueError, naming the file, for what is no WAV file, other
    codecs (by their names), floats that are not finite, and a file that is cut off.
    """
    found = input_of(source)
    chosen_names(["frames", "file"], columns, found.name)
    with found.open() as stream:
        samples, rate = read_samples(stream, found.name)
    try:
        frames = log_mel(samples, rate)
    except ValueError as error:
        raise ValueError(f"{found.name}: {error}") from error
    values = {"frames": frames, "file": found.name}
    yield Row(0, chosen(values, columns, found.name), unit="row")


def read_samples(stream: Any, name: str) -> tuple[np.ndarray, int]:
    """(samples, rate): those of a WAV file in a stream, float64 (N,) in -1..1, channels averaged.

    name: in error messages. Raises ValueError as `read_wav`.
    """
    beginning = stream.read(12)
    if len(beginning) < 12 or beginning[:4] != b"RIFF" or beginning[8:] != b"WAVE":
        raise ValueError(f"{name}: expected a WAV file; got one that begins with {beginning!r}")
    form: _Form | None = None
    while True:
        head = _exactly(stream, 8, name)
        kind, (size,) = head[:4], struct.unpack("<I", head[4:])
        if kind == b"data":
            break
        if kind == b"fmt ":
            form = _form(_exactly(stream, size, name), name)
        else:
            _skip(stream, size, name)
        _skip(stream, size % 2, name)  # what follows begins at an even place
    if form is None:
        raise ValueError(f"{name}: expected a chunk 'fmt ' before the samples; got none")
    data = stream.read() if size == UNKNOWN else _exactly(stream, size, name)
    if len(data) % (form.width * form.channels):
        raise ValueError(
            f"{name}: expected {form.channels} samples of {form.width} bytes at a time; got "
            f"{len(data)} bytes, it is cut off"
        )
    samples = _numbers(data, form).reshape(-1, form.channels)
    return samples.mean(axis=1) if form.channels > 1 else samples[:, 0], form.rate


class _Form(NamedTuple):
    """codec: PCM or FLOAT. width: bytes of a sample."""

    codec: int
    channels: int
    rate: int
    width: int


def _form(chunk: bytearray, name: str) -> _Form:
    if len(chunk) < 16:
        raise ValueError(f"{name}: expected a chunk 'fmt ' of 16 bytes; got {len(chunk)}")
    codec, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
    if codec == EXTENSIBLE and len(chunk) >= 26:
        (codec,) = struct.unpack("<H", chunk[24:26])  # where its longer name begins
    widths = {PCM: (8, 16, 24, 32), FLOAT: (32, 64)}.get(codec)
    if widths is None:
        shown = CODECS.get(codec, "unknown")
        raise ValueError(
            f"{name}: expected PCM or floats; got the codec {codec} ({shown}): convert it to WAV "
            "(PCM, 16 bits)"
        )
    if bits not in widths or not channels or not RATES[0] <= rate <= RATES[1]:
        raise ValueError(
            f"{name}: expected samples of {', '.join(map(str, widths))} bits, a channel and a rate "
            f"from {RATES[0]} to {RATES[1]}; got {bits} bits, {channels} channels, rate {rate}"
        )
    return _Form(codec, channels, rate, bits // 8)


def _numbers(data: bytes | bytearray, form: _Form) -> np.ndarray:
    """The samples in -1..1, float64 (N * channels,)."""
    if form.codec == FLOAT:
        return np.frombuffer(data, f"<f{form.width}").astype(np.float64)
    if form.width == 1:  # these alone have no sign
        return (np.frombuffer(data, np.uint8).astype(np.float64) - 128) / 128
    if form.width == 3:  # as the upper three bytes of four
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0] / 2.0**31
    return np.frombuffer(data, f"<i{form.width}") / 2.0 ** (8 * form.width - 1)


def _exactly(stream: Any, size: int, name: str) -> bytearray:
    found = bytearray()
    while len(found) < size:  # in pieces: a header may promise whatever it likes
        if not (chunk := stream.read(min(CHUNK, size - len(found)))):
            raise ValueError(f"{name}: expected {size} more bytes; got {len(found)}, it is cut off")
        found += chunk
    return found


def _skip(stream: Any, size: int, name: str) -> None:
    while size:
        size -= len(_exactly(stream, min(CHUNK, size), name))
