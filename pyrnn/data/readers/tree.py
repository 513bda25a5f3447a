"""Folders and archives of files as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import partial

from pyrnn.data.readers.archives import Tree, tree_of
from pyrnn.data.readers.columns import chosen
from pyrnn.data.readers.fasta import FASTA
from pyrnn.data.readers.layout import layout_of, parts_in
from pyrnn.data.readers.packing import damage
from pyrnn.data.readers.readers import known_end, reader_for
from pyrnn.data.readers.row import Row, shown
from pyrnn.data.readers.source import Input, member_of, text_of
from pyrnn.data.readers.wav import read_wav
from pyrnn.files.content import Content


def parts_of(content: Content) -> tuple[str, ...]:
    """Which of "train", "valid" and "test" a folder or an archive has; none for other files.

    Raises OSError as the system does, ValueError for a damaged archive.
    """
    tree = tree_of(content)
    return () if tree is None else tuple(parts_in(tree.names()))


def read_tree(
    tree: Tree,
    columns: Sequence[str] | None = None,
    *,
    encoding: str | None = None,
    each_file: bool = False,
) -> Iterator[Row]:
    """The rows of a folder or an archive, in the order that `Tree.names` has.

    A folder a class, pos/1.txt: a row a file, {"text": all of it, "label": the folder's name,
        "file": the file's name within the tree}; "frames" in place of "text" for .wav.
    A file a class, English.txt: a row a line that is not empty, {"text", "label": the file's name
        without .txt, "file"}; of .wav files a row each.
    FASTA files are either; their rows are their records.
    One file of rows: those of its own reader.
    Where a folder train stands beside one called test, valid, val or dev, one of them is read:
    train, or the one that `Content.part` names. Passed over: hidden files, folders called unsup,
    README and LICENSE, and whatever stands beside the folders of classes.

    columns: the names wanted; default None, all. encoding: of texts; default None, the content's.
    each_file: whether a .txt file in a folder that has no classes is one text, as in those that
        have; default no: an example a line.
    Raises OSError as the system does, ValueError, naming archive and file, for damaged archives,
    for what is laid out in none of these ways, for a mix of text and sound, and as the readers do.
    """
    content = tree.content
    each_file = each_file and content.is_folder
    layout = layout_of(
        tree.names(),
        content.part,
        tree.name,
        lambda name: bool(known_end(name)),
        folder=content.is_folder and not each_file,
    )
    if layout.only is not None and not (each_file and layout.only.lower().endswith(".txt")):
        source = member_of(tree, layout.only)
        for row in reader_for(source)(source, columns, encoding=encoding):
            yield row._replace(file=layout.only)
        return
    with damage(tree.name):
        for file, stream in tree.each(layout.labels):
            name = f"{tree.name}: {shown(file)}"
            inside = Input(name, file.lower(), partial(nullcontext, stream), content.encoding)
            for row in _rows(inside, layout.by_class or each_file, encoding):
                values = {**row.values, "label": layout.labels[file], "file": file}
                yield row._replace(values=chosen(values, columns, name), file=file)


def _rows(source: Input, whole: bool, encoding: str | None) -> Iterator[Row]:
    if source.file.endswith(".wav"):
        yield from read_wav(source, ["frames"])
    elif whole and not source.file.endswith(FASTA):
        yield Row(1, {"text": "".join(text_of(source, encoding))})
    else:
        for row in reader_for(source)(source, encoding=encoding):
            if row.values["text"]:
                yield row
