"""Seq2Seq: a sequence, of text or of numbers, to a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from pyrnn.autograd import no_grad
from pyrnn.data import Packed, Vectorizer
from pyrnn.data.layouts import Beside, Record, pairs, sources
from pyrnn.data.readers import is_frame
from pyrnn.decoding import Hypothesis, ends_at
from pyrnn.files.parallel import Parallel
from pyrnn.files.strict_json import shortened
from pyrnn.models.evaluation import check_inputs
from pyrnn.models.examples import Examples, packed
from pyrnn.models.family import settings_of
from pyrnn.models.report import Mistake, Report
from pyrnn.models.seq2seq.batches import PairBatch, PairBatches
from pyrnn.models.seq2seq.chains import Chains, translations
from pyrnn.models.seq2seq.network import Seq2SeqNetwork
from pyrnn.models.seq2seq.predictions import Translation
from pyrnn.models.seq2seq.score import WRITTEN, Score, measured_on_texts
from pyrnn.models.seq2seq.settings import Decoding as Search
from pyrnn.models.seq2seq.settings import Seq2SeqColumns, Seq2SeqConfig, Seq2SeqOptions
from pyrnn.models.seq2seq.targets import Targets, is_of_words, raw_tokens, vectorizer_of
from pyrnn.models.seq2seq.translation import Steps, written_by
from pyrnn.models.seq2seq.translator import Translator
from pyrnn.models.sequence.initial_weights import InitialWeights, OfVectors
from pyrnn.models.sequence.inputs import TextInput, fitted, input_kind
from pyrnn.models.sequence.inputs.truncation import truncated
from pyrnn.models.sequence.model import SequenceModel
from pyrnn.models.sequence.options import LARGEST
from pyrnn.training import Loss

# Sequences of a batch that is translated without attention: at most so many, and of so many logits
ROWS, LOGITS = 1024, 1 << 23
AT_ONCE = 4096  # texts that are turned to ids


class Seq2Seq(SequenceModel):
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
    Decoding = Search
    Batches = PairBatches
    parallel = True
    monitors: ClassVar = {
        "loss": "min",
        "perplexity": "min",
        "bleu": "max",
        "chrf": "max",
        "exact_match": "max",
    }

    from_files: ClassVar = (
        ("Two files, line by line", "--source train.de --target train.en", ""),
        ("A source, a tab and a target per line", "pairs.tsv", ""),
        (
            "A table with a header",
            "pairs.csv",
            "--source-column german --target-column english",
        ),
    )

    def __init__(self, config: Seq2SeqConfig | None = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._targets: Targets | None = None
        self._chains: Chains | None = None
        self._translates = False  # whether a validation does

    # targets

    @property
    def written(self) -> Targets:
        """What is written. Raises ValueError before the model is built."""
        self.network  # noqa: B018  # it says what to do
        assert self._targets is not None
        return self._targets

    @property
    def outputs(self) -> int:
        """V of the targets."""
        assert self._targets is not None
        return self._targets.vectorizer.size

    def check_target(self, value: Any, name: str) -> None:
        """A text."""
        if not isinstance(value, str):
            words = " ".join(shortened(value).split())
            raise TypeError(f"{name}: expected a text; got {type(value).__name__} {words}")

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

    def encoded(self, targets: Sequence[str]) -> Any:
        """ids with the end behind each, (N_k + 1,)."""
        return packed(map(self.written.encode, targets))

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

    def batches(  # type: ignore[override]
        self, data: Examples, options: Seq2SeqOptions, *, train: bool
    ) -> PairBatches:
        """The pairs in batches by length."""
        batches: Any = super().batches(data, options, train=train)
        if not train:
            batches.given = data.inputs
            if data.targets is None and self.config.attention == "none":
                batches.rows = max(LARGEST, min(ROWS, LOGITS // self.outputs))
            return batches
        batches.smoothing = options.label_smoothing
        if options.teacher_forcing < 1:
            batches.share = options.forced
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

    def loss(self, batch: Any, state: Any = None) -> Loss:
        """-ln p of the target tokens, their ends counted."""
        value = self.network.cross_entropy(batch)
        return Loss(value, int(batch.target_lengths.sum()), None, value)

    def suited(self, options: Any, data: Examples, held: Examples | None) -> Any:
        """See `SequenceModel.suited`. A validation translates where it is to choose by that."""
        self._translates = options.monitor in WRITTEN
        return super().suited(options, data, held)

    def monitored(self) -> Any:
        """Those that can be computed: BLEU and chrF need sacrebleu."""
        known = {"loss", "perplexity", *measured_on_texts()}
        return {name: better for name, better in self.monitors.items() if name in known}

    def metrics(self, data: Examples) -> Score:
        """Loss and perplexity, and where a validation translates how good that is."""
        return Score(data.targets or (), self._translates)

    def measure(self, metric: Score, batch: Any, found: Loss) -> None:
        """The loss of a batch, and its translations where they are asked for."""
        metric.update(batch, (found, self._said(batch) if metric.texts is not None else None))

    def _said(self, batch: Any, decoding: Search | None = None) -> list[Translation]:
        with no_grad():
            return self.decode(batch, decoding)

    # use

    def predict(
        self, inputs: Sequence[Any], static: Any = None, decoding: Any = None, **settings: Any
    ) -> list[Translation]:
        """A translation of each input, in their order.

        static: see `SequenceModel.predict`. decoding, settings: see `Decoding`.
        """
        decoding = settings_of("decoding", Search, decoding, settings)
        check_inputs(inputs)
        every = inputs if static is None else Examples(inputs, static=static)
        return self.predicted(every, partial(self.decode, decoding=decoding))

    def decode(self, batch: Any, decoding: Search | None = None) -> list[Translation]:
        """The translation of each sequence."""
        decoding = decoding or Search()
        network, vectorizer = self.network, self.written.vectorizer
        end, unknown = vectorizer.end_id, vectorizer.unknown_id
        assert end is not None
        most = decoding.max_length or self.written.most
        chains = self.chains(decoding)
        if chains is not None:
            assert chains.writer is not None
            going = chains.writer(chains.states(network, batch), most)
            return translations(self.written, going, self._sources(batch))
        known = network.encoded(batch.inputs, batch.lengths, batch.static, batch.numbers)
        raw = [self._raw(source) for source in batch.sources]
        steps = Steps(network, known, np.array([not tokens for tokens in raw]), unknown)
        never = [vectorizer.padding_id, network.start_id]
        following = ends_at([end], vectorizer.size, never=never)
        found = written_by(steps, following, decoding, most)
        return [
            self._translation(each, steps, raw[b], int(batch.lengths[b]), batch.sources[b])
            for b, each in enumerate(found)
        ]

    def translator(self, decoding: Any = None, **settings: Any) -> Translator:
        """What translates one source at a time: translator(source) is predict([source])[0], sooner.

        decoding, settings: see `Decoding`.

        Without attention, and for texts that are read in one direction, it takes 0.1 ms for a word
        (`python benchmarks/run.py phonemes`). It goes by the weights as they are at each call.
        """
        return Translator(self, settings_of("decoding", Search, decoding, settings))

    def chains(self, decoding: Search) -> Chains | None:
        """The layers as chains, where the likeliest tokens are written and no step of the decoder
        needs more than the one before it; else None."""
        if decoding.beam > 1 or decoding.sample or self.config.attention != "none":
            return None
        chains = self._chains
        if chains is None or not chains.of(self.network):
            self._chains = chains = Chains(self.network, self.written.vectorizer)
        return chains

    def _sources(self, batch: PairBatch) -> list[tuple[str, ...] | None]:
        """The tokens of each source, or None of frames."""
        if not isinstance(self.input, TextInput):
            return [None] * batch.sequences
        tokens = self.input.vectorizer.tokens
        rows = zip(batch.inputs.T.tolist(), batch.lengths.tolist(), strict=True)
        return [tokens(ids[:count]) for ids, count in rows]

    def _raw(self, source: Any) -> list[str] | None:
        """The tokens of a source that may be copied; None where nothing can be."""
        if not self.config.attends or not self.written.of_words:
            return None
        if not isinstance(self.input, TextInput) or not is_of_words(self.input.vectorizer):
            return None
        vectorizer: Any = self.input.vectorizer
        tokens: Any = raw_tokens(vectorizer, source)
        return list(truncated(tokens, self.config))

    def _translation(
        self,
        found: Sequence[Hypothesis],
        steps: Steps,
        raw: list[str] | None,
        length: int,
        source: Any,
    ) -> Translation:
        """Of what was found for a source, best first; length: its steps."""
        if not found:  # nothing may be written
            return self.blank()
        every = [self._of(each, steps, raw, length) for each in found]
        tokens = self._tokens_of(source)
        return replace(every[0], alternatives=tuple(every[1:]), source=tokens)

    def _of(
        self, found: Hypothesis, steps: Steps, raw: list[str] | None, length: int
    ) -> Translation:
        targets, copied = self.written, {}
        weights = steps.attention(found)
        weights = None if weights is None else weights[:, :length]
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

    def blank(self) -> Translation:
        """An empty text."""
        return Translation("", 0.0, (), True)

    def report(self, *data: Any, decoding: Any = None, **named: Any) -> Report:
        """See `Model.report`. decoding, or its settings by name: see `Decoding`."""
        self.network  # noqa: B018  # the error comes first
        settings = {name: named.pop(name) for name in Search.declared() if name in named}
        decoding = settings_of("decoding", Search, decoding, settings)
        found = self.read(*data, **named)
        return self.reported(found, self.batches(found, self.Options(), train=False), decoding)

    def reported(self, data: Examples, batches: Any, decoding: Search | None = None) -> Report:
        """The metrics of pairs, and what was not translated as it should be, the surest errors
        first."""
        targets: Any = data.targets
        score = Score(targets, written=True)
        wrong: list[tuple[float, int, Mistake]] = []
        for batch, found in self.evaluated(batches):
            said = self._said(batch, decoding)
            score.update(batch, (found, said))
            for number, one in zip(batch.numbers.tolist(), said, strict=True):
                if one.text != targets[number]:
                    source = self.shown(data.inputs[number])
                    mistake = Mistake(number, source, targets[number], one.text)
                    wrong.append((-one.score, number, mistake))
        mistakes = tuple(mistake for *_, mistake in sorted(wrong, key=lambda one: one[:2]))
        return Report(score.compute(), mistakes=mistakes, signatures=score.signatures)

    def outputs_in_short(self) -> str:
        """5,893 words."""
        return f"{self.outputs:,} {self.config.unit_of_targets}"

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
