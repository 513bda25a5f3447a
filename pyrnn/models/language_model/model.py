"""LanguageModel: train on a text, score, write and complete text, save, load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar, NamedTuple

import numpy as np

from pyrnn.autograd import no_grad
from pyrnn.data import (
    Corpus,
    EncodedText,
    StreamBatch,
    TextTooShortError,
    Tokenizer,
    tokenizer_from_json,
)
from pyrnn.files.content import Content
from pyrnn.files.several import Several
from pyrnn.metrics import Perplexity
from pyrnn.models.evaluation import check_inputs
from pyrnn.models.language_model.configuration import LanguageModelConfig
from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.options import LanguageModelOptions
from pyrnn.models.language_model.reading import read
from pyrnn.models.language_model.score import (
    Score,
    characters_after_first,
    scored,
)
from pyrnn.models.language_model.writer import Writer
from pyrnn.models.language_model.writing import prompt_ids
from pyrnn.training import Loop, Loss, RunResult

Text = str | Sequence[str] | Corpus


class NextToken(NamedTuple):
    """The likeliest token after a text, and its probability."""

    token: str
    probability: float

    def __str__(self) -> str:
        return repr(self.token)[1:-1] if not self.token.isprintable() else self.token

    def to_json(self) -> dict[str, Any]:
        """Both by name."""
        return self._asdict()


class LanguageModel(Writer):
    """A recurrent model of text: p(next token | all before it).

    config, settings: see `LanguageModelConfig`. tokenizer: text to ids and back; None (the
        default): `fit` and `for_text` make the one that the config asks for.

    Raises TypeError, ValueError for settings that are none, and for a tokenizer of another unit.

    >>> from pyrnn.models import LanguageModel
    >>> text = "to be, or not to be. " * 20
    >>> model = LanguageModel(hidden_size=32)
    >>> model.fit(text, batch_size=4, bptt=10, epochs=9, learning_rate=0.01).reason
    'epochs'
    >>> model.generate("to be, or", length=12, greedy=True)
    ' not to be. '
    """

    family = "lm"
    title = "language model"
    reads = "text: the next character, byte or word"
    Config = LanguageModelConfig
    Options = LanguageModelOptions
    from_files = (
        ("Several texts, or all in a folder, as documents of their own", "one.txt two.txt", ""),
    )
    several = True
    monitors: ClassVar = {"loss": "min", "perplexity": "min", "bits_per_character": "min"}

    def __init__(
        self,
        config: LanguageModelConfig | None = None,
        tokenizer: Tokenizer | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(config, **settings)
        self._tokenizer: Tokenizer | None = None
        if tokenizer is not None:
            if not isinstance(tokenizer, Tokenizer):
                raise TypeError(f"tokenizer: expected a Tokenizer; got {tokenizer!r:.80}")
            self._set_tokenizer(tokenizer)
            self.construct()

    @classmethod
    def for_text(cls, text: Text, config: LanguageModelConfig | None = None) -> LanguageModel:
        """An untrained model with the vocabulary of this text, or of these.

        Raises ValueError for an empty text.
        """
        return cls(config).for_data(text)

    @property
    def tokenizer(self) -> Tokenizer:
        """Text to ids and back. Raises ValueError before the model is built."""
        self.network  # noqa: B018  # it says what to do
        assert self._tokenizer is not None
        return self._tokenizer

    def _set_tokenizer(self, tokenizer: Tokenizer) -> None:
        if self.config.unit != tokenizer.unit:
            raise ValueError(f"tokenizer: expected one of {self.config.unit}; got {tokenizer.unit}")
        self._tokenizer = tokenizer
        self.config = self.config.for_vocabulary(tokenizer.size)

    # data

    @property
    def units(self) -> str:
        """Characters, bytes or words."""
        return str(self.config.unit)

    def read(self, text: Any = None, *more: Any) -> Corpus:
        """A text, or several."""
        if more:
            raise TypeError(
                f"text: expected one string, or a list of them; got {1 + len(more)} of them"
            )
        return Corpus.of(text)

    def hold_out(self, data: Corpus, share: float, seed: int) -> tuple[Corpus, Corpus]:
        """The end of the text; of several, that of all, which may begin inside a document."""
        train, held, _ = data.parts((1 - share, share, 0.0))
        if held and not train:
            number = "the only one" if len(held) == 1 else f"all {len(held)}"
            raise TextTooShortError(
                f"{data.name or 'text'}: expected at least one character to train on; got none, as "
                f"validation takes {number} (valid=0, --valid 0: no validation)"
            )
        return train, held

    def learn(self, train: Corpus, held: Corpus | None) -> None:
        """The vocabulary: of words, that of the training text alone.

        A word that is new in the validation text shall be unknown there, as it will be elsewhere.
        A character would be an error: the few that a long text has not are given their place.
        """
        if not train:
            raise TextTooShortError(
                f"{train.name or 'text'}: expected at least one character to train on; got none"
            )
        every = [train] if self.config.unit == "words" or held is None else [train, held]
        pieces = chain.from_iterable(corpus.pieces() for corpus in every)
        self._set_tokenizer(self.config.tokenizer(pieces))

    def parts(self) -> dict[str, Any]:
        """The tokenizer."""
        return {"tokenizer": self.tokenizer.to_json()}

    def take(self, parts: Mapping[str, Any]) -> None:
        """The tokenizer out of a file."""
        config = self.config
        self._set_tokenizer(tokenizer_from_json(parts["tokenizer"]))
        self._check_cutoffs(config)

    def _check_cutoffs(self, stored: LanguageModelConfig) -> None:
        if self.config != stored:
            raise ValueError(f"cutoffs: expected those of the model; got {stored.cutoffs}")

    def build(self, rng: np.random.Generator) -> LanguageNetwork:
        """Embedding, recurrent stack and output layer."""
        assert self._tokenizer is not None
        return LanguageNetwork(self._tokenizer.size, self.config, rng)

    def batches(self, data: Corpus, options: LanguageModelOptions, *, train: bool) -> Any:
        """Parallel streams. Raises ValueError for a text that is too short, or has tokens that are
        not in the vocabulary."""
        text = EncodedText.of(data, self.tokenizer)
        try:
            if not train:
                return text.evaluation(options.batch_size, options.bptt)
            return text.training(
                options.batch_size, options.bptt, options.seed if options.shift else None
            )
        except TextTooShortError as error:
            raise TextTooShortError(f"{data.name}: {error}" if data.name else str(error)) from error

    def loss(self, batch: StreamBatch, state: Any = None) -> Loss:
        """-ln p of the targets: their sum, and in evaluation each of them."""
        network, training = self.network, self.network.training
        found, state = network.cross_entropy(
            batch.inputs,
            batch.targets,
            state,
            reset=batch.reset,
            reduction="sum" if training else "none",
        )
        if training:
            return Loss(found, batch.tokens, state)
        return Loss(found.sum(), batch.tokens, state, found.numpy())

    def check_state(self, state: Any, options: LanguageModelOptions) -> None:
        """Let the network go one step on from a state: its layers say what is wrong."""
        if state is not None:
            self.network.eval()
            with no_grad():
                self.network(np.zeros((1, options.batch_size), np.int64), state, last=True)

    def metrics(self, data: Corpus) -> Perplexity:
        """loss, perplexity, bits per character."""
        return Perplexity(characters=characters_after_first(self.tokenizer, data))

    def measure(self, metric: Any, batch: StreamBatch, found: Loss) -> None:
        """-ln p of each target, added in float64."""
        metric.update(found.items, float(found.output.sum(dtype=np.float64)))

    def read_file(self, file: Content | Several, columns: Any) -> tuple[Corpus]:
        """A text, or the documents in a folder, an archive or several files; for a model of bytes
        any. Files may be packed, as book.txt.gz is."""
        contents = file if isinstance(file, Several) else (file,)
        return (Corpus.read(*contents, raw=self.config.unit == "bytes"),)

    # training

    def fit(  # type: ignore[override]
        self,
        text: Text,
        valid: Any = None,
        options: LanguageModelOptions | None = None,
        **settings: Any,
    ) -> RunResult:
        """Train on a text, or several; see `Model.fit` and `training`."""
        return super().fit(text, valid=valid, options=options, **settings)

    def training(  # type: ignore[override]
        self,
        text: Text,
        valid: Any = None,
        options: LanguageModelOptions | None = None,
        **settings: Any,
    ) -> Loop:
        """A training run, ready to start; see `Model.training`.

        text: a string; a list of strings, which are documents that do not run into each other; or
            a `pyrnn.data.Corpus`, as `Corpus.read("a.txt", "b.txt")`, which is never in memory as a
            whole.
        valid: None or an empty text for nothing, a share of the text, which is its end, or such
            texts.
        """
        several = isinstance(valid, list) and {type(one) for one in valid} == {str}
        if several or isinstance(valid, str | Corpus):
            valid = (valid,) if valid else None
        return super().training(text, valid=valid, options=options, **settings)

    # reading

    def score(self, text: str | Corpus, context: str | None = None) -> Score:
        """The log-likelihood of each token of a text.

        context: what stands before the text; it is read and not scored. None (the default): the
            text's first token, of which nothing is known beforehand, is the context of the rest.
        The text is read in pieces with the state carried on, so its length costs no memory.
        Raises TextTooShortError for a text of fewer than two tokens (one, with a context), and
        UnknownTokenError for tokens that are not in the vocabulary.
        """
        return scored(self.network, self.tokenizer, text, context)

    def perplexity(self, text: str | Corpus) -> float:
        """exp of the mean negative log-likelihood per token: `score(text).perplexity`."""
        return self.score(text).perplexity

    # prediction

    def predict(self, inputs: Sequence[str]) -> list[NextToken]:
        """The likeliest next token after each text; an empty one stands for a newline.

        Raises TypeError for a single text, UnknownTokenError for one with unknown tokens.
        """
        check_inputs(inputs)
        return [self._next(text) for text in inputs]

    def _next(self, text: str) -> NextToken:
        logits, _ = read(self.network, prompt_ids(self.tokenizer, text, "input"))  # (1, V)
        chosen = int(logits.argmax())
        p = np.exp(logits[0].astype(np.float64) - logits.max())
        return NextToken(self.tokenizer.token(chosen), float(p[chosen] / p.sum()))

    def read_inputs(self, file: Content, columns: Any) -> list[str]:
        """A text a line."""
        return "".join(self.read_file(file, columns)[0].pieces()).splitlines()

    def streamed(self) -> list[Any]:
        """What `pyrnn.Stream(model)` runs: a step is an id of the tokenizer, and its output the
        logits of the token behind it, (V,). ValueError for an adaptive softmax."""
        return [self.network]

    def in_short(self) -> str:
        """Tokens and layers."""
        tokens = f"{self.tokenizer.size} {self.tokenizer.unit}"
        return f"{tokens}, {self.config.num_layers} x {self.config.hidden_size} {self.config.cell}"
