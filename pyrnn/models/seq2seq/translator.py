"""One source at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pyrnn.autograd import no_grad
from pyrnn.models.seq2seq.chains import TranslatorChains, translations
from pyrnn.models.seq2seq.predictions import Translation
from pyrnn.models.sequence.inputs import TextInput
from pyrnn.models.sequence.inputs.truncation import truncated
from pyrnn.models.writing import Decoding
from pyrnn.models.writing.batches import WrittenBatch

if TYPE_CHECKING:
    from pyrnn.models.seq2seq.model import Seq2Seq


class Translator:
    """A translator that is ready for one source at a time: see `Seq2Seq.translator`.

    A call on a source gives what `predict` gives, a Translation, without what a batch takes.
    static: its static features, where the model was trained with such.
    Raises as `predict`.
    """

    def __init__(self, model: Seq2Seq, decoding: Decoding) -> None:
        self._model, self._decoding = model, decoding
        self._chains: TranslatorChains | None = None
        model.network  # noqa: B018  # it says what to do

    def __call__(self, source: Any, static: Any = None) -> Translation:
        model = self._model
        if static is not None:
            return model.predict([source], [static], decoding=self._decoding)[0]
        chains = self._chains
        if chains is None or not chains.fresh(model.network):
            self._chains = chains = model.chains(self._decoding)
        if chains is not None and chains.reader is not None:
            return self._by_chains(chains, source)
        model.check_no_static()
        return self._by_network(source)

    def _by_chains(self, chains: TranslatorChains, source: Any) -> Translation:
        assert chains.reader is not None
        assert chains.writer is not None
        read: Any = self._model.input
        vectorizer, targets = read.vectorizer, self._model.written
        ids = truncated(vectorizer.encode(TextInput.checked(source, "source")), read.config)
        states = chains.reader(ids[:, None], np.array([len(ids)]))
        found = chains.writer(states, self._decoding.max_length or targets.most)
        return translations(targets, found, [vectorizer.tokens(ids.tolist())])[0]

    def _by_network(self, source: Any) -> Translation:
        model = self._model
        (source,) = model.checked_inputs([source], "source")
        if model.network.training:
            model.network.eval()
        sequence = model.sequence(source)
        inputs = sequence.astype(np.int64) if sequence.ndim == 1 else sequence
        batch = WrittenBatch(
            inputs[:, None], np.array([len(inputs)]), None, np.zeros(1, np.int64), sources=[source]
        )
        with no_grad():
            return model.decode(batch, self._decoding)[0]

    def __repr__(self) -> str:
        return f"Translator({self._model!r})"
