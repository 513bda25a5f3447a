"""LanguageModel: train on a text, score, write and complete text, save, load."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pyrnn.data import Tokenizer, tokenizer_from_json
from pyrnn.decoding import Choice, Greedy, Sampling, endings, until
from pyrnn.files.checkpoint import WRONG, in_short
from pyrnn.files.model_folder import ModelFolderError, read_model, write_model
from pyrnn.files.strict_json import shortened
from pyrnn.kernels import scalars
from pyrnn.models.arguments import settings
from pyrnn.models.language_model.completion import LENGTH, Completer, Completion
from pyrnn.models.language_model.configuration import LanguageModelConfig
from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.score import Score, scored
from pyrnn.models.language_model.task import language_task
from pyrnn.models.language_model.weight_shapes import check_weights
from pyrnn.models.language_model.writing import write
from pyrnn.models.training_run import RunResult, model_of_checkpoint
from pyrnn.training import DivergenceError, Loop, RunFolder, TrainingOptions

KIND, VERSION = "pyrnn language model", 1


class LanguageModel:
    """A recurrent model of text: p(next token | all before it).

    tokenizer: text to ids and back. config: see `LanguageModelConfig`.
    trained: how it was trained, for the record: None, or JSON that `save` stores.

    >>> from pyrnn.models import LanguageModel, LanguageModelConfig
    >>> from pyrnn.training import TrainingOptions
    >>> text = "to be, or not to be. " * 20
    >>> model = LanguageModel.for_text(text, LanguageModelConfig(hidden_size=32))
    >>> options = TrainingOptions(batch_size=4, steps=10, epochs=9, learning_rate=0.01)
    >>> result = model.fit(text, options=options)
    >>> model.generate("to be, or", length=12, greedy=True)
    ' not to be. '
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        config: LanguageModelConfig | None = None,
        trained: Mapping[str, Any] | None = None,
    ) -> None:
        if not isinstance(tokenizer, Tokenizer):
            raise TypeError(f"tokenizer: expected a Tokenizer; got {tokenizer!r}")
        self.tokenizer = tokenizer
        config = settings("config", config, LanguageModelConfig)
        self.trained = trained
        if config.unit != tokenizer.unit:
            raise ValueError(f"tokenizer: expected one of {config.unit}; got {tokenizer.unit}")
        self.config = config.for_vocabulary(tokenizer.size)
        self.network = LanguageNetwork(tokenizer.size, self.config)
        self.network.eval()

    @classmethod
    def for_text(cls, text: str, config: LanguageModelConfig | None = None) -> LanguageModel:
        """An untrained model with the vocabulary of this text.

        Raises ValueError for an empty text.
        """
        config = settings("config", config, LanguageModelConfig)
        return cls(config.tokenizer(text), config)

    # training

    def fit(
        self,
        text: str,
        valid: str | None = None,
        options: TrainingOptions | None = None,
        *,
        folder: str | Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        progress: bool = False,
    ) -> RunResult:
        """Train on a text; see `training`, whose arguments these are, and run it to its end.

        progress: show a bar on the terminal's stderr; default no.
        Returns the run's result. Ctrl-C ends it after the present step, with a checkpoint written
        (reason "interrupted"). Raises DivergenceError when the loss or its gradient is no finite
        number; the model then has the best weights so far, or those of the latest checkpoint.
        """
        loop = self.training(
            text, valid, options, folder=folder, resume=resume, overwrite=overwrite
        )
        return self.run(loop, progress=progress)

    def run(self, loop: Loop, *, progress: bool = False) -> RunResult:
        """Run what `training` has made ready to its end; all else as `fit`."""
        records = loop.run()
        if progress:
            from pyrnn.training.progress import watch

            records = watch(records, loop.budget, unit=self.tokenizer.unit)
        with loop.interruption:  # while the records are shown, too
            for _ in records:
                pass
        result = RunResult.of(loop)
        self.trained = result.to_json(loop.options)
        if result.reason == "diverged":
            raise DivergenceError(
                f"{result.end.detail}; the model now has {loop.restored}. Lower learning_rate "
                f"({loop.options.learning_rate}) or clip_norm ({loop.options.clip_norm})"
            )
        return result

    def training(
        self,
        text: str,
        valid: str | None = None,
        options: TrainingOptions | None = None,
        *,
        folder: str | Path | None = None,
        resume: bool = False,
        overwrite: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> Loop:
        """A training run, ready to start: iterate over it for its records.

        text: the training text. valid: the validation text; None or empty for no validation.
        options: see `TrainingOptions`; default those.
        folder: where last.safetensors, best.safetensors and history.jsonl go; None (the default)
            writes nothing.
        resume: go on from last.safetensors of the folder, with the same text, options (but for the
            limits and reports) and config. As long as no limit counts minutes, the weights come out
            the same, bit for bit, as those of a run that was never broken off; under a higher
            limit, as those of a run that had it from the start, unless schedule="cosine", which
            follows the limit.
        overwrite: replace another run in the folder; default: an error.
        clock: seconds, rising, by which the run counts its time; default the real ones.

        A new run begins with the model's present weights. At its end the model has the weights of
        the best validation (`restore_best`), else the last. A run that ends between two validations
        makes one more, which counts for these weights alone: a run that is resumed knows nothing of
        it, and best.safetensors is of the best of the others, where there are any.

        Raises ValueError for a text that is too short or not in the vocabulary; FileExistsError,
        FileNotFoundError, CheckpointError as `Loop.start` and `Loop.resume`.
        """
        options = settings("options", options, TrainingOptions)
        task = language_task(self.network, self.tokenizer, self.description(), text, valid, options)
        loop = Loop(task, options, None if folder is None else RunFolder(folder), clock)
        if resume:
            loop.resume()
        else:
            self.network.reseed(options.seed)
            loop.start(overwrite=overwrite)
        return loop

    # reading

    def score(self, text: str, context: str | None = None) -> Score:
        """The log-likelihood of each token of a text.

        context: what stands before the text; it is read and not scored. None (the default): the
            text's first token, of which nothing is known beforehand, is the context of the rest.
        The text is read in pieces with the state carried on, so its length costs no memory.
        Raises TextTooShortError for a text of fewer than two tokens (one, with a context), and
        UnknownTokenError for tokens that are not in the vocabulary.
        """
        return scored(self.network, self.tokenizer, text, context)

    def perplexity(self, text: str) -> float:
        """exp of the mean negative log-likelihood per token: `score(text).perplexity`."""
        return self.score(text).perplexity

    # writing

    def generate(
        self,
        prompt: str = "",
        length: int = 200,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        greedy: bool = False,
        stop: str | Sequence[str] | None = None,
        seed: int | None = None,
    ) -> str:
        """Write on from a prompt; returns what was written, without the prompt.

        prompt: the beginning; empty (the default) stands for a newline.
        length: the tokens to write; default 200.
        temperature, top_k, top_p: see `pyrnn.decoding.probabilities`; default 1, None, None. A
            temperature of 0 is greedy.
        greedy: always the most probable token; the three before then say nothing. Default no.
        stop: a string or several: the text ends before the first of them.
        seed: of the draws; the same seed gives the same text. None (the default): a new one.
        Raises ValueError for settings outside their range, and UnknownTokenError for a prompt that
        is not in the vocabulary.
        """
        pieces = self.stream(
            prompt,
            length,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            greedy=greedy,
            stop=stop,
            seed=seed,
        )
        return "".join(pieces)

    def stream(
        self,
        prompt: str = "",
        length: int = 200,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        greedy: bool = False,
        stop: str | Sequence[str] | None = None,
        seed: int | None = None,
    ) -> Iterator[str]:
        """`generate` piece by piece, each as soon as it is written.

        The settings are checked and the prompt is read at the call.
        """
        length = scalars.integer("length", length, least=0)
        choose: Choice = Greedy()
        if not greedy:
            rng = np.random.default_rng(
                None if seed is None else scalars.integer("seed", seed, least=0)
            )
            choose = Sampling(rng, temperature, top_k, top_p)
        stops = endings(stop)
        pieces = write(self.network, self.tokenizer, prompt, length, choose)
        return until(pieces, stops)

    def complete(
        self,
        prefix: str = "",
        n: int = 5,
        *,
        length: int = LENGTH,
        beam: int | None = None,
        until: str = "word",
        alpha: float = 0.0,
    ) -> list[Completion]:
        """The n likeliest ways in which a text goes on, best first, found by beam search.

        prefix: the text so far; empty (the default) stands for a newline. The letters of a word
            may end it: completions begin with the rest of that word.
        n, length, beam, until, alpha: see `Completer`, which is faster where the text is still
            being typed; default 5, 30, None (twice n, and at least 10), "word", 0.
        Fewer than n where the model knows no more; none where a model of words knows no word that
        begins as the last one does. Raises as `Completer` and `Completer.completions`.
        """
        completer = Completer(self, n, length=length, beam=beam, until=until, alpha=alpha)
        completer.type(prefix)
        return completer.completions()

    # files

    def save(self, folder: str | Path) -> None:
        """Write weights.safetensors and config.json to a folder, which is made if need be.

        Broken off at any point, by a power cut too, it leaves the folder's earlier model or this
        one, whole. Raises OSError as the system does, naming the file.
        """
        content = {**self.description(), "trained": self.trained}
        write_model(folder, KIND, VERSION, content, self.network.state_dict())

    @classmethod
    def load(cls, path: str | Path) -> LanguageModel:
        """The model that `save` wrote to a folder, or that a checkpoint of `fit` holds.

        path: the folder, or a checkpoint file as best.safetensors.
        Nothing in the files is executed, and the memory taken is a small multiple of their size,
        whatever they ask for.
        Raises FileNotFoundError, ModelFolderError, CheckpointError for what is missing or damaged.
        """
        path = Path(path)
        trained: Any
        if path.is_file():
            content, weights, trained = model_of_checkpoint(path)
        else:
            content, weights = read_model(path, KIND, VERSION)
            trained = content.get("trained")
        try:
            config = LanguageModelConfig.from_json(content["config"])
            tokenizer = tokenizer_from_json(content["tokenizer"])
            if not isinstance(trained, Mapping | None):
                raise ValueError(f"trained: expected an object; got {shortened(trained)}")
            check_weights(weights, tokenizer.size, config)  # before anything of that size is made
            # Initial weights are replaced at once: none that would first be made orthogonal
            model = cls(tokenizer, replace(config, init="torch"), trained)
            model.config = config
            model.network.load_state_dict(weights)
        except WRONG as error:
            words = in_short(error)
            raise ModelFolderError(f"{path}: not a whole language model ({words})") from error
        return model

    def export(self, path: str | Path) -> None:
        """Write the weights to one safetensors file, under PyTorch's names: see `pyrnn.export`.

        Its header also holds the model's settings ("config") and vocabulary ("tokenizer") as JSON.
        Raises ValueError for a cell that PyTorch has not, OSError as the system does.
        """
        from pyrnn.exchange import export

        texts = {name: json.dumps(content) for name, content in self.description().items()}
        export(self.network, path, about={"model": KIND, **texts})

    def description(self) -> dict[str, Any]:
        """The settings and the vocabulary, ready for JSON."""
        return {"config": self.config.to_json(), "tokenizer": self.tokenizer.to_json()}

    def __repr__(self) -> str:
        size = sum(parameter.size for parameter in self.network.parameters())
        tokens = f"{self.tokenizer.size} {self.tokenizer.unit}"
        layers = f"{self.config.num_layers} x {self.config.hidden_size} {self.config.cell}"
        return f"LanguageModel({tokens}, {layers}, {size:,} parameters)"
