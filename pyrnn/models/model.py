"""What all families of models share: training, evaluation, prediction, files.

A family is a subclass, in a file or folder of its own, and a line in `families.FAMILIES`. It says
what it is made of (Config), how it is trained (Options) and which columns of a table it reads
(Columns), and writes

    read             what the caller gave -> the family's own data
    hold_out         which share of the data is kept back for validation
    build            the network
    batches          data -> batches
    loss             a batch -> Loss: the sum over its items, what the metrics read
    unlabelled, decode   inputs -> data without targets; a batch -> predictions
    read_file, read_inputs   the user's files

and where it has them

    learn            vocabularies, labels, scalers: from the training data alone
    parts, take      those as JSON, and back
    metrics          what measures a validation, beside the loss

The command line, checkpoints, resuming, model folders and the tests follow from these.

One part a file: family.py (what a family writes), evaluation.py, fitting.py, storage.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyrnn.models.storage import Storage


class Model(Storage):
    """A network with all that turns data into its batches, and its outputs into predictions.

    config: what it is made of, see its class's Config; settings: those that differ from it, or from
        the defaults, by name.

    A model is built when it meets data: `fit`, `training` or `for_data`; or when it is loaded.
    Raises ValueError, TypeError for settings that are none, naming them.
    """

    def parameters(self) -> Iterator[Any]:
        """The network's parameters."""
        return iter(self.network.parameters())

    def num_parameters(self, trainable: bool = False) -> int:
        """How many numbers the parameters have; trainable: only those that are trained, so not
        those of a frozen embedding."""
        return int(self.network.num_parameters(trainable))

    def summary(self) -> str:
        """What the model is made of, in a few lines."""
        return f"{self!r}\n{self.network!r}"

    def __repr__(self) -> str:
        if self._network is None:
            return f"{type(self).__name__}(not built: fit, for_data or load)"
        return f"{type(self).__name__}({self.in_short()}, {self.num_parameters():,} parameters)"

    def in_short(self) -> str:
        """What the model is made of, in some words for its repr."""
        return self.title
