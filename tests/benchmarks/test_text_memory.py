"""Memory of a language model's text: a small one, which is mostly what any process takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import text_memory
from benchmarks.markdown import text_memory as page
from benchmarks.signature import sign


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_a_small_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(text_memory, "UNITS", ("bytes",))
    result = text_memory.measure(30_000, 30_000)
    assert [row["origin"] for row in result["rows"]] == ["file", "files", "string"]
    for row in (*result["rows"], result["large"]):
        assert 30_000 <= row["characters"] < 60_000
        assert row["trained"] >= row["ready"]  # which may be 0, where the process had room left
    assert result["large"]["allowed"] == text_memory.ALLOWED
    text_memory.show(result)
    assert "limit: 8 bytes a character" in capsys.readouterr().out


def test_as_markdown() -> None:
    row = {"unit": "words", "origin": "file", "characters": 10**6,
           "bytes_a_character": {"ready": 1.25, "trained": 2.5}}  # fmt: skip
    large = {"characters": 2 * 10**9, "seconds": 61.4, "allowed": 400 << 20}
    text = page({"rows": [row], "large": large, "signature": sign([1])})
    assert "| words | file | 1,000,000 | 1.25 | 2.50 |" in text
    assert "2,000,000,000 characters was read, and trained on some steps," in text
    assert "may take 400 MiB" in text
