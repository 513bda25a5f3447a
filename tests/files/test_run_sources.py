"""run.json: there and back, of this version and an earlier one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyrnn.files.content import Content
from pyrnn.files.parallel import Parallel
from pyrnn.files.run_sources import RUN, ParallelSource, RunSources, SeveralSources, Source
from pyrnn.files.several import Several

A, B = Source("/there/a.txt", "a" * 64), Source(None, "b" * 64)
SOURCES = [
    RunSources(A),
    RunSources(A, 0.1),
    RunSources(B, A, B, {"text": "review"}, "latin-1"),
    RunSources(A, split=(0.8, 0.1, 0.0)),
    RunSources(ParallelSource(A, B), ParallelSource(B, A), ParallelSource(A, A)),
    RunSources(ParallelSource(A, B), 0.2, A),
    RunSources(SeveralSources([A, B]), 0.1),
    RunSources(SeveralSources([A]), SeveralSources([B, A])),
    RunSources(Source("/half\udcff", "c" * 64)),  # a path that is no text
]


def version_of(sources: RunSources) -> int:
    """The one that can say it; earlier releases read 2."""
    return {ParallelSource: 3, SeveralSources: 4}.get(type(sources.data), 2)


@pytest.mark.parametrize("sources", SOURCES)
def test_there_and_back(sources: RunSources, tmp_path: Path) -> None:
    sources.write(tmp_path)
    assert RunSources.read(tmp_path) == sources
    assert json.loads((tmp_path / RUN).read_text("ascii"))["version"] == version_of(sources)


@pytest.mark.parametrize(
    ("texts", "split", "reported", "expected"),
    [
        ({"text": A}, [0.9, 0.05, 0.05], True, RunSources(A, split=(0.9, 0.05, 0.05))),
        ({"text": A}, [0.9, 0.05, 0.05], False, RunSources(A, split=(0.9, 0.05, 0.0))),
        ({"text": A, "valid": B, "test": A}, [0.9, 0.05, 0.05], True, RunSources(A, B, A)),
        ({"text": A, "valid": B, "test": A}, [0.9, 0.05, 0.05], False, RunSources(A, B)),
    ],
)
def test_version_1(texts, split, reported: bool, expected: RunSources, tmp_path: Path) -> None:
    entries = {name: source._asdict() for name, source in texts.items()}
    content = {"format": "pyrnn run", "version": 1, "texts": entries, "split": split,
               "report_test": reported}  # fmt: skip
    (tmp_path / RUN).write_text(json.dumps(content), encoding="ascii")
    assert RunSources.read(tmp_path) == expected


def test_where_a_file_is_now(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    content = Content.of(path)
    found = RunSources(B, 0.1).at({"data": content})
    assert found.data == Source(str(path), content.sha256)
    assert found.valid == 0.1
    both = RunSources(B).at({"data": Parallel(content, content)})
    assert both.data == ParallelSource(found.data, found.data)
    several = RunSources(B).at({"data": Several([content, content])})
    assert several.data == SeveralSources([found.data, found.data])


def test_a_later_version_is_named(tmp_path: Path) -> None:
    (tmp_path / RUN).write_text('{"format": "pyrnn run", "version": 5}', encoding="ascii")
    with pytest.raises(ValueError, match="later than 4"):
        RunSources.read(tmp_path)
