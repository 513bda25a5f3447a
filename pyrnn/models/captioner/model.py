"""Captioner: a vector, a class or both to a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from pyrnn.data import Packed
from pyrnn.data.layouts.vectors import LABEL, VectorColumns, VectorRow, vectors
from pyrnn.data.readers import is_frame, read_lines
from pyrnn.data.readers.readers import known_end
from pyrnn.models.captioner.batches import CaptionBatches
from pyrnn.models.captioner.conditions import (
    Conditions,
    checked_label,
    checked_vector,
    checked_vectors,
    is_label,
)
from pyrnn.models.captioner.gathering import gathered
from pyrnn.models.captioner.network import CaptionerNetwork
from pyrnn.models.captioner.settings import CaptionerConfig, CaptionerOptions
from pyrnn.models.examples import Examples
from pyrnn.models.sequence.options import LARGEST
from pyrnn.models.writing import WritingModel, WrittenText
from pyrnn.models.writing.targets import Targets, vectorizer_of

SHOWN = 8  # numbers of a vector in a report
# What the others of the two have no use for
OF_VECTORS = ("scale", "gaps", "vector_layers", "dropout_vector")
OF_LABELS = ("label_size",)


@dataclass(frozen=True, repr=False)
class Caption(WrittenText):
    """What a captioner writes for one input; see `WrittenText`."""


class Captioner(WritingModel):
    """A vector, a class or both to a text.

    config, settings: see `CaptionerConfig`.

    Inputs are vectors: arrays or lists of F numbers, or an array (N, F); arrays of more axes are
    read row by row. Or they are labels: strings, integers or truth values, or some of them each.
    With vectors, `labels` may stand beside them. Targets are texts.

    >>> from pyrnn.models import Captioner
    >>> model = Captioner(unit="characters", hidden_size=32)
    >>> days = ["Monday", "Tuesday", "Lundi", "Mardi"] * 8
    >>> model.fit(["en", "en", "fr", "fr"] * 8, days, epochs=40, learning_rate=0.01).reason
    'epochs'
    >>> model.predict(["fr"], beam=4, nbest=2)[0].text in ("Lundi", "Mardi")
    True
    """

    family = "caption"
    title = "captioner"
    reads = "vector or label: a text"
    inputs, targets = "inputs", "texts"
    besides = ("labels", "groups")
    Config = CaptionerConfig
    Options = CaptionerOptions
    Columns = VectorColumns
    Batches = CaptionBatches
    Written = Caption

    from_files: ClassVar = (
        ("Arrays: vectors and texts", "captions.npz", "--vector v --text caption"),
        ("Columns of numbers", "wines.csv", "--vector acidity:alcohol --text note"),
        ("A class per row", "names.csv", "--label language --text name"),
    )

    def __init__(self, config: CaptionerConfig | None = None, **settings: Any) -> None:
        super().__init__(config, **settings)
        self._conditions: Conditions | None = None

    @property
    def conditions(self) -> Conditions:
        """What texts are written from. Raises ValueError before the model is built."""
        self.network  # noqa: B018  # it says what to do
        assert self._conditions is not None
        return self._conditions

    # data

    def checked_inputs(self, inputs: Sequence[Any], name: str) -> Sequence[Any]:
        """Vectors (F,), or labels as tuples (K,); all of one kind."""
        if not len(inputs):
            return inputs
        known = self._conditions
        if is_label(inputs[0]) if known is None else known.scaler is None:
            return self._labels(inputs, name)
        size = None if known is None else known.numbers
        array: Any = inputs
        if isinstance(array, np.ndarray) and array.dtype.kind in "iufb" and array.ndim > 1:
            every: Any = checked_vectors(array, name, size, self.config.gaps)
            return every
        found: list[np.ndarray] = []
        for k, value in enumerate(inputs):
            found.append(checked_vector(value, f"{name}[{k}]", size, self.config.gaps))
            size = len(found[0])
        return found

    def _labels(self, values: Sequence[Any], name: str) -> list[tuple[Any, ...]]:
        known = None if self._conditions is None else self._conditions.labels
        found: list[tuple[Any, ...]] = []
        for k, value in enumerate(values):
            found.append(checked_label(value, f"{name}[{k}]", known, found[0] if found else ()))
            if len(found[k]) != len(found[0]):
                raise ValueError(
                    f"{name}[{k}]: expected {len(found[0])} labels, as before; got {len(found[k])}"
                )
        return found

    def check_static(self, rows: Any) -> Any:
        """Labels beside vectors."""
        known = self._conditions
        if known is not None and (known.scaler is None or not known.labels):
            what = "vectors" if known.labels == () else "labels"
            raise ValueError(
                f"labels: expected none, since the model was trained on {what} alone; got some"
            )
        return self._labels(rows, "labels")

    def check_no_static(self) -> None:
        """Raise ValueError where the model was trained with labels beside its vectors."""
        known = self._conditions
        if known is not None and known.scaler is not None and known.labels:
            raise ValueError(
                "labels: expected them beside the vectors, as the model was trained; got none"
            )

    def _read_apart(self, data: Examples) -> tuple[Any, Any]:
        """Vectors and labels of examples; None for what there is not."""
        if data.static is None and isinstance(data.inputs[0], tuple):
            return None, data.inputs
        return data.inputs, data.static

    def strata(self, data: Examples) -> Sequence[Any] | None:
        """The classes: each has an example in training."""
        _, labels = self._read_apart(data)
        return None if labels is None else [", ".join(map(str, each)) for each in labels]

    def learn(self, train: Examples, held: Examples | None) -> None:
        """The unit and the vocabulary of the texts, the scaler and the classes.

        Raises ValueError for settings that the data have no use for, and where the validation data
        are of another kind, or have classes of their own.
        """
        config, texts = self.config, train.targets
        assert texts is not None
        found, labels = self._read_apart(train)
        self._refuse_idle(OF_VECTORS if found is None else (), "labels")
        self._refuse_idle(OF_LABELS if labels is None else (), "vectors")
        if config.unit is None:
            self.config = config = config.of(config, unit=unit_for(texts))
        vectorizer = vectorizer_of("texts", texts, config, config.unit, len(texts))
        self._targets = Targets.fit(vectorizer, texts)
        self._conditions = Conditions.fit(found, labels, config)
        if held is not None:
            self._check_held(held)

    def _refuse_idle(self, names: Sequence[str], what: str) -> None:
        default = type(self.config)()
        for name in names:
            unset, given = getattr(default, name), getattr(self.config, name)
            if given != unset:
                raise ValueError(
                    f"{name}: expected {unset!r} with {what} alone, which have no use for it; got "
                    f"{given!r}"
                )

    def _check_held(self, held: Examples) -> None:
        assert self._conditions is not None
        found, labels = self._read_apart(held)
        for name, here, there in (
            ("vectors", found, self._conditions.scaler is not None),
            ("labels", labels, bool(self._conditions.labels)),
        ):
            if (here is not None) != there:
                words = name if there else f"no {name}"
                raise ValueError(f"valid: expected {words}, as in the data; got others")
        if found is not None:
            self.checked_inputs(found, "valid: inputs")
        if labels is not None:
            self._labels(labels, "valid: labels")

    def parts(self) -> dict[str, Any]:
        """What was learnt of the inputs and of the texts."""
        assert self._conditions is not None
        assert self._targets is not None
        conditions = self._conditions.to_json()
        return {"conditions": conditions, "targets": self._targets.to_json(shared=False)}

    def take(self, parts: Mapping[str, Any]) -> None:
        """All of it out of a file."""
        self._conditions = Conditions.from_json(parts["conditions"], self.config)
        self._targets = Targets.from_json(parts["targets"], None)

    def build(self, rng: np.random.Generator) -> CaptionerNetwork:
        """Layers for the vector, tables of classes, a decoder."""
        assert self._conditions is not None
        assert self._targets is not None
        known, start = self._conditions, self._targets.vectorizer.start_id
        assert start is not None
        return CaptionerNetwork(self.config, known.numbers, known.classes, self.outputs, start, rng)

    def batches(self, data: Examples, options: Any, *, train: bool, **how: Any) -> CaptionBatches:
        """The examples in batches by the length of their texts."""
        if options.batch_size is None:
            options = options.of(options, batch_size=LARGEST)
        _, labels = self._read_apart(data) if len(data) else (None, None)
        ids = None if labels is None else self.conditions.ids(labels)
        how = {"bucket": options.bucket, "static": ids, **how}
        batches: CaptionBatches = super().batches(data, options, train=train, **how)
        return batches

    def sequences(self, inputs: Sequence[Any]) -> Packed:
        """A step each: the vector."""
        rows = self.conditions.vectors(inputs)
        return Packed(rows, np.arange(len(rows) + 1))

    def sequence(self, value: Any) -> np.ndarray:
        """An input as the network reads it, (1, F)."""
        return self.sequences([value]).values

    # files

    def read_file(self, file: Any, columns: VectorColumns) -> tuple[Examples]:
        """Inputs with their texts out of a table; groups, of which some are held out, of what is
        trained on alone."""
        if getattr(file, "part", None) in ("valid", "test"):
            columns = columns.of(columns, split_by=None)
        found = gathered(vectors(file, columns, texts=True), self._conditions, self.config.gaps)
        if not len(found):
            name = "the table" if is_frame(file) else file.name
            raise ValueError(f"{name}: expected at least one row of data; got none")
        return (found,)

    def read_inputs(self, file: Any, columns: VectorColumns) -> Examples:
        """Inputs out of a table; a class alone also out of lines."""
        known = self._conditions
        alone = columns.vector is None and len(columns.label or (LABEL,)) == 1
        if known is not None:
            alone = known.scaler is None and len(known.labels) == 1
        if alone and not is_frame(file) and known_end(file.name) in (None, ".txt"):
            rows: Iterable[VectorRow] = (
                VectorRow(f"{file.name}: {row.place}", None, (row.values["text"].strip(),))
                for row in read_lines(file)
            )
        else:
            if not is_frame(file) and known_end(file.name) == ".txt":
                raise ValueError(
                    f"{file.name}: expected vectors or several classes, as columns of a table or "
                    "arrays (.csv, .tsv, .jsonl, .npz); got lines of text"
                )
            rows = vectors(file, columns, texts=False)
        return replace(gathered(rows, known, self.config.gaps), targets=None)

    # use

    def predict(  # type: ignore[override]
        self, inputs: Sequence[Any], labels: Any = None, decoding: Any = None, **settings: Any
    ) -> list[Caption]:
        """A text for each input, in their order.

        labels: those beside vectors, (N,) or (N, K), where the model was trained with such; an
            Examples has them already. decoding, settings: see `Decoding`.
        Raises TypeError, ValueError for inputs that are none, naming them.
        """
        return self.written_for(inputs, labels, decoding, settings)

    def shown_of(self, data: Examples, number: int) -> str:
        """An input in a report: its classes, and the first numbers of its vector."""
        found, labels = self._read_apart(data)
        words = [] if labels is None else [str(label) for label in labels[number]]
        if found is not None:
            numbers = [f"{x:.4g}" for x in found[number][:SHOWN]]
            words.append(" ".join(numbers + ["..."] * (len(found[number]) > SHOWN)))
        return " ".join(words)

    def in_short(self) -> str:
        """Numbers and classes, texts, and the layers between."""
        config, known = self.config, self.conditions
        layers = "".join(f"{width} relu, " for width in config.vector_layers or ())
        decoder = f"{config.num_layers} x {config.hidden_size} {config.cell}"
        return f"{known.in_short()} -> {self.outputs_in_short()}, {layers}{decoder}"


def unit_for(texts: Sequence[str]) -> str:
    """words where most texts have a blank in them, else characters."""
    several = sum(len(text.split()) > 1 for text in texts)
    return "words" if 2 * several >= len(texts) else "characters"
