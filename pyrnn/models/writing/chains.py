"""A decoder as a chain of layers: it runs without Python between two steps."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

from pyrnn.data import Vectorizer
from pyrnn.kernels import native
from pyrnn.models.writing.network import WriterNetwork
from pyrnn.nn import Parameter
from pyrnn.streaming.continuation import Continuation

_version = attrgetter("version")


class Chains:
    """The chains of a network, with its weights as they are when this is made.

    writer: its decoder, where a step needs nothing but the token and the states before it; else
    None. vectorizer: of what is written.
    """

    def __init__(self, network: WriterNetwork, vectorizer: Vectorizer) -> None:
        self._network, self._parameters = network, tuple(network.parameters())
        self._versions = tuple(map(_version, self._parameters))
        decoder = network.decoder
        self.writer: Continuation | None = None
        if decoder.attending is not None or decoder.readout is not None:
            return
        barred, absent = np.zeros((2, vectorizer.size), bool)
        barred[[vectorizer.padding_id, network.start_id]] = True
        absent[vectorizer.unknown_id] = True  # there is nothing to copy in its place
        self.writer = Continuation(
            [decoder.embedding, decoder.layers, decoder.output],
            first=network.start_id,
            end=vectorizer.end_id,  # type: ignore[arg-type]
            barred=barred,
            absent=absent,
        )

    def fresh(self, network: WriterNetwork) -> bool:
        """Whether they are those of a network with its weights as they are now: told in 1 us, as
        its parameters are still the same ones."""
        return network is self._network and self._of(self._parameters)

    def of(self, network: WriterNetwork) -> bool:
        """The same of any network."""
        return self._of(tuple(network.parameters()))

    def _of(self, parameters: tuple[Parameter, ...]) -> bool:
        return tuple(map(_version, parameters)) == self._versions  # no two share a version

    def __reduce__(self) -> Any:
        return type(None), ()  # a copy of a model makes its own

    def states(self, network: WriterNetwork, batch: Any) -> list[np.ndarray]:
        """The decoder's first ones, for B inputs."""
        first = network.decoder.states(network.known(batch)).above
        every = first if isinstance(first, tuple) else (first,)
        return [native.plain(np.asarray(each)) for each in every]
