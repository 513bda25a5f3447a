"""Transcriber: frames to a text."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from pyrnn.data import Packed
from pyrnn.data.layouts import Beside, Record
from pyrnn.data.layouts.frames import FRAMES
from pyrnn.decoding import Language
from pyrnn.models.encoders import Reads
from pyrnn.models.evaluation import check_inputs, check_single
from pyrnn.models.examples import Examples, packed
from pyrnn.models.family import settings_of
from pyrnn.models.report import Mistake, Report
from pyrnn.models.sequence.inputs import FrameInput, Kinds
from pyrnn.models.sequence.model import SequenceModel
from pyrnn.models.sequence.options import SequenceOptions
from pyrnn.models.transcriber.batches import TranscriptBatch, TranscriptBatches
from pyrnn.models.transcriber.language import language_of
from pyrnn.models.transcriber.network import TranscriberNetwork, stacked
from pyrnn.models.transcriber.predictions import Transcription
from pyrnn.models.transcriber.reading import Timed, is_sound, names_sound, table_in, target_of
from pyrnn.models.transcriber.room import Room
from pyrnn.models.transcriber.score import Score, mistake
from pyrnn.models.transcriber.settings import (
    TranscriberColumns,
    TranscriberConfig,
    TranscriberDecoding,
)
from pyrnn.models.transcriber.stream import DELAY, TranscriptionStream
from pyrnn.models.transcriber.symbols import KINDS, Symbols, check_target, kind_of, padding_in
from pyrnn.models.transcriber.transcripts import scored, transcripts
from pyrnn.streaming import Scaling
from pyrnn.training import Loss


class Transcriber(SequenceModel):
    """Frames to a text, where nobody says which frames belong to which symbol.

    config, settings: see `TranscriberConfig`.

    Inputs are frames: arrays (N, I) of I numbers a step, (N,) for one. Targets are texts, or lists
    of labels, strings or whole numbers. The scaler and the symbols are those of the training data,
    and are saved with the model, which takes raw inputs.

    >>> import numpy as np
    >>> from pyrnn.models import Transcriber
    >>> draw = np.random.default_rng(0)
    >>> shapes = {"a": [0, 1, 1, 0], "b": [0, -1, -1, 0], "c": [0, 1, -1, 0]}
    >>> texts = ["".join(draw.choice(list("abc"), size=1 + n % 4)) for n in range(200)]
    >>> frames = [np.concatenate([shapes[letter] for letter in text]) for text in texts]
    >>> model = Transcriber(hidden_size=16)
    >>> model.fit(frames, texts, epochs=20, learning_rate=0.01).reason
    'epochs'
    >>> model.predict([[0, 1, -1, 0, 0, 1, 1, 0]])[0].text
    'ca'
    """

    family = "transcribe"
    title = "transcriber"
    reads = "frames: a text"
    inputs, targets = "frames", "texts"
    Config = TranscriberConfig
    Options = SequenceOptions
    Columns = TranscriberColumns
    Decoding = TranscriberDecoding
    Batches = TranscriptBatches
    kinds: ClassVar[Kinds] = (FrameInput,)
    monitors: ClassVar = {
        "label_error": "min",
        "exact_match": "max",
        "word_error": "min",
        "loss": "min",
    }

    from_files: ClassVar = (
        ("Arrays of frames, and texts", "strips.npz", "--frames x --labels text"),
        ("Paths of WAV files, and texts", "spoken.csv", "--frames file --labels words"),
        ("Images column by column", "lines.npz", "--frames images --image columns"),
    )

    def __init__(self, config: TranscriberConfig | None = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._symbols: Symbols | None = None

    @property
    def units(self) -> str:
        """Symbols, over which the loss is a mean."""
        return "symbols"

    # the symbols

    @property
    def known(self) -> Symbols:
        """How texts are written. Raises ValueError before the model is built."""
        self.network  # noqa: B018  # it says what to do
        assert self._symbols is not None
        return self._symbols

    @property
    def symbols(self) -> tuple[Any, ...]:
        """The symbols, in the order of the network's outputs behind the first, the blank."""
        return self.known.names

    @property
    def outputs(self) -> int:
        """C: the symbols and the blank."""
        assert self._symbols is not None
        return self._symbols.outputs

    def check_targets(
        self, targets: Sequence[Any], data: str, places: Sequence[str] | None = None
    ) -> None:
        """Texts, or lists of labels, all of one kind, and of the training data's."""
        kind = None if self._symbols is None else self._symbols.kind
        for row, target in enumerate(targets):
            place = f"texts[{row}]" if places is None else places[row]
            check_target(target, place)
            found = kind_of(target)
            if kind is not None and found is not None and found != kind:
                wanted, got = KINDS[kind], KINDS[found]
                raise ValueError(f"{place}: expected {wanted}, as elsewhere; got {got}")
            kind = found if kind is None else kind

    def learn_targets(self, train: Examples, held: Examples | None) -> None:
        """The symbols of the training data."""
        assert train.targets is not None
        self._symbols = Symbols.fit(train.targets, self.config)
        if (padding := padding_in(train.targets)) is not None:
            warnings.warn(
                f"{self.targets}: {padding} stands at the ends of rows of one length alone, as "
                "padding does, and is learnt as a symbol; in an .npz an array of the same name "
                "with _lengths behind it says how many of each row count",
                stacklevel=2,
            )
        if held is not None and held.targets is not None:
            places = held.places or [f"valid: texts[{row}]" for row in range(len(held))]
            self.check_targets(held.targets, "the validation data", places)

    def parts(self) -> dict[str, Any]:
        """What was learnt of the frames, and the symbols."""
        assert self._symbols is not None
        return {**super().parts(), "symbols": self._symbols.to_json()}

    def take(self, parts: Mapping[str, Any]) -> None:
        """All of it out of a file."""
        super().take(parts)
        self._symbols = Symbols.from_json(parts["symbols"])

    def encoded(self, targets: Sequence[Any]) -> Packed:
        """The outputs of each text's symbols, (L_k,)."""
        assert self._symbols is not None
        dtype = self._symbols.vectorizer.dtype
        return packed(self._symbols.encode(target).astype(dtype) for target in targets)

    # files

    def beside(self, columns: TranscriberColumns) -> Beside:
        """The column of texts."""
        return Beside(constant=(columns.labels,))

    def target_from(self, record: Record, columns: TranscriberColumns) -> Any:
        """A text, or labels."""
        place = f"{record.place}, column {columns.labels!r:.80}"
        return target_of(record.constant[columns.labels], place)

    def records(
        self, file: Any, columns: TranscriberColumns, asked: Beside, *, lines: bool = False
    ) -> Iterable[Record]:
        """See `SequenceModel.records`; there are frames where nothing is said. A folder with files
        of frames and one table is that table; sounds by themselves have frames of their own."""
        file = table_in(file)
        if columns.layout in (None, FRAMES) and (columns.layout is None or is_sound(file)):
            columns = columns.of(columns, frames=FRAMES)
        return super().records(file, columns, asked)

    def as_input(self, value: Any, columns: TranscriberColumns) -> Any:
        """An image by its columns, where they are asked for."""
        return value.T if columns.image == "columns" else value

    def read_inputs(self, file: Any, columns: TranscriberColumns) -> Examples:
        """Inputs; those of sound know how far apart their frames are."""
        found = super().read_inputs(file, columns)
        file = table_in(file)
        if columns.layout not in (None, FRAMES):
            return found
        sound = is_sound(file) or names_sound(file, columns.frames or FRAMES)
        return Timed(**vars(found)) if sound else found

    # the network

    @property
    def steps(self) -> Reads:
        """What the network reads: some frames a step."""
        reads = super().steps
        return reads._replace(features=reads.features * self.config.frames_per_step)

    def build(self, rng: np.random.Generator) -> TranscriberNetwork:
        """An encoder, and an output layer for each step."""
        return TranscriberNetwork(self.config, self.steps, self.outputs, rng)

    def sequence(self, value: Any) -> np.ndarray:
        """Frames side by side, (N, s I)."""
        return stacked(super().sequence(value), self.config.frames_per_step)

    # training and use

    def batches(  # type: ignore[override]
        self, data: Examples, options: SequenceOptions, *, train: bool, scored: bool = False
    ) -> TranscriptBatches:
        """The sequences in batches by length. Those whose texts have no room in their steps are an
        error in training, or are left out of it; elsewhere they are left out of the loss.

        scored: whether texts are compared, so that it is no error if none has room.
        """
        possible = None
        if data.targets is not None:
            frames = [self.input.steps_of(one) for one in data.inputs]
            room = Room(data, self.known, frames, self.config.frames_per_step)
            room.check(self.targets, train, self.config.impossible == "skip", needed=not scored)
            if not train:
                room.warn_of_unknown(self.targets)
            possible = None if room.possible.all() else room.possible
        if train and possible is not None:
            data, possible = data.some(np.flatnonzero(possible)), None
        batches = super().batches(data, options, train=train)
        assert isinstance(batches, TranscriptBatches)
        batches.possible = possible
        return batches

    def loss(self, batch: TranscriptBatch, state: Any = None) -> Loss:
        """-ln p of the texts, over their symbols, of which an empty text counts as one: so a
        learning rate means the same whatever the lengths of texts."""
        z = self.network.emissions(batch)
        return Loss(self.network.losses(z, batch).sum(), batch.symbols, None, z)

    def monitored(self) -> Any:
        """Those that the texts have: the errors in words, where there are some."""
        spaced = self.known.spaced
        return {n: b for n, b in self.monitors.items() if n != "word_error" or spaced}

    def metrics(self, data: Examples) -> Score:
        """Errors in symbols, and in words where texts have such."""
        return Score(self.known, data.targets or ())

    def measure(self, metric: Score, batch: TranscriptBatch, found: Loss) -> None:
        """By the likeliest symbol at each step."""
        said = transcripts(found.output.numpy(), batch.lengths, TranscriberDecoding())
        metric.update(batch.numbers.tolist(), [each[0].ids for each in said])

    # use

    def predict(
        self, inputs: Sequence[Any], static: Any = None, decoding: Any = None, **settings: Any
    ) -> list[Transcription]:
        """A transcription of each input, in their order.

        static: see `SequenceModel.predict`. decoding, settings: see `TranscriberDecoding`.
        """
        decoding = settings_of("decoding", TranscriberDecoding, decoding, settings)
        check_inputs(inputs)
        every = inputs if static is None else Examples(inputs, static=static)
        language = language_of(decoding, self.known)
        decode = partial(self.decode, decoding=decoding, language=language)
        found = self.predicted(every, decode)
        return [one.timed(inputs.hop) for one in found] if isinstance(inputs, Timed) else found

    def decode(
        self,
        batch: Any,
        decoding: TranscriberDecoding | None = None,
        language: Language | None = None,
    ) -> list[Transcription]:
        """The transcription of each sequence. language: the one that the decoding names."""
        z = self.network.emissions(batch)
        found = scored(z, batch.lengths, decoding or TranscriberDecoding(), language)
        together = self.config.frames_per_step
        return [Transcription.of(every, self.known, together) for every in found]

    def stream(
        self, decoding: Any = None, *, delay: int | None = DELAY, **settings: Any
    ) -> TranscriptionStream:
        """A sequence of frames that is transcribed as they come: see `TranscriptionStream`."""
        return TranscriptionStream(self, decoding, delay=delay, **settings)

    def blank(self) -> Transcription:
        """An empty text."""
        return Transcription("", 0.0, (), ())

    def report(self, *data: Any, decoding: Any = None, **named: Any) -> Report:
        """See `Model.report`. decoding, or its settings by name: see `TranscriberDecoding`."""
        self.network  # noqa: B018  # the error comes first
        kind = TranscriberDecoding
        settings = {name: named.pop(name) for name in kind.declared() if name in named}
        decoding = settings_of("decoding", kind, decoding, settings)
        check_single(decoding, "nbest")
        found = self.read(*data, **named)
        batches = self.batches(found, self.Options(), train=False, scored=True)
        return self.reported(found, batches, decoding)

    def reported(
        self, data: Examples, batches: Any, decoding: TranscriberDecoding | None = None
    ) -> Report:
        """The metrics, and what was not transcribed as it should be, the most errors first."""
        assert data.targets is not None
        score, total, items = self.metrics(data), 0.0, 0
        wrong: list[Mistake] = []
        how = decoding or TranscriberDecoding()
        language = language_of(how, self.known)
        for batch, found in self.evaluated(batches):
            z = found.output.numpy()
            said = [each[0] for each in transcripts(z, batch.lengths, how, language)]
            score.update(batch.numbers.tolist(), [one.ids for one in said])
            total, items = total + float(found.value.item()), items + found.items
            for number, one in zip(batch.numbers.tolist(), said, strict=True):
                shown = self.shown(data.inputs[number])
                wrong += mistake(self.known, number, shown, data.targets[number], one.ids)
        wrong.sort(key=lambda one: (-one.error, one.number))
        every = {"loss": total / items if items else math.nan, **score.compute()}
        metrics = {name: every[name] for name in self.monitors if name in every}
        return Report(metrics, mistakes=tuple(wrong))

    def streamed(self) -> list[Any]:
        """What `pyrnn.Stream` runs: a step is a frame (I,) in its own units, or the frames of a
        step side by side, (s I,); its output z, (C,), the blank first. ValueError as
        `SequenceModel.streamed`."""
        scaling, *rest = super().streamed()
        count = self.config.frames_per_step
        if count > 1:
            scaling = Scaling(np.tile(scaling.mean, count), np.tile(scaling.deviation, count))
        return [scaling, *rest]

    def outputs_in_short(self) -> str:
        """10 characters."""
        assert self._symbols is not None
        return self._symbols.in_short(self.config.unit)
