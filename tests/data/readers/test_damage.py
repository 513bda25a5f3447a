"""Every format, packed in every way, damaged: rows or a ValueError that names the file."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.readers import READERS, read_rows
from pyrnn.files.content import Content

from .samples import ARCHIVES, FILES, PACKINGS, TREES, archived

WHOLE = {
    **FILES,
    **{f"{name}{end}": pack(content) for end, pack in PACKINGS.items()
       for name, content in FILES.items() if name in ("t.csv", "t.npz", "t.wav", "t-idx3-ubyte")},
    **{f"{tree}{end}": archived(files, end) for end in ARCHIVES for tree, files in TREES.items()},
}  # fmt: skip
# Those that do not say where they end
OPEN = (
    ".csv",
    ".tsv",
    ".tab",
    ".json",
    ".jsonl",
    ".ndjson",
    ".txt",
    ".conll",
    ".conllu",
    ".fasta",
    ".fa",
    ".fna",
    ".faa",
    ".fas",
)


def refusal(source):
    """What the error says, "" where there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of what was skipped
            list(read_rows(source))
    except ValueError as error:
        return str(error)
    return ""


def test_every_format_is_here():
    assert all(any(name.endswith(end) for name in FILES) for end in READERS)


@pytest.mark.parametrize("name", WHOLE)
def test_whole(put, name):
    rows = list(read_rows(put(name, WHOLE[name])))
    assert len(rows) >= 1
    assert [row.values for row in list(read_rows(Content(name, WHOLE[name])))[:1]]


@pytest.mark.parametrize("name", [name for name in WHOLE if not name.endswith(OPEN)])
def test_cut_off_in_the_middle(name):
    content = WHOLE[name]
    if name.endswith(".tar"):
        content = content.rstrip(b"\0")  # which fill it up
    for size in (0, 1, len(content) // 3, len(content) // 2, len(content) - 1):
        with pytest.raises(ValueError, match=f"^{name}"):
            list(read_rows(Content(name, content[:size])))


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(OPEN)])
def test_text_cut_off_or_empty(name):
    content = FILES[name]
    for size in range(len(content)):
        words = refusal(Content(name, content[:size]))
        assert words == "" or words.startswith(f"{name}: ")


KINDS = ["set", "cut", "lose", "add"]
CHANGES = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2000), st.binary(max_size=6)),
    min_size=1, max_size=4,
)  # fmt: skip


def changed(content, changes):
    for kind, place, more in changes:
        place %= len(content) + 1
        match kind:
            case "set":
                content = content[:place] + more + content[place + len(more) :]
            case "cut":
                content = content[:place]
            case "lose":
                content = content[:place] + content[place + len(more) :]
            case "add":
                content = content[:place] + more + content[place:]
    return content


@given(name=st.sampled_from(sorted(WHOLE)), changes=CHANGES)
def test_damaged(name, changes):
    content = Content(name, changed(WHOLE[name], changes))
    words = refusal(content)
    assert words == "" or words.startswith(name)
    assert len(words) < 2000


@given(tree=st.sampled_from(sorted(TREES)), changes=CHANGES, which=st.integers(0, 5))
def test_a_damaged_file_in_a_folder(tree, changes, which):
    files = dict(TREES[tree])
    broken = sorted(files)[which % len(files)]
    files[broken] = changed(files[broken], changes)
    with tempfile.TemporaryDirectory() as place:
        for name, content in files.items():
            path = Path(place, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        words = refusal(place)
        assert words == "" or words.startswith(f"{place}: {broken}: ")
