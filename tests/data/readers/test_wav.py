"""WAV files: the forms of their samples, and what is refused."""

from __future__ import annotations

import gzip
import io
import struct

import numpy as np
import pytest

from pyrnn.data.log_mel import log_mel
from pyrnn.data.readers import read_rows
from pyrnn.data.readers.wav import read_samples

from .samples import SAMPLES, wav

SOUND = np.array([0.0, 0.5, -0.5, -1.0, 0.25, -0.125, 0.75, 0.0])


def in_form(codec, bits):
    """SOUND as the bytes of samples."""
    if codec == 3:
        return SOUND.astype(f"<f{bits // 8}").tobytes()
    if bits == 8:
        return (SOUND * 128 + 128).astype(np.uint8).tobytes()
    whole = (SOUND * 2.0 ** (bits - 1)).astype("<i8")
    return b"".join(int(n).to_bytes(bits // 8, "little", signed=True) for n in whole)


FORMS = [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)]


@pytest.mark.parametrize(("codec", "bits"), FORMS)
@pytest.mark.parametrize("extensible", [False, True])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_of_every_form(codec, bits, extensible, channels):
    content = wav(
        in_form(codec, bits), 16_000, codec=codec, bits=bits, channels=channels,
        extensible=extensible, before=b"LIST\x03\0\0\0abc\0",
    )  # fmt: skip
    samples, rate = read_samples(io.BytesIO(content), "t.wav")
    expected = SOUND.reshape(-1, channels).mean(axis=1)
    np.testing.assert_array_equal(samples, expected)
    assert rate == 16_000


def test_one_file_is_a_row(put):
    path = put("t.wav", wav(SAMPLES))
    (row,) = read_rows(path)
    assert row.values["file"] == str(path)
    sound = np.frombuffer(SAMPLES, "<i2") / 2.0**15
    np.testing.assert_array_equal(row.values["frames"], log_mel(sound, 8000))
    (packed,) = read_rows(put("t.wav.gz", gzip.compress(wav(SAMPLES))), ["frames"])
    np.testing.assert_array_equal(packed.values["frames"], row.values["frames"])


def test_a_sound_of_nothing_is_a_frame_of_silence(put):
    (row,) = read_rows(put("t.wav", wav(b"")))
    np.testing.assert_array_equal(row.values["frames"], np.full((1, 40), np.log(1e-10), np.float32))


def test_a_file_from_a_pipe(put):
    content = wav(SAMPLES).replace(b"data" + struct.pack("<I", len(SAMPLES)), b"data" + b"\xff" * 4)
    samples, _ = read_samples(io.BytesIO(content), "t.wav")
    np.testing.assert_array_equal(samples, np.frombuffer(SAMPLES, "<i2") / 2.0**15)


WHOLE = wav(SAMPLES)
NAN = np.array([0, np.nan], "<f4").tobytes()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected a WAV file; got one that begins with b''"),
        (b"ID3" + bytes(20), "expected a WAV file; got one that begins with b'ID3"),
        (WHOLE[:20], "expected 16 more bytes; got 0, it is cut off"),
        (WHOLE[:40], "expected 8 more bytes; got 4, it is cut off"),
        (WHOLE[:-1], "expected 800 more bytes; got 799, it is cut off"),
        (WHOLE.replace(b"fmt ", b"junk"), "expected a chunk 'fmt ' before the samples; got none"),
        (wav(SAMPLES, codec=85), r"got the codec 85 \(MP3\): convert it"),
        (wav(SAMPLES, codec=7, bits=8), r"got the codec 7 \(mu-law\)"),
        (wav(SAMPLES, codec=6, extensible=True), r"got the codec 6 \(A-law\)"),
        (wav(SAMPLES, codec=999), r"got the codec 999 \(unknown\)"),
        (wav(SAMPLES, bits=12), "expected samples of 8, 16, 24, 32 bits.* got 12 bits"),
        (wav(SAMPLES, codec=3, bits=16), "expected samples of 32, 64 bits.*; got 16 bits"),
        (wav(SAMPLES, channels=0), "got 16 bits, 0 channels"),
        (wav(SAMPLES, rate=0), "got 16 bits, 1 channels, rate 0"),
        (wav(SAMPLES, rate=2**32 - 1), "rate 4294967295"),
        (wav(SAMPLES[:6], channels=2), "expected 2 samples of 2 bytes at a time; got 6 bytes"),
        (wav(NAN, codec=3, bits=32), "expected finite numbers; got nan at place 1"),
    ],
)
def test_errors(put, content, words):
    path = put("t.wav", content)
    with pytest.raises(ValueError, match=words) as raised:
        list(read_rows(path))
    assert str(raised.value).startswith(f"{path}: ")
