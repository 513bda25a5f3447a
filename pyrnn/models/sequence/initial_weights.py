"""Weights that a model does not begin with at random: word vectors, those of a language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from pyrnn.data import TokenVectorizer, read_vectors
from pyrnn.models.language_model import LanguageModel
from pyrnn.models.sequence.inputs import (
    FrameInput,
    Input,
    Kinds,
    TextInput,
    WordInput,
    fitted,
)

# The settings of a language model that a model which starts from it takes over: without zoneout,
# which acts in eval, too, the same weights would compute something else
TAKEN_OVER = (
    *("unit", "cell", "layer_norm", "zoneout"),
    *("hidden_size", "num_layers", "embedding_size", "dtype"),
)

OF_TOKENS = ("pattern", "lowercase", "normalization", "min_count", "max_vocabulary")


class InitialWeights:
    """What a network that is built begins with: in this class, nothing.

    input: what the sequences are made of. config: with the sizes that the weights ask for.
    """

    def __init__(self, input: Input, config: Any) -> None:
        self.input, self.config = input, config

    def fill(self, network: Any) -> None:
        """Put them in their places."""


class OfVectors(InitialWeights):
    """Word vectors, for the words that they have; the others begin at random.

    Raises OSError, ValueError for a file that is none, ValueError where it has none of the words.
    """

    def __init__(self, input: TextInput | WordInput, config: Any) -> None:
        tokens = input.known()
        self.reserved = input.reserved
        self.vectors, self.found = read_vectors(config.vectors, tokens)
        if not self.found.any():
            raise ValueError(
                f"vectors: expected a file with some of the {len(tokens):,} "
                f"{getattr(config, 'unit', 'words')} of the data; got {config.vectors!r:.80}, "
                "which has none of them"
            )
        width = self.vectors.shape[1]
        super().__init__(input, taken_over(config, {"embedding_size": width}, "vectors"))

    def fill(self, network: Any) -> None:
        """Into the embedding."""
        with network.embedding.weight.writing() as rows:  # (V, E)
            rows[self.reserved :][self.found] = self.vectors[self.found]


class OfLanguageModel(InitialWeights):
    """The embedding and the layers of a language model, which reads from the front; where a model
    of one layer reads both ways, the other direction begins at random.

    Raises OSError, ValueError for what is no language model, ValueError for settings that differ
    from its own.
    """

    def __init__(self, config: Any) -> None:
        for field in fields(config):
            given = getattr(config, field.name)
            if field.name in OF_TOKENS and given != field.default:
                raise ValueError(
                    f"{field.name}: expected {field.default!r} beside start_from, whose model has "
                    f"its own tokens; got {given!r}"
                )
        source = LanguageModel.load(config.start_from)
        own = {name: getattr(source.config, name) for name in TAKEN_OVER}
        own["embedding_size"] = source.config.embedding
        config = taken_over(config, own, "start_from")
        if config.bidirectional and config.num_layers > 1:
            raise ValueError(
                "bidirectional: expected False beside start_from, whose model has "
                f"{config.num_layers} layers that read from the front; got True"
            )
        self.vectorizer = TokenVectorizer(source.tokenizer)
        self.network = source.network
        super().__init__(TextInput(self.vectorizer, config), config)

    def fill(self, network: Any) -> None:
        """Into embedding and layers."""
        encoder, source = network.encoder, self.network
        with network.embedding.weight.writing() as rows:
            rows[self.vectorizer.reserved :] = source.embedding.weight.numpy()
        layers = dict(encoder.recurrent.named_parameters())
        for name, parameter in source.recurrent.named_parameters():
            layers[name].assign(parameter.numpy())


def initial_weights(config: Any, inputs: Sequence[Any], kinds: Kinds) -> InitialWeights:
    """What a model with a config begins with that is to read such inputs.

    Raises OSError, ValueError for files that are none, and settings that do not go with them.
    """
    if getattr(config, "start_from", None) is not None:
        if config.vectors is not None:
            raise ValueError("vectors: expected None beside start_from, which has vectors of its "
                             f"own; got {config.vectors!r:.80}")  # fmt: skip
        if not isinstance(inputs[0], str):
            raise ValueError("start_from: expected None with frames of numbers, since a language "
                             f"model reads text; got {config.start_from!r:.80}")  # fmt: skip
        return OfLanguageModel(config)
    found = fitted(inputs, config, kinds)
    if getattr(config, "vectors", None) is not None and not isinstance(found, FrameInput):
        return OfVectors(found, config)
    return InitialWeights(found, config)


def taken_over(config: Any, own: dict[str, Any], name: str) -> Any:
    """A config with the settings that come with a file; name: the setting that names the file.

    Raises ValueError for one that was set to something else, be it its default.
    """
    for setting, value in own.items():
        given = getattr(config, setting)
        if config.has(setting) and given not in (None, value):
            raise ValueError(
                f"{setting}: expected {value!r}, as in the file of {name}; got {given!r}"
            )
    return config.of(config, **own)
