"""What the families share that write a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from pyrnn.autograd import no_grad
from pyrnn.decoding import Hypothesis, ends_at
from pyrnn.files.strict_json import shortened
from pyrnn.models.evaluation import check_inputs, check_single
from pyrnn.models.examples import Examples, packed
from pyrnn.models.family import settings_of
from pyrnn.models.report import Mistake, Report
from pyrnn.models.tabular import Tabular
from pyrnn.models.writing.batches import WrittenBatch, WrittenBatches
from pyrnn.models.writing.chains import Chains
from pyrnn.models.writing.predictions import WrittenText
from pyrnn.models.writing.score import WRITTEN, Score, measured_on_texts
from pyrnn.models.writing.settings import Decoding as Search
from pyrnn.models.writing.settings import WriterOptions
from pyrnn.models.writing.steps import Steps, written_by
from pyrnn.models.writing.targets import Targets
from pyrnn.training import Loss


class WritingModel(Tabular):
    """A text for each input.

    A family writes, beside what `Supervised` says,

        build             a `WriterNetwork`
        shown, shown_of   an input in a report: one of them

    and sets `_targets` where it learns. It may say more: which predictions there are (`Written`,
    `text_of`), what may be copied in place of unknown tokens (`may_copy`), which chains it has
    (`Chained`).
    """

    Options: ClassVar[type[WriterOptions]] = WriterOptions
    Decoding = Search
    Batches = WrittenBatches
    Chained: ClassVar[type[Chains]] = Chains
    Written: ClassVar[type[WrittenText]] = WrittenText
    shown: Callable[[Any], str]  # an input in a report
    monitors: ClassVar = {
        "loss": "min",
        "perplexity": "min",
        "bleu": "max",
        "chrf": "max",
        "exact_match": "max",
    }

    def __init__(self, config: Any = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._targets: Targets | None = None
        self._chains: Chains | None = None
        self._writes = False  # whether a validation does

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

    def encoded(self, targets: Sequence[str]) -> Any:
        """ids with the end behind each, (N_k + 1,)."""
        return packed(map(self.written.encode, targets))

    # training

    def batches(self, data: Examples, options: Any, *, train: bool, **how: Any) -> Any:
        """Inputs with their targets, of about one length."""
        batches: Any = super().batches(data, options, train=train, **how)
        if not train:
            batches.given, batches.rows = data.inputs, batches.batch_size
            return batches
        batches.smoothing = options.label_smoothing
        if options.teacher_forcing < 1:
            batches.share = options.forced
        return batches

    def loss(self, batch: Any, state: Any = None) -> Loss:
        """-ln p of the target tokens, their ends counted."""
        value = self.network.cross_entropy(batch)
        return Loss(value, int(batch.target_lengths.sum()), None, value)

    def suited(self, options: Any, data: Examples, held: Examples | None) -> Any:
        """Options for so many examples. A validation writes where it is to choose by that."""
        self._writes = options.monitor in WRITTEN
        return options.suited(len(data.inputs))

    def monitored(self) -> Any:
        """Those that can be computed: BLEU and chrF need sacrebleu."""
        known = {"loss", "perplexity", *measured_on_texts()}
        return {name: better for name, better in self.monitors.items() if name in known}

    def metrics(self, data: Examples) -> Score:
        """Loss and perplexity, and where a validation writes how good that is."""
        return Score(data.targets or (), self._writes)

    def measure(self, metric: Score, batch: Any, found: Loss) -> None:
        """The loss of a batch, and what is written for it where that is asked for."""
        metric.update(batch, (found, self._said(batch) if metric.texts is not None else None))

    def _said(self, batch: Any, decoding: Search | None = None) -> list[Any]:
        with no_grad():
            return self.decode(batch, decoding)

    # use

    def predict(
        self, inputs: Sequence[Any], static: Any = None, decoding: Any = None, **settings: Any
    ) -> list[Any]:
        """A text for each input, in their order.

        static: see `SequenceModel.predict`. decoding, settings: see `Decoding`.
        """
        return self.written_for(inputs, static, decoding, settings)

    def written_for(
        self, inputs: Sequence[Any], beside: Any, decoding: Any, settings: Mapping[str, Any]
    ) -> list[Any]:
        """The same; beside: what stands beside the inputs, by whatever name."""
        decoding = settings_of("decoding", Search, decoding, settings)
        check_inputs(inputs)
        every = inputs if beside is None else Examples(inputs, static=beside)
        return self.predicted(every, partial(self.decode, decoding=decoding))

    def decode(self, batch: Any, decoding: Search | None = None) -> list[Any]:
        """The text of each input."""
        decoding = decoding or Search()
        network, vectorizer = self.network, self.written.vectorizer
        assert vectorizer.end_id is not None
        most = decoding.max_length or self.written.most
        chains = self.chains(decoding)
        if chains is not None:
            assert chains.writer is not None
            return self.texts(chains.writer(chains.states(network, batch), most), batch)
        raw = self.may_copy(batch)
        barred = np.array([not tokens for tokens in raw])
        steps = Steps(network, network.known(batch), barred, vectorizer.unknown_id)
        never = [vectorizer.padding_id, network.start_id]
        following = ends_at([vectorizer.end_id], vectorizer.size, never=never)
        found = written_by(steps, following, decoding, most, batch.numbers)
        return [self.best_of(each, steps, raw[b], batch, b) for b, each in enumerate(found)]

    def chains(self, decoding: Search) -> Any:
        """The layers as chains, where the likeliest tokens are written and no step of the decoder
        needs more than the one before it; else None."""
        if decoding.beam > 1 or decoding.sample or self.network.decoder.readout is not None:
            return None
        chains = self._chains
        if chains is None or not chains.of(self.network):
            self._chains = chains = self.Chained(self.network, self.written.vectorizer)
        return chains

    def may_copy(self, batch: WrittenBatch) -> list[list[str] | None]:
        """What may be copied for each of B inputs in place of an unknown token; by default
        nothing."""
        return [None] * batch.sequences

    def texts(self, found: Any, batch: WrittenBatch) -> list[Any]:
        """What a chain has written for each of B inputs."""
        targets = self.written
        return [
            self.Written(targets.text(ids, {}), score, targets.tokens(ids, {}), finished)
            for ids, score, finished in found
        ]

    def best_of(
        self,
        found: Sequence[Hypothesis],
        steps: Steps,
        raw: list[str] | None,
        batch: WrittenBatch,
        row: int,
    ) -> Any:
        """Of what was found for the input of a row, best first. raw: see `may_copy`."""
        if not found:  # nothing may be written
            return self.blank()
        first, *rest = (self.text_of(each, steps, raw, batch, row) for each in found)
        return replace(first, alternatives=tuple(rest))

    def text_of(
        self,
        found: Hypothesis,
        steps: Steps,
        raw: list[str] | None,
        batch: WrittenBatch,
        row: int,
    ) -> Any:
        """A text out of its ids."""
        targets = self.written
        text, tokens = targets.text(found.ids, {}), targets.tokens(found.ids, {})
        return self.Written(text, found.score, tokens, found.finished)

    def streamed(self) -> list[Any]:
        """Raises ValueError: a text is written once all of the input has been read."""
        raise ValueError(
            "model: expected one that says something at each step of a sequence for a stream; got "
            f"a {self.title}, which writes once it has read all of its input"
        )

    def blank(self) -> Any:
        """An empty text."""
        return self.Written("", 0.0, (), True)

    def report(self, *data: Any, decoding: Any = None, **named: Any) -> Report:
        """See `Model.report`. decoding, or its settings by name: see `Decoding`."""
        self.network  # noqa: B018  # the error comes first
        settings = {name: named.pop(name) for name in Search.declared() if name in named}
        decoding = settings_of("decoding", Search, decoding, settings)
        check_single(decoding, "nbest", "samples")
        found = self.read(*data, **named)
        return self.reported(found, self.batches(found, self.Options(), train=False), decoding)

    def reported(self, data: Examples, batches: Any, decoding: Search | None = None) -> Report:
        """The metrics of pairs, and what was not written as it should be, the surest errors
        first."""
        targets: Any = data.targets
        score = Score(targets, written=True)
        wrong: list[tuple[float, int, Mistake]] = []
        for batch, found in self.evaluated(batches):
            said = self._said(batch, decoding)
            score.update(batch, (found, said))
            for number, one in zip(batch.numbers.tolist(), said, strict=True):
                if one.text != targets[number]:
                    source = self.shown_of(data, number)
                    mistake = Mistake(number, source, targets[number], one.text)
                    wrong.append((-one.score, number, mistake))
        mistakes = tuple(mistake for *_, mistake in sorted(wrong, key=lambda one: one[:2]))
        return Report(score.compute(), mistakes=mistakes, signatures=score.signatures)

    def shown_of(self, data: Examples, number: int) -> str:
        """An input of some data in a report."""
        return self.shown(data.inputs[number])

    def outputs_in_short(self) -> str:
        """5,893 words."""
        return f"{self.outputs:,} {self.config.unit_of_targets}"
