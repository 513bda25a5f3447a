"""A corpus as ids: in as few bytes as they need, in memory or, where they are many, in a file."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np

from pyrnn.data.corpus import Corpus
from pyrnn.data.packed import LIMIT
from pyrnn.data.spool import Spool
from pyrnn.data.streams import EvaluationStreams, TrainingStreams
from pyrnn.data.tokenizer import Tokenizer
from pyrnn.data.vocabulary import UnknownTokenError


class EncodedText:
    """The ids of a corpus.

    ids: (N,), read-only, uint8, uint16 or uint32, by the size of the vocabulary.
    resets: int64 (D - 1,): of the D documents the place of the newline that ends each but the last,
        from which the next one begins; empty for one text.
    """

    def __init__(self, ids: np.ndarray, resets: np.ndarray) -> None:
        self.ids, self.resets = ids, resets

    @classmethod
    def of(
        cls,
        corpus: Corpus,
        tokenizer: Tokenizer,
        *,
        limit: int = LIMIT,
        folder: str | Path | None = None,
    ) -> EncodedText:
        """The ids of a corpus, which is read once, piece by piece.

        limit: bytes of ids that may lie in memory, default 256 MiB; folder: where the file of more
            is; see `Packed.gather`.
        Raises UnknownTokenError for what is not in the vocabulary, naming file and place.
        """
        kind = np.min_scalar_type(tokenizer.size - 1)
        count, ends = 0, []
        with closing(Spool(limit, folder)) as spool:
            for document in corpus.documents():
                before = count
                try:
                    for ids in tokenizer.encoded(document.pieces):
                        spool.write(ids.astype(kind))
                        count += len(ids)
                except UnknownTokenError as error:
                    place = f", from its character {document.begins} on" if document.begins else ""
                    named = f"{document.name}{place}: " if document.name else ""
                    raise UnknownTokenError(f"{named}{error}") from error
                if corpus.several and count > before:
                    ends.append(count - 1)
            ids = np.frombuffer(spool.content(), kind) if count else np.zeros(0, kind)
        ids.flags.writeable = False
        return cls(ids, np.array(ends[:-1], np.int64))

    def training(self, batch_size: int, steps: int, shift: int | None) -> TrainingStreams:
        """To train on."""
        return TrainingStreams(self.ids, batch_size, steps, shift=shift, resets=self.resets)

    def evaluation(self, batch_size: int, steps: int) -> EvaluationStreams:
        """To measure."""
        return EvaluationStreams(self.ids, batch_size, steps, resets=self.resets)
