"""Memory of reading: a small table, which is mostly what any process takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import reading_memory
from benchmarks.markdown import reading_memory as page
from benchmarks.signature import sign


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_a_small_table(capsys: pytest.CaptureFixture[str]) -> None:
    result = reading_memory.measure(30_000)
    assert [row["unit"] for row in result["rows"]] == ["words", "characters"]
    for row in result["rows"]:
        assert 30_000 <= row["characters"] < 40_000
        assert row["ready"] >= row["read"] > 0
        assert row["weights"] > 0
    reading_memory.show(result)
    assert "limit: 8 bytes a character" in capsys.readouterr().out


def test_as_markdown() -> None:
    each = {"read": 1.25, "ready": 2.5}
    row = {"unit": "words", "characters": 10**6, "texts": 900, "bytes_a_character": each}
    text = page({"limit": 8, "rows": [row], "signature": sign([1])})
    assert "| words | 900 | 1,000,000 | 1.25 | 2.50 |" in text
