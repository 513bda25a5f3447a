"""SequenceTagger: a label for each word of a sentence, or for each frame of a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from pyrnn.data import Packed, checked_labels
from pyrnn.data.layouts import Beside, Record
from pyrnn.data.schemes import check_scheme
from pyrnn.models.examples import Examples, packed
from pyrnn.models.report import Mistake, Report
from pyrnn.models.sequence.inputs import FrameInput, Kinds, WordInput
from pyrnn.models.sequence.model import SequenceModel
from pyrnn.models.tagger.batches import TagBatch, TagBatches
from pyrnn.models.tagger.mistakes import mistakes
from pyrnn.models.tagger.network import TaggerNetwork
from pyrnn.models.tagger.predictions import TaggedSpan, TagPrediction
from pyrnn.models.tagger.sentence import Sentence
from pyrnn.models.tagger.settings import AUTO, TaggerColumns, TaggerConfig, TaggerOptions
from pyrnn.models.tagger.steps import Steps, placed, plain_lists, rows
from pyrnn.models.tagger.tags import Tags
from pyrnn.training import Loss


class SequenceTagger(SequenceModel):
    """A label for each word of a sentence, or for each frame of a series.

    config, settings: see `TaggerConfig`.

    Inputs are lists of words; or frames: arrays (N, I) of I numbers a step, (N,) for one. Targets
    are lists of labels, one a step: strings, integers or truth values. Labels may have a scheme, as
    B-PER, I-PER, O: then they stand for spans. `predict` takes texts as well, and cuts them into
    words.

    The words or the scaler, and the labels, are those of the training data, and are saved with the
    model, which takes raw inputs.

    >>> from pyrnn.models import SequenceTagger
    >>> sentences = [["Ann", "saw", "Bob"], ["Bob", "slept"], ["we", "saw", "Ann"]] * 8
    >>> labels = [["NAME", "O", "NAME"], ["NAME", "O"], ["O", "O", "NAME"]] * 8
    >>> model = SequenceTagger(hidden_size=16)
    >>> model.fit(sentences, labels, epochs=20, learning_rate=0.01).reason
    'epochs'
    >>> model.predict(["Bob saw us"])[0].labels
    ('NAME', 'O', 'O')
    """

    family = "tag"
    title = "sequence tagger"
    reads = "words or frames: a label for each"
    inputs, targets = "sentences", "labels"
    Config = TaggerConfig
    Options = TaggerOptions
    Columns = TaggerColumns
    Batches = TagBatches
    kinds: ClassVar[Kinds] = (WordInput, FrameInput)
    monitors: ClassVar = {
        "f1": "max",
        "precision": "max",
        "recall": "max",
        "accuracy": "max",
        "f1_macro": "max",
        "loss": "min",
    }

    from_files: ClassVar = (
        ("Words and labels in columns", "train.conll", "--columns word=0,label=3"),
        ("A treebank", "train.conllu", "--label upos"),
        ("One frame per row", "gestures.csv", "--id trial --features ax,ay,az --label phase"),
        ("Arrays of frames and of labels", "strips.npz", "--frames x --labels y"),
    )

    def __init__(self, config: TaggerConfig | None = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._tags: Tags | None = None

    @property
    def tags(self) -> Tags:
        """What the network is trained on. Raises ValueError before the model is built."""
        self.network  # noqa: B018  # it says what to do
        assert self._tags is not None
        return self._tags

    @property
    def labels(self) -> tuple[Any, ...]:
        """The labels, in the order of the network's outputs; in BIOES where they have a scheme."""
        return self.tags.labels.classes

    @property
    def units(self) -> str:
        """Steps: words, or frames."""
        return "steps"

    # data

    def unlabelled(self, inputs: Sequence[Any], static: Any = None) -> Examples:
        """Inputs without labels; texts are cut into words."""
        if isinstance(inputs, Examples):
            static = inputs.static if static is None else static
            inputs = inputs.inputs
        if isinstance(self.input, WordInput) and isinstance(inputs, list | tuple):
            inputs = [Sentence.cut(one) if isinstance(one, str) else one for one in inputs]
        return super().unlabelled(inputs, static)

    def as_input(self, value: Any, columns: TaggerColumns) -> Any:
        """A text as its words."""
        if not isinstance(value, str):
            return value
        return Sentence.split(value) if columns.tokenized else Sentence.cut(value)

    def read(self, *data: Any, **named: Any) -> Examples:
        """See `Supervised.read`; each step has a label."""
        found = super().read(*data, **named)
        assert found.targets is not None
        for number, labels in enumerate(found.targets):
            steps = len(found.inputs[number])
            if len(labels) != steps:
                raise ValueError(
                    f"labels[{number}]: expected {steps}, one for each step of "
                    f"{self.inputs}[{number}]; got {len(labels)}"
                )
        return found

    def sequences(self, inputs: Sequence[Any]) -> Packed:
        """Frames, or which word each step is."""
        if isinstance(self.input, WordInput):
            return self.input.sequences(inputs)
        return super().sequences(inputs)

    def check_targets(
        self, targets: Sequence[Any], data: str, places: Sequence[str] | None = None
    ) -> None:
        """Lists of labels, all of one type, and those that the model knows once it is built."""
        kind: Any = None
        for place, labels in placed(targets, places):
            if isinstance(labels, str | Mapping) or np.ndim(labels) != 1:
                raise TypeError(
                    f"{place}: expected a list of labels, one a step; got "
                    f"{type(labels).__name__} {labels!r:.80}"
                )
            for label in checked_labels(labels, data, Steps(place), kind):
                kind = type(label)
        if self._tags is not None:
            self._encoded(targets, places)

    def learn_targets(self, train: Examples, held: Examples | None) -> None:
        """The labels of the training data.

        Raises ValueError for fewer than two, for labels that are not as the scheme says, and for
        one that the validation data alone have.
        """
        assert train.targets is not None
        self._tags = Tags.fit(plain_lists(train.targets), self.config.scheme, train.places)
        if held is not None and held.targets is not None:
            places = held.places or [f"valid: labels[{row}]" for row in range(len(held))]
            if self.config.scheme != AUTO:
                check_scheme(plain_lists(held.targets), self.config.scheme, places)
            self.check_targets(held.targets, "the validation data", places)

    def parts(self) -> dict[str, Any]:
        """What was learnt of the inputs, and the labels."""
        assert self._tags is not None
        return {**super().parts(), "tags": self._tags.to_json()}

    def take(self, parts: Mapping[str, Any]) -> None:
        """All of it out of a file."""
        super().take(parts)
        self._tags = Tags.from_json(parts["tags"])

    def beside(self, columns: TaggerColumns) -> Beside:
        """The column of labels."""
        return Beside(steps=(columns.label_column,))

    def target_from(self, record: Record, columns: TaggerColumns) -> list[Any]:
        """A label a step."""
        labels: list[Any] = record.constant[columns.label_column]
        return labels if self._tags is None else [self._tags.meant(label) for label in labels]

    def encoded(self, targets: Sequence[Any]) -> Packed:
        """int64 (N,) for each sequence."""
        return self._encoded(targets)

    def _encoded(self, targets: Sequence[Any], places: Sequence[str] | None = None) -> Packed:
        assert self._tags is not None
        return packed(
            self._tags.encode(labels, place)
            for place, labels in placed(plain_lists(targets), places)
        )

    # the network

    @property
    def outputs(self) -> int:
        """C."""
        assert self._tags is not None
        return len(self._tags.labels)

    def build(self, rng: np.random.Generator) -> TaggerNetwork:
        """A reader of words, an encoder, an output layer, and a CRF where there is to be one."""
        assert self._input is not None
        assert self._tags is not None
        crf = (self._tags.allowed(),) if self.settled()["output_layer"] == "crf" else None
        static = self.steps.static
        return TaggerNetwork(self.config, self._input, static, self.outputs, crf, rng)

    def streamed(self) -> list[Any]:
        """What `pyrnn.Stream(model)` runs: a step is a word, or a frame (I,) in its own units, and
        its output the logits of the labels (C,), as they stand in `labels`.

        ValueError for a CRF, and as `SequenceModel.streamed`.
        """
        words = self.network.words
        front = self.input.streamed() if words is None else words.streamed(self.input)
        return [*front, self.network]

    # training and use

    def batches(  # type: ignore[override]
        self, data: Examples, options: TaggerOptions, *, train: bool
    ) -> TagBatches:
        """The sequences in batches by length; labelled ones without steps are left out."""
        if data.targets is not None:
            data = data.some(self.with_steps(data))
        batches = super().batches(data, options, train=train)
        assert isinstance(batches, TagBatches)
        if not train:
            batches.given = data.inputs
        return batches

    def loss(self, batch: Any, state: Any = None) -> Loss:
        """-ln p of the labels of all sequences, over the steps: so a learning rate means the same
        whatever the lengths of sequences, and the same with a CRF and without."""
        z = self.network.emissions(batch)
        return Loss(self.network.loss(z, batch), int(batch.lengths.sum()), None, z)

    def monitored(self) -> Any:
        """F1 of spans, where labels have a scheme; else accuracy, first of all."""
        return {n: b for n, b in self.monitors.items() if n in self.tags.metrics}

    def metrics(self, data: Examples) -> Any:
        """What labels are measured by."""
        return self.tags.metric()

    def measure(self, metric: Any, batch: TagBatch, found: Loss) -> None:
        """The labels of a batch, without what stands past the lengths."""
        self.tags.measure(metric, *self._said(batch, found))

    def _said(self, batch: TagBatch, found: Loss) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The labels of each sequence, and what the network makes of them, (N_b,) each."""
        assert batch.targets is not None
        return rows(batch.targets, batch.lengths), rows(
            self.network.labels(found.output, batch.lengths), batch.lengths
        )

    def decode(self, batch: Any) -> list[TagPrediction]:
        """The labels of each sequence."""
        if not batch.lengths.any():
            return [self.blank() for _ in batch.given]
        z = self.network.emissions(batch)
        ids = self.network.labels(z, batch.lengths)  # (T, B)
        p = self.network.probabilities(z, batch.lengths)  # (T, B, C)
        confidence = np.take_along_axis(p, ids[..., None], axis=-1)[..., 0]
        said = rows(ids, batch.lengths), rows(confidence, batch.lengths)
        return [self._prediction(*row) for row in zip(batch.given, *said, strict=True)]

    def blank(self) -> TagPrediction:
        """Of no steps."""
        none = np.zeros(0, np.int64)
        return self._prediction((), none, none.astype(np.float64))

    def _prediction(self, given: Any, ids: np.ndarray, confidence: np.ndarray) -> TagPrediction:
        words = Sentence.joined(given) if isinstance(self.input, WordInput) else None
        labels = self.tags.given(ids)
        spans = None
        if self.tags.have_spans:
            spans = tuple(TaggedSpan.of(span, words) for span in self.tags.spans(labels))
        return TagPrediction(labels, tuple(confidence.tolist()), words, spans)

    def reported(self, data: Examples, batches: Any) -> Report:
        """The metrics, a table of the spans by type or a confusion matrix of the labels, and the
        steps that the model got wrong."""
        kept = self.with_steps(data).tolist()
        metric, total, items = self.metrics(data), 0.0, 0
        wrong: list[Mistake] = []
        for batch, found in self.evaluated(batches):
            truths, said = self._said(batch, found)
            self.tags.measure(metric, truths, said)
            total, items = total + float(found.value.item()), items + found.items
            p = self.network.probabilities(found.output, batch.lengths)
            for row, (truth, prediction) in enumerate(zip(truths, said, strict=True)):
                number = kept[int(batch.numbers[row])]
                given = batch.given[row]
                wrong += mistakes(self.tags, number, given, truth, prediction, p[:, row])
        wrong.sort(key=lambda one: (-one.probability, one.number))
        return self.tags.report(metric, total / items, wrong)

    def settled(self) -> Mapping[str, Any]:
        """The scheme, and what hangs on it."""
        assert self._tags is not None
        default = "crf" if self._tags.have_spans else "softmax"
        return {"scheme": self._tags.scheme, "output_layer": self.config.output_layer or default}

    def remarks(self) -> Sequence[str]:
        """The scheme that was found, where none was named."""
        if self.config.scheme != AUTO:
            return ()
        what = f"the scheme {self.tags.scheme}" if self.tags.have_spans else "no scheme"
        return [f"labels: {what}, {len(self.labels)} to tell apart"]

    def outputs_in_short(self) -> str:
        """9 labels a step."""
        return f"{self.outputs} labels a step"
