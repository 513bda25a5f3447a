"""What the models share that read a sequence, of whatever kind, and say something of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from pyrnn.data import Packed, PackedTexts, StaticFeatures, Vectorizer
from pyrnn.data.frames import in_precision
from pyrnn.data.layouts import Beside, Record, SequenceColumns, records
from pyrnn.data.layouts.names import with_names
from pyrnn.data.layouts.text import TEXT
from pyrnn.data.readers import is_frame
from pyrnn.models.encoders import Reads
from pyrnn.models.evaluation import check_inputs
from pyrnn.models.examples import ExampleBatches, Examples
from pyrnn.models.sequence.gathering import Gathering
from pyrnn.models.sequence.initial_weights import InitialWeights, initial_weights
from pyrnn.models.sequence.inputs import (
    FrameInput,
    Input,
    Kinds,
    TextInput,
    input_from,
    input_kind,
)
from pyrnn.models.sequence.network import SequenceNetwork
from pyrnn.models.sequence.options import LARGEST, SequenceOptions
from pyrnn.models.tabular import Tabular

SHOWN = 200  # characters of an input in a report


class SequenceModel(Tabular):
    """A sequence, of text or of frames, to something.

    A family writes, beside what `Supervised` says,

        outputs              how many numbers the network gives
        learn_targets        what it learns of the targets
        beside               which columns of a table hold the targets
        target_from          a target out of these columns

    kinds: what its sequences may be made of.
    """

    Columns: ClassVar[type[SequenceColumns]]
    kinds: ClassVar[Kinds] = (TextInput, FrameInput)

    def __init__(self, config: Any = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._input: Input | None = None
        self._beside_sequences: StaticFeatures | None = None
        self._initial: InitialWeights | None = None  # of a model that is being built

    @property
    @abstractmethod
    def outputs(self) -> int:
        """The numbers that the network gives for a sequence, K."""

    @abstractmethod
    def learn_targets(self, train: Examples, held: Examples | None) -> None:
        """What is to be known of the targets; held: the validation data, or None."""

    @abstractmethod
    def beside(self, columns: Any) -> Beside:
        """The columns that hold the targets."""

    @abstractmethod
    def target_from(self, record: Record, columns: Any) -> Any:
        """The target that stands beside a sequence. Raises ValueError for none."""

    @property
    def input(self) -> Input:
        """What the sequences are made of, as the training data had them. Raises ValueError before
        the model is built."""
        self.network  # noqa: B018  # it says what to do
        assert self._input is not None
        return self._input

    @property
    def vectorizer(self) -> Vectorizer:
        """Texts to ids. Raises ValueError before the model is built, and for one of frames."""
        if not isinstance(self.input, TextInput):
            raise ValueError(
                f"vectorizer: expected a model of texts; got one of {self.input.called}"
            )
        return self.input.vectorizer

    @property
    def units(self) -> str:
        """Sequences."""
        return "sequences"

    # data

    def check_input(self, value: Any, name: str) -> None:
        """A text, or frames, as the model reads them."""
        self._taken(value, name)

    def checked_inputs(self, inputs: Sequence[Any], name: str) -> Sequence[Any]:
        """Texts as they are; frames as arrays (N, I). All are of one kind."""
        if not len(inputs):
            return inputs
        if isinstance(inputs, PackedTexts) or (
            isinstance(inputs, Packed) and inputs.values.ndim == 2
        ):
            self._check_packed(inputs, name)
            return inputs  # they were checked when they were read
        kind = self._kind(inputs)
        found: list[Any] = [
            kind.checked(value, f"{name}[{k}]", self._input, self.config)
            for k, value in enumerate(inputs)
        ]
        return kind.alike(found)

    def _kind(self, inputs: Sequence[Any]) -> Any:
        """What inputs are made of that the model is to read."""
        return type(self._input) if self._input else input_kind(inputs, self.kinds)

    def _check_packed(self, inputs: Any, name: str) -> None:
        kind, known = TextInput if isinstance(inputs, PackedTexts) else FrameInput, self._input
        wanted = self.kinds if known is None else (type(known),)
        if kind not in wanted:
            words = " or ".join(each.called for each in wanted)
            raise TypeError(f"{name}: expected {words}; got {kind.called}")
        if isinstance(known, FrameInput) and inputs.values.shape[1] != known.features:
            raise ValueError(
                f"{name}: expected {known.features} numbers a step, as the model was trained on; "
                f"got {inputs.values.shape[1]}"
            )

    def check_static(self, rows: Any) -> Any:
        """Rows of numbers and categories, as the model learnt them."""
        if self._network is not None and self._beside_sequences is None:
            raise ValueError("static: expected none, since the model was trained without; got some")
        rows = [[row] if np.ndim(row) == 0 else row for row in rows]
        if self._beside_sequences is not None:
            self._beside_sequences.encode(rows)
        return rows

    def check_no_static(self) -> None:
        """Raise ValueError where the model was trained with static features."""
        if self._beside_sequences is not None:
            names = ", ".join(self._beside_sequences.names)
            raise ValueError(
                f"static: expected the static features {names} for each input, with which the "
                "model was trained; got none"
            )

    def learn(self, train: Examples, held: Examples | None) -> None:
        """The vocabulary or the scaler, the static features and the targets of training data.

        Raises ValueError where the validation data are of another kind.
        """
        self.learn_targets(train, held)
        self._initial = self.initial(train)
        self._input, self.config = self._initial.input, self._initial.config
        self._beside_sequences = None
        if train.static is not None:
            names = getattr(self.columns, "static", None)
            missing = "error" if self.config.gaps == "error" else "mean"
            self._beside_sequences = StaticFeatures.fit(
                train.static, names, scale=self.config.scale, missing=missing
            )
        if held is not None:
            self._check_held(held)

    def initial(self, train: Examples) -> InitialWeights:
        """What reads the inputs, and the weights to begin with."""
        return initial_weights(self.config, train.inputs, self.kinds)

    def _check_held(self, held: Examples) -> None:
        assert self._input is not None
        kind = input_kind(held.inputs, self.kinds)
        if not isinstance(self._input, kind):
            raise ValueError(
                f"valid: expected {self._input.called}, as the data; got {kind.called}"
            )
        self.checked_inputs(held.inputs, "valid: inputs")
        if (held.static is None) != (self._beside_sequences is None):
            raise ValueError("valid: expected static features as in the data, all or none")

    def construct(self) -> None:
        """Build the network, with new weights, or those that it is to begin with."""
        super().construct()
        if self._initial is not None:
            self._initial.fill(self.network)
            self._initial = None

    def parts(self) -> dict[str, Any]:
        """What was learnt of the inputs."""
        assert self._input is not None
        parts = {self._input.part: self._input.to_json()}
        return (
            parts
            if self._beside_sequences is None
            else {**parts, "static": self._beside_sequences.to_json()}
        )

    def take(self, parts: Mapping[str, Any]) -> None:
        """All of it out of a file."""
        self._input = input_from(parts, self.config, self.kinds)
        self._beside_sequences = (
            StaticFeatures.from_json(parts["static"]) if "static" in parts else None
        )

    @property
    def steps(self) -> Reads:
        """What the network reads."""
        assert self._input is not None
        static = 0 if self._beside_sequences is None else self._beside_sequences.width
        return Reads(self._input.tokens, self._input.features, static)

    def build(self, rng: np.random.Generator) -> SequenceNetwork:
        """Encoder and output layer."""
        return SequenceNetwork(self.config, self.steps, self.outputs, rng)

    def sequence(self, value: Any) -> np.ndarray:
        """What the encoder reads of an input: ids (N,) or frames (N, I)."""
        return np.asarray(self.network.encoder.prepare(self.input.sequence(value)))

    def with_steps(self, data: Examples) -> np.ndarray:
        """The numbers of the sequences that have steps, int64 (M,). Raises ValueError for none."""
        found = [k for k, value in enumerate(data.inputs) if self.input.steps_of(value)]
        if not found:
            raise ValueError(
                f"{self.inputs}: expected steps, each with a target; got no sequence with any"
            )
        return np.array(found, np.int64)

    def suited(
        self, options: SequenceOptions, data: Examples, held: Examples | None
    ) -> SequenceOptions:
        """A batch size, and an end, where nothing is said of them."""
        return options.suited(len(data.inputs))

    def batches(self, data: Examples, options: Any, *, train: bool, **how: Any) -> ExampleBatches:
        """The sequences in batches by length."""
        if options.batch_size is None:
            options = options.of(options, batch_size=LARGEST)
        static = None
        if data.static is not None and self._beside_sequences is not None:
            beside = self._beside_sequences.encode(data.static)
            static = in_precision("static", beside, self.config.dtype)
        return super().batches(
            data, options, train=train, bucket=options.bucket, static=static, **how
        )

    def predict(self, inputs: Sequence[Any], static: Any = None) -> list[Any]:
        """A prediction for each input, in their order.

        static: their static features (N, S), where the model was trained with such; an Examples has
            them already.
        Raises TypeError where inputs is a single one; it stands in a list, too.
        """
        check_inputs(inputs)
        return super().predict(inputs if static is None else Examples(inputs, static=static))

    # files

    def read_file(self, file: Any, columns: Any) -> tuple[Examples]:
        """Inputs, targets, and what stands beside them; groups, of which some are held out, of
        what is trained on alone."""
        if getattr(file, "part", None) in ("valid", "test"):
            columns = columns.of(columns, split_by=None)
        asked = self.beside(columns)
        _check_apart(columns, asked, file)
        gathering = Gathering(
            columns,
            self.kinds,
            self._taken,
            lambda record: self.target_from(record, columns),
            self._beside_sequences,
        )
        found = gathering.examples(self._records(file, columns, asked))
        try:
            self.check_targets(found.targets or (), "the data", gathering.places)
        except TypeError as error:
            raise ValueError(str(error)) from error
        if not len(found):
            name = "the table" if is_frame(file) else file.name
            raise ValueError(f"{name}: expected at least one row of data; got none")
        return (found,)

    def read_inputs(self, file: Any, columns: Any) -> Examples:
        """Inputs, and their static features."""
        gathering = Gathering(columns, self.kinds, self._taken, None, self._beside_sequences)
        return gathering.examples(self._records(file, columns, Beside(), lines=True))

    def _records(self, file: Any, columns: Any, asked: Beside, **how: Any) -> Iterator[Record]:
        for record in self.records(file, columns, self._with_static(asked, columns), **how):
            yield record._replace(input=self.as_input(record.input, columns))

    def records(
        self, file: Any, columns: Any, asked: Beside, *, lines: bool = False
    ) -> Iterable[Record]:
        """The sequences of a file, with what is asked for beside them: see `layouts.records`."""
        return records(file, columns, asked, lines=lines)

    def as_input(self, value: Any, columns: Any) -> Any:
        """What stands in a file as a model is to read it."""
        return value

    def _taken(self, value: Any, place: str) -> Any:
        return self._kind([value]).checked(value, place, self._input, self.config)

    def _with_static(self, asked: Beside, columns: Any) -> Beside:
        groups = (columns.split_by,) if columns.split_by and asked != Beside() else ()
        constant = (*asked.constant, *(columns.static or ()), *groups)
        return asked._replace(constant=tuple(dict.fromkeys(constant)))

    def shown(self, value: Any) -> str:
        """An input in a report."""
        return " ".join(self.input.shown(value)[:SHOWN].split())

    def streamed(self) -> list[Any]:
        """What `pyrnn.Stream(model)` runs: a step is an id of the vectorizer, or a frame (I,) in
        its own units, and its output what the network says of the sequence so far, (K,).

        ValueError for a model whose outputs do not follow from one step after the other: with
        another encoder than a recurrent one, in both directions, with another pooling than the last
        output, with static features; and for frames with gaps that are filled.
        """
        return [*self.input.streamed(), self.network]

    def in_short(self) -> str:
        """Inputs, outputs and encoder."""
        what = f"{self.input.in_short()} -> {self.outputs_in_short()}"
        return f"{what}, {self.network.encoder.in_short()}"

    @abstractmethod
    def outputs_in_short(self) -> str:
        """3 labels."""


def _check_apart(columns: SequenceColumns, asked: Beside, file: Any) -> None:
    """Raise ValueError for a column of targets that is one of the inputs, too: what is known
    already is not to be learnt, and is not there to predict from."""
    targets = {*asked.constant, *asked.varying, *asked.steps}
    named = with_names(columns, file, ("series", "features"))
    inputs = {role: getattr(named, role) for role in (*columns.layouts, "static")}
    if columns.layout is None and TEXT in columns.layouts:
        inputs[TEXT] = TEXT
    for role, value in inputs.items():
        for name in (value,) if isinstance(value, str) else value or ():
            if name in targets:
                raise ValueError(
                    f"{role}: expected other columns than those of the targets; got {name!r:.80}"
                )
