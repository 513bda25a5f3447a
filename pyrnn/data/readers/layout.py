"""Which files of a folder or an archive are examples, and of what class."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from pyrnn.data.readers.fasta import FASTA
from pyrnn.data.readers.row import shown

PARTS = {
    **{"train": "train", "training": "train", "test": "test"},
    **dict.fromkeys(("valid", "val", "validation", "dev"), "valid"),
}
EXAMPLES = (".txt", ".wav", *FASTA)
ABOUT = {"readme", "license", "licence", "_about"}  # files about the others
UNLABELLED = "unsup"  # aclImdb's folder of reviews without a class
LAYOUTS = (
    "a folder of .txt, .wav or .fasta files for each class (pos/1.txt, neg/1.txt), perhaps within "
    "train and test; a file for each class (English.txt, French.txt), an example a line; or one "
    "file of rows"
)


class Layout(NamedTuple):
    """What is read of a tree.

    labels: of each file that is read, by its name; the empty text for the only one.
    by_class: whether each file is one example, its folder the class.
    """

    labels: dict[str, str]
    by_class: bool

    @property
    def only(self) -> str | None:
        """The one file of rows, where the tree is no more."""
        return next((name for name, label in self.labels.items() if not label), None)


def parts_in(names: Iterable[str]) -> dict[str, str]:
    """The folders of a tree with parts: {"train": "aclImdb/train/", "test": "aclImdb/test/"}.

    Empty unless one for training stands beside another. The uppermost ones count.
    """
    found: dict[str, dict[str, str]] = {}
    for name in names:
        folders = name.split("/")[:-1]
        for depth, folder in enumerate(folders):
            if (part := PARTS.get(folder.casefold())) is not None:
                before = "".join(f"{above}/" for above in folders[:depth])
                found.setdefault(before, {}).setdefault(part, f"{before}{folder}/")
                break
    whole = [parts for parts in found.values() if "train" in parts and len(parts) > 1]
    return whole[0] if len(whole) == 1 else {}


def layout_of(
    names: Sequence[str],
    part: str | None,
    place: str,
    is_table: Callable[[str], bool],
    *,
    folder: bool = False,
) -> Layout:
    """What of these files is read.

    part: which one, where there are parts; None: train. place: of the tree, in error messages.
    is_table: whether a file is one of rows, by its name. folder: whether labels are asked of a
        folder, in which a single folder is a class; an archive may have all its files in one.
    Raises ValueError for files that are neither of LAYOUTS, for a part that is not there, and for a
    class without files.
    """
    parts, within = parts_in(names), ""
    if parts:
        if (part or "train") not in parts:
            raise ValueError(f"{place}: expected a folder {part!r} in it; got {', '.join(parts)}")
        within = parts[part or "train"]
    files = [name for name in names if name.startswith(within)]
    examples = [name for name in files if name.lower().endswith(EXAMPLES)]
    inside = [name for name in examples if "/" in name[len(within) :]]
    classes = _classes(inside, within, place)
    if classes is not None:
        _check_classes(classes, files, place)
        return classes
    if folder and inside and len(inside) == len(examples):
        got = shown(inside[0][len(within) :].split("/")[0])
        raise ValueError(f"{place}: expected {LAYOUTS}; got one class, {got}")
    return _flat([name for name in files if _is_rows(name, is_table)], place)


def _check_classes(layout: Layout, files: Sequence[str], place: str) -> None:
    """Raise ValueError for a folder beside those of the classes that has no file to read; warn of
    files within classes that are passed over."""
    depth = next(iter(layout.labels)).count("/")
    beside = [name for name in files if name.count("/") == depth and name not in layout.labels]
    beside = [name for name in beside if not is_about(name) and UNLABELLED not in name.split("/")]
    known = set(layout.labels.values())
    empty = dict.fromkeys(c for name in beside if (c := name.split("/")[-2]) not in known)
    if empty:
        raise ValueError(
            f"{place}: expected {', '.join(EXAMPLES)} files in each class; got none in "
            f"{shown(*list(empty)[:5])}"
        )
    if beside:
        warnings.warn(
            f"{place}: passed over {len(beside)} files that are none of {', '.join(EXAMPLES)}, "
            f"such as {shown(beside[0])}",
            stacklevel=2,
        )


def _is_rows(name: str, is_table: Callable[[str], bool]) -> bool:
    return is_table(name) and not is_about(name)


def is_about(name: str) -> bool:
    """Whether a file is one about the others, by its name."""
    return PurePosixPath(name).stem.casefold() in ABOUT


def _classes(examples: list[str], within: str, place: str) -> Layout | None:
    """A folder for each class; None where there are not two of them."""
    paths = {name: PurePosixPath(name[len(within) :]).parts for name in examples}
    paths = {name: path for name, path in paths.items() if UNLABELLED not in path[:-1]}
    root = _common([path[:-2] for path in paths.values()])
    labels = {name: path[root] for name, path in paths.items() if len(path) == root + 2}
    if len(set(labels.values())) < 2 and not within:
        return None
    deep = next((name for name, path in paths.items() if len(path) > root + 2), None)
    if deep is not None:
        raise ValueError(
            f"{place}: expected {LAYOUTS}; got files deeper in folders, such as {shown(deep)}"
        )
    _one_kind(labels, place)
    return Layout(labels, by_class=True) if labels else None


def _flat(names: list[str], place: str) -> Layout:
    """A file for each class, or the only one."""
    if len(names) == 1:
        return Layout({names[0]: ""}, by_class=False)
    folders = {name.rpartition("/")[0] for name in names}
    stems = {name: PurePosixPath(name).stem for name in names}
    given = [name for name in names if not name.lower().endswith(EXAMPLES)]
    given = given or _parts_as_files(stems)
    if given:
        raise ValueError(
            f"{place}: expected {LAYOUTS}; got {shown(*names[:5])}: name the one that is meant"
        )
    if not names or len(folders) > 1:
        got = f"files such as {shown(*names[:3])}" if names else "nothing of the kind"
        raise ValueError(f"{place}: expected {LAYOUTS}; got {got}")
    _one_kind(names, place)
    return Layout(stems, by_class=False)


def _parts_as_files(stems: dict[str, str]) -> list[str]:
    """Files such as train.txt and ptb.test.txt, which are no classes."""
    parts = {
        name: next((PARTS[w] for w in re.split(r"[^a-z]+", stem.casefold()) if w in PARTS), "")
        for name, stem in stems.items()
    }
    some = set(parts.values()) - {""}
    return [name for name, part in parts.items() if part] if len(some) > 1 else []


def _one_kind(names: Iterable[str], place: str) -> None:
    kinds: dict[str, str] = {}
    for name in names:
        kinds.setdefault(PurePosixPath(name).suffix.lower(), name)
    if len(kinds) > 1:
        raise ValueError(f"{place}: expected text or sound; got a mix: {shown(*kinds.values())}")


def _common(paths: list[tuple[str, ...]]) -> int:
    """How many folders all of these have in common at the beginning."""
    depth = 0
    while paths and all(len(path) > depth and path[depth] == paths[0][depth] for path in paths):
        depth += 1
    return depth
