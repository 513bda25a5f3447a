"""What families share whose `examples` reads files and tables in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyrnn.data.layouts.names import with_names
from pyrnn.data.readers import is_frame
from pyrnn.files.content import Content
from pyrnn.files.parallel import Parallel
from pyrnn.models.examples import Examples
from pyrnn.models.supervised import Supervised


class Tabular(Supervised):
    """A model whose `read_file` and `read_inputs` give `Examples`, of a table in memory, too."""

    def settled_columns(self, file: Any, columns: Any) -> Any:
        """Names in place of ranges: see `with_names`."""
        return with_names(columns, file)

    def examples(
        self,
        source: Any,
        *,
        labelled: bool = True,
        encoding: str | None = None,
        part: str | None = None,
        **columns: Any,
    ) -> Examples:
        """Inputs with their targets out of a file, or a table in memory.

        source: a path, a folder, or a table of pandas, polars or pyarrow, or a dict of columns;
            where the family's data may be `parallel` also two paths, of sources and of targets.
        labelled: default True; False: of data to predict from, whose targets are not there.
        encoding: of a file's text; default UTF-8, or what a byte-order mark says.
        part: "train", "valid" or "test": of a folder or an archive with such parts the one that is
            meant; default None, train.
        columns: see the class's Columns: those that differ from the model's. A model that is not
            built yet keeps them, so that it can read other tables of the kind.
        Raises OSError as the system does, TypeError for another source, and ValueError, naming the
        place, for what is not as the columns say.
        """
        chosen = type(self.columns).of(self.columns, **columns)
        if self.parallel and isinstance(source, tuple) and len(source) == 2:
            source = Parallel(*(Content.of(each, encoding or "utf-8", part) for each in source))
        elif isinstance(source, str | Path):
            source = Content.of(source, encoding or "utf-8", part)
        elif encoding is not None or part is not None:
            raise TypeError("encoding, part: expected a path beside them; got a table")
        elif not isinstance(source, Content | Parallel) and not is_frame(source):
            raise TypeError(
                "source: expected a path, or a table with named columns; got "
                f"{type(source).__name__} {source!r:.80}"
            )
        found: Any = (
            self.read_file(source, chosen)[0] if labelled else self.read_inputs(source, chosen)
        )
        if self._network is None:
            self.columns = self.settled_columns(source, chosen)
        every: Examples = found
        return every
