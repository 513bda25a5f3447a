"""Seq2Seq: a sequence, of text or of numbers, to a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from pyrnn.data import Packed, Vectorizer
from pyrnn.data.layouts import Beside, Record, pairs, sources
from pyrnn.data.readers import is_frame
from pyrnn.decoding import Hypothesis
from pyrnn.files.parallel import Parallel
from pyrnn.models.examples import Examples
from pyrnn.models.family import settings_of
from pyrnn.models.seq2seq.chains import TranslatorChains, translations
from pyrnn.models.seq2seq.network import Seq2SeqNetwork
from pyrnn.models.seq2seq.predictions import Translation
from pyrnn.models.seq2seq.settings import Seq2SeqColumns, Seq2SeqConfig, Seq2SeqOptions
from pyrnn.models.seq2seq.translator import Translator
from pyrnn.models.sequence.initial_weights import InitialWeights, OfVectors
from pyrnn.models.sequence.inputs import TextInput, fitted, input_kind
from pyrnn.models.sequence.inputs.truncation import truncated
from pyrnn.models.sequence.model import SequenceModel
from pyrnn.models.sequence.options import LARGEST
from pyrnn.models.writing import Decoding, WritingModel
from pyrnn.models.writing.batches import WrittenBatch, WrittenBatches
from pyrnn.models.writing.steps import Steps
from pyrnn.models.writing.targets import Targets, is_of_words, raw_tokens, vectorizer_of

# Sequences of a batch that is translated without attention: at most so many, and of so many logits
ROWS, LOGITS = 1024, 1 << 23
AT_ONCE = 4096  # texts that are turned to ids


class Seq2Seq(WritingModel, SequenceModel):
    """A sequence, of text or of numbers, to a text.

    config, settings: see `Seq2SeqConfig`.

    Sources are texts, or frames: arrays (N, I) of I numbers a step, (N,) for one. Targets are
    texts. The vocabularies are those of the training data, and are saved with the model, which
    takes and gives plain texts.

    >>> from pyrnn.models import Seq2Seq
    >>> words = ["abc", "bca", "cab", "acb", "bac", "cba", "ab", "bc", "ca"] * 10
    >>> model = Seq2Seq(unit="characters", hidden_size=32)
    >>> model.fit(words, [word[::-1] for word in words], epochs=40, learning_rate=0.01).reason
    'epochs'
    >>> model.predict(["abc"])[0].text
    'cba'
    """

    family = "translate"
    title = "translator"
    reads = "sequence: a text"
    inputs, targets = "sources", "targets"
    Config = Seq2SeqConfig
    Options = Seq2SeqOptions
    Columns = Seq2SeqColumns
    parallel = True
    Chained = TranslatorChains
    Written = Translation

    from_files: ClassVar = (
        ("Two files, line by line", "--source train.de --target train.en", ""),
        ("A source, a tab and a target per line", "pairs.tsv", ""),
        (
            "A table with a header",
            "pairs.csv",
            "--source-column german --target-column english",
        ),
    )

    # what is learnt

    def learn_targets(self, train: Examples, held: Examples | None) -> None:
        """Their vocabulary, with that of the sources where the two share one."""
        texts, config = train.targets, self.config
        assert texts is not None
        if config.shared_vocabulary:
            if not isinstance(train.inputs[0], str):
                raise ValueError("shared_vocabulary: expected False with frames of numbers, which "
                                 "have none; got True")  # fmt: skip
            texts = [*train.inputs, *texts]
        unit = config.unit_of_targets
        vectorizer = vectorizer_of("targets", texts, config, unit, len(train))
        self._targets = Targets.fit(vectorizer, train.targets or ())

    def initial(self, train: Examples) -> InitialWeights:
        """See `SequenceModel.initial`; sources are read as they were written, signs and all."""
        config = self.config
        if input_kind(train.inputs, self.kinds) is not TextInput:
            return InitialWeights(fitted(train.inputs, config, self.kinds), config)
        assert self._targets is not None
        if config.shared_vocabulary:
            vectorizer = self._targets.vectorizer
        else:
            vectorizer = vectorizer_of("sources", train.inputs, config, config.unit, len(train))
        found = TextInput(vectorizer, config)
        return OfVectors(found, config) if config.vectors else InitialWeights(found, config)

    def parts(self) -> dict[str, Any]:
        """What was learnt of the sources and of the targets."""
        assert self._targets is not None
        targets = self._targets.to_json(self.config.shared_vocabulary)
        return {**super().parts(), "targets": targets}

    def take(self, parts: Mapping[str, Any]) -> None:
        """All of it out of a file."""
        super().take(parts)
        shared: Vectorizer | None = None
        if self.config.shared_vocabulary:
            if not isinstance(self._input, TextInput):
                raise ValueError("shared_vocabulary: expected False with frames; got True")
            shared = self._input.vectorizer
        self._targets = Targets.from_json(parts["targets"], shared)

    def beside(self, columns: Seq2SeqColumns) -> Beside:
        """The column of targets."""
        return Beside(constant=columns.names[1:])

    def target_from(self, record: Record, columns: Seq2SeqColumns) -> str:
        """A text."""
        name = columns.names[1]
        cell = record.constant[name]
        if not isinstance(cell, str):
            raise ValueError(
                f"{record.place}, column {name!r:.80}: expected a text; got "
                f"{type(cell).__name__} {cell!r:.80}"
            )
        return cell

    def records(
        self, file: Any, columns: Seq2SeqColumns, asked: Beside, *, lines: bool = False
    ) -> Iterable[Record]:
        """The pairs of a file or of two, see `layouts.pairs`; what a table has beside them."""
        if isinstance(file, Parallel):
            refuse_columns(file, columns)
        elif columns.in_table or is_frame(file):
            return super().records(file, columns.table(), asked, lines=lines)
        if lines:
            return (Record(place, source, {}) for source, place in sources(file, columns))
        return (
            Record(one.places[0], one.source, {columns.names[1]: one.target})
            for one in pairs(file, columns)
        )

    # training

    def build(self, rng: np.random.Generator) -> Seq2SeqNetwork:  # type: ignore[override]
        """Encoder and decoder."""
        assert self._targets is not None
        start = self._targets.vectorizer.start_id
        assert start is not None
        return Seq2SeqNetwork(self.config, self.steps, self.outputs, start, rng)

    def batches(self, data: Examples, options: Any, *, train: bool, **how: Any) -> WrittenBatches:
        """The pairs in batches by length."""
        batches: WrittenBatches = super().batches(data, options, train=train, **how)
        if not train and data.targets is None and self.config.attention == "none":
            batches.rows = max(LARGEST, min(ROWS, LOGITS // self.outputs))
        return batches

    def sequences(self, inputs: Sequence[Any]) -> Packed:
        """See `Supervised`; a list of texts at once, which takes a tenth of the time."""
        if not (
            isinstance(inputs, list)
            and isinstance(self.input, TextInput)
            and self.config.max_length is None
        ):
            return super().sequences(inputs)
        read, ends, ids = self.input, [np.zeros(1, np.int64)], []
        for first in range(0, len(inputs), AT_ONCE):
            some, lengths = read.vectorizer.encode_all(inputs[first : first + AT_ONCE])
            ids.append(some.astype(read.dtype))
            ends.append(ends[-1][-1] + lengths.cumsum())
        return Packed(np.concatenate(ids), np.concatenate(ends))

    # use

    def translator(self, decoding: Any = None, **settings: Any) -> Translator:
        """What translates one source at a time: translator(source) is predict([source])[0], sooner.

        decoding, settings: see `Decoding`.

        Without attention, and for texts that are read in one direction, it takes 0.1 ms for a word
        (`python benchmarks/run.py phonemes`). It goes by the weights as they are at each call.
        """
        return Translator(self, settings_of("decoding", Decoding, decoding, settings))

    def texts(self, found: Any, batch: WrittenBatch) -> list[Translation]:
        """What a chain has written for each of B sources."""
        sources: list[tuple[str, ...] | None] = [None] * batch.sequences
        if isinstance(self.input, TextInput):
            tokens = self.input.vectorizer.tokens
            rows = zip(batch.inputs.T.tolist(), batch.lengths.tolist(), strict=True)
            sources = [tokens(ids[:count]) for ids, count in rows]
        return translations(self.written, found, sources)

    def may_copy(self, batch: WrittenBatch) -> list[list[str] | None]:
        """The tokens of each source, where unknown ones can be told from others."""
        assert batch.sources is not None
        return [self._raw(source) for source in batch.sources]

    def _raw(self, source: Any) -> list[str] | None:
        if not self.config.attends or not self.written.of_words:
            return None
        if not isinstance(self.input, TextInput) or not is_of_words(self.input.vectorizer):
            return None
        vectorizer: Any = self.input.vectorizer
        tokens: Any = raw_tokens(vectorizer, source)
        return list(truncated(tokens, self.config))

    def best_of(
        self,
        found: Sequence[Hypothesis],
        steps: Steps,
        raw: list[str] | None,
        batch: WrittenBatch,
        row: int,
    ) -> Translation:
        """See `WritingModel.best_of`."""
        assert batch.sources is not None
        best = super().best_of(found, steps, raw, batch, row)
        return replace(best, source=self._tokens_of(batch.sources[row])) if found else best

    def text_of(
        self,
        found: Hypothesis,
        steps: Steps,
        raw: list[str] | None,
        batch: WrittenBatch,
        row: int,
    ) -> Translation:
        """A text, with what the attention looked at in place of unknown tokens."""
        targets, copied = self.written, {}
        weights = steps.attention(found)
        weights = None if weights is None else weights[:, : int(batch.lengths[row])]
        if raw and weights is not None:
            for k, number in enumerate(found.ids):
                if number == targets.vectorizer.unknown_id:
                    copied[k] = raw[int(weights[k].argmax())]
        return Translation(
            targets.text(found.ids, copied),
            found.score,
            targets.tokens(found.ids, copied),
            found.finished,
            attention=weights,
        )

    def _tokens_of(self, source: Any) -> tuple[str, ...] | None:
        """What was read of a source; None for frames."""
        if not isinstance(self.input, TextInput):
            return None
        vectorizer = self.input.vectorizer
        return vectorizer.tokens(self.input.sequence(source).tolist())

    def in_short(self) -> str:
        """Sources, targets, encoder and decoder."""
        what = f"{self.input.in_short()} -> {self.outputs_in_short()}"
        network = self.network
        return f"{what}, {network.encoder.in_short()}, {network.decoder.in_short()}"


def refuse_columns(files: Parallel, columns: Seq2SeqColumns) -> None:
    """Raise ValueError for columns that two files of lines do not have."""
    for name in ("text", "series", "features", "frames", "id", "static", "split_by"):
        given = getattr(columns, name)
        if given is not None:
            raise ValueError(
                f"{name}: expected None with two files, {files.name}, whose lines are sources and "
                f"targets; got {given!r:.80}"
            )
