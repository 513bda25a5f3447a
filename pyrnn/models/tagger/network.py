"""The layers of a tagger.

    e = word_table[id]                                   (U, E), the U different words of a batch
    f = max over the filters' places of characters       (U, F), or a BiLSTM's last states
    x_t = dropout([e, f][word at t]), or dropout(frame)  (T, B, E + F)
    y_t = dropout(stack(x)_t)                            (T, B, D H)
    z_t = W y_t + b                                      (T, B, C)

    softmax   p(y) = prod over t of softmax(z_t)[y_t]
    CRF       p(y) = exp(score(y)) / Z                   see `nn.CRF`

Lample et al. 2016 (arXiv 1603.01360), Ma and Hovy 2016 (arXiv 1603.01354), who read characters by
an LSTM and by filters. In training, words that the data have once are read as unknown at times, so
that there is something to know of unknown ones.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pyrnn import functional, nn
from pyrnn.autograd import Tensor, no_grad
from pyrnn.data import IGNORED
from pyrnn.models.encoders import Reads
from pyrnn.models.sequence.inputs import Input, WordInput
from pyrnn.models.sequence.inputs.words import Words
from pyrnn.models.sequence.network import SequenceNetwork
from pyrnn.models.tagger.batches import TagBatch
from pyrnn.models.tagger.settings import TaggerConfig
from pyrnn.streaming import StreamedWords


class CharacterFilters(nn.Module):
    """Filters over the characters of a word, and the largest activation of each."""

    def __init__(self, config: TaggerConfig, letters: int, **kind: Any) -> None:
        size, width = config.character_size, config.character_features
        self.embedding = nn.Embedding(letters, size, std=1 / math.sqrt(size), **kind)
        self.convolution = nn.Conv1dMax(size, width, config.character_width, **kind)

    def forward(self, characters: np.ndarray, lengths: np.ndarray) -> Tensor:
        """int64 (C, U), lengths (U,) -> (U, F)."""
        y: Tensor = self.convolution(self.embedding(characters), lengths)
        return y


class CharacterLSTM(nn.Module):
    """The last states of an LSTM that reads the characters of a word from either end."""

    def __init__(self, config: TaggerConfig, letters: int, **kind: Any) -> None:
        size, hidden = config.character_size, config.character_features // 2
        self.embedding = nn.Embedding(letters, size, std=1 / math.sqrt(size), **kind)
        self.lstm = nn.LSTM(size, hidden, bidirectional=True, **kind)

    def forward(self, characters: np.ndarray, lengths: np.ndarray) -> Tensor:
        """int64 (C, U), lengths (U,) -> (U, F)."""
        _, (h, _) = self.lstm(self.embedding(characters), lengths=lengths)  # (2, U, F / 2)
        return functional.concatenate([h[0], h[1]], axis=-1)


CHARACTERS = {"conv": CharacterFilters, "lstm": CharacterLSTM}


class WordReader(nn.Module):
    """The words of a batch as vectors, each computed once.

    width: E + F. rng: of initial weights, and of which rare words are read as unknown.
    """

    def __init__(self, config: TaggerConfig, input: WordInput, rng: np.random.Generator) -> None:
        kind: dict[str, Any] = {"dtype": config.dtype, "rng": rng}
        size = config.embedding
        self.embedding = nn.Embedding(input.tokens, size, std=1 / math.sqrt(size), **kind)
        self.embedding.requires_grad_(not config.freeze_embedding)
        reader = CHARACTERS.get(config.characters)
        self.characters = None if reader is None else reader(config, input.letters, **kind)
        self.width = size + (0 if reader is None else config.character_features)
        self.first_rare, self.unknown_rate = input.reserved + input.rare, config.unknown_rate
        self.rng = rng

    def forward(self, words: Words, places: np.ndarray) -> Tensor:
        """U different words, and which of them each step is, int64 (T, B) -> (T, B, E + F)."""
        ids = self._learnt(words.ids)
        if self.characters is None:
            y: Tensor = self.embedding(ids[places] if len(ids) else places)
            return y
        f = self.characters(words.characters, words.lengths)
        table = functional.concatenate([self.embedding(ids), f], axis=-1)  # (U, E + F)
        return functional.embedding(places, table)

    def streamed(self, input: WordInput) -> list[Any]:
        """What reads the words of a stream: see `pyrnn.Stream`.

        Without characters a word is its row of the table; else it is [e, f], by this reader as it
        is now.
        """
        if self.characters is None:
            return [
                StreamedWords(lambda words: input.rows(words).ids, np.zeros(0, np.int64)),
                self.embedding,
            ]
        reader = copy.deepcopy(self).eval()

        def read(words: Sequence[str]) -> np.ndarray:
            with no_grad():
                x = reader(input.rows(words), np.arange(len(words))[None])  # (1, n, E + F)
            return np.asarray(x.numpy()[0])

        return [StreamedWords(read, np.zeros((0, self.width), self.embedding.weight.dtype))]

    def _learnt(self, ids: np.ndarray) -> np.ndarray:
        """Rows of the table, (U,); in training some rare words have that of unknown ones."""
        if not self.training or not self.unknown_rate:
            return ids
        hidden = self.rng.random(len(ids)) < self.unknown_rate
        return np.where((ids >= self.first_rare) & hidden, 0, ids)


class TaggerNetwork(SequenceNetwork):
    """A reader of words, where there are words; an encoder, an output layer, and a CRF if asked.

    input: what the sequences are made of. static: S. outputs: C. crf: what a CRF allows, see
    `nn.CRF`, as a tuple of one element; None for a softmax.
    """

    def __init__(
        self,
        config: TaggerConfig,
        input: Input,
        static: int,
        outputs: int,
        crf: tuple[Any] | None,
        rng: np.random.Generator,
    ) -> None:
        self.words = WordReader(config, input, rng) if isinstance(input, WordInput) else None
        width = input.features if self.words is None else self.words.width
        settings: Any = config  # which has all that a recurrent encoder reads
        super().__init__(settings, Reads(features=width, static=static), outputs, rng)
        self.crf = None
        if crf is not None:
            self.crf = nn.CRF(outputs, allowed=crf[0], dtype=config.dtype, rng=rng)

    @property
    def embedding(self) -> Any:
        """Of words; None for frames."""
        return None if self.words is None else self.words.embedding

    def emissions(self, batch: TagBatch) -> Tensor:
        """z of a batch, (T, B, C)."""
        x: Any = batch.inputs
        if self.words is not None:
            assert batch.words is not None
            x = self.words(batch.words, batch.inputs)
        return self.steps(x, batch.lengths, batch.static, batch.numbers)

    def loss(self, z: Tensor, batch: TagBatch) -> Tensor:
        """-ln p of the labels, summed over the batch."""
        targets: Any = batch.targets
        if self.crf is not None:
            return -self.crf(z, targets, batch.lengths).sum()
        return functional.cross_entropy(z, targets, None, IGNORED, reduction="sum")

    def labels(self, z: Tensor, lengths: np.ndarray) -> np.ndarray:
        """The likeliest labels, int64 (T, B), of all together with a CRF, else step by step."""
        if self.crf is not None:
            return np.asarray(self.crf.decode(z, lengths)[0])
        return np.asarray(z.numpy().argmax(axis=-1))

    def probabilities(self, z: Tensor, lengths: np.ndarray) -> np.ndarray:
        """p of each label at each step, (T, B, C), whatever the labels of the others."""
        if self.crf is not None:
            return np.asarray(self.crf.marginals(z, lengths))
        shifted = z.numpy().astype(np.float64)
        p = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
        return np.asarray(p / p.sum(axis=-1, keepdims=True))

    def streamed(self) -> list[Any]:
        """The layers that a step passes: see `pyrnn.Stream`. ValueError for a CRF."""
        if self.crf is not None:
            raise ValueError(
                "output_layer: expected 'softmax' for a stream, since with a CRF a label hangs "
                "on those behind it; got 'crf'"
            )
        return super().streamed()
