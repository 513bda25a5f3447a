"""The part of a language model that writes and completes text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator
from typing import overload

import numpy as np

from pyrnn.data import Tokenizer
from pyrnn.decoding import Generators, Greedy, RepetitionPenalty, Restrained, Sampling, endings
from pyrnn.kernels import scalars
from pyrnn.models.language_model.completion import LENGTH, Completer, Completion
from pyrnn.models.language_model.writing import Sample, allowed_tokens, prompt_ids, write
from pyrnn.models.model import Model


class Writer(Model):
    """A model that writes on from a text."""

    @property
    @abstractmethod
    def tokenizer(self) -> Tokenizer:
        """Text to ids and back."""

    @overload
    def generate(
        self,
        prompt: str = "",
        length: int = 200,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        greedy: bool = False,
        repetition_penalty: float = 1.0,
        repetition_window: int | None = None,
        forbid: str | Collection[str] | None = None,
        stop: str | Collection[str] | None = None,
        seed: int | None = None,
        samples: None = None,
    ) -> str: ...

    @overload
    def generate(
        self,
        prompt: str = "",
        length: int = 200,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        greedy: bool = False,
        repetition_penalty: float = 1.0,
        repetition_window: int | None = None,
        forbid: str | Collection[str] | None = None,
        stop: str | Collection[str] | None = None,
        seed: int | None = None,
        samples: int,
    ) -> list[str]: ...

    def generate(
        self,
        prompt: str = "",
        length: int = 200,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        greedy: bool = False,
        repetition_penalty: float = 1.0,
        repetition_window: int | None = None,
        forbid: str | Collection[str] | None = None,
        stop: str | Collection[str] | None = None,
        seed: int | None = None,
        samples: int | None = None,
    ) -> str | list[str]:
        """Write on from a prompt; returns what was written, without the prompt.

        prompt: the beginning; empty (the default) stands for a newline.
        length: the tokens to write; default 200.
        temperature, top_k, top_p: see `pyrnn.decoding.probabilities`; default 1, None, None. A
            temperature of 0 is greedy.
        greedy: always the most probable token; default no. The three before are then left out.
        repetition_penalty: tokens of the prompt and of what is written become less likely: their
            logits are divided by it (multiplied, where they are below 0; Keskar et al. 2019, arXiv
            1909.05858, who have 1.2). Default 1: no penalty.
        repetition_window: how many of the last tokens it is for; None (the default): all. For
            characters: nearly all have soon occurred.
        forbid: tokens that are never written, one or several: "\\n" is the newline, "<unk>" the
            token for unknown ones, whatever it is called; of bytes "<0xC3>" is one above 127.
        stop: a string or several: the text ends before the first of them.
        seed: of the draws; the same seed gives the same text. None (the default): a new one.
        samples: None (the default), or how many texts to write side by side, faster than one after
            the other; they are returned as a list. Text k, from 0, is the one that `seed` + k gives
            alone.
        Raises ValueError for settings outside their range and for those that would say nothing
        beside others, as `top_k` beside `greedy`; and UnknownTokenError for a prompt that
        is not in the vocabulary.
        """
        count = 1 if samples is None else scalars.integer("samples", samples, least=1)
        rounds = self._rounds(
            prompt,
            length,
            seeds=_seeds(seed, count),
            choice=(greedy, temperature, top_k, top_p),
            penalty=(repetition_penalty, repetition_window),
            forbid=forbid,
            stop=stop,
        )
        texts = ["".join(pieces) for pieces in zip(*rounds, strict=True)]
        return texts[0] if samples is None else texts

    def stream(
        self,
        prompt: str = "",
        length: int = 200,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        greedy: bool = False,
        repetition_penalty: float = 1.0,
        repetition_window: int | None = None,
        forbid: str | Collection[str] | None = None,
        stop: str | Collection[str] | None = None,
        seed: int | None = None,
    ) -> Iterator[str]:
        """`generate` piece by piece, each as soon as it is written.

        The settings are checked and the prompt is read at the call.
        """
        rounds = self._rounds(
            prompt,
            length,
            seeds=_seeds(seed, 1),
            choice=(greedy, temperature, top_k, top_p),
            penalty=(repetition_penalty, repetition_window),
            forbid=forbid,
            stop=stop,
        )
        return (piece for (piece,) in rounds)

    def _rounds(
        self,
        prompt: str,
        length: int,
        *,
        seeds: list[int | None],
        choice: tuple[bool, float, int | None, float | None],
        penalty: tuple[float, int | None],
        forbid: str | Collection[str] | None,
        stop: str | Collection[str] | None,
    ) -> Iterator[list[str]]:
        """What each step adds to each of the samples, of which there is one a seed."""
        length = scalars.integer("length", length, least=0)
        greedy, *settings = choice
        draws = Generators([np.random.default_rng(seed) for seed in seeds])
        sampling = Sampling(draws, *settings)  # type: ignore[arg-type]  # it draws as one does
        if len(seeds) > 1 and (greedy or sampling.temperature == 0):
            raise ValueError(
                f"samples: expected 1 where the likeliest token is taken, since all would be the "
                f"same; got {len(seeds)}"
            )
        stops = endings(stop)
        allowed = allowed_tokens(self.tokenizer, forbid)
        ids = prompt_ids(self.tokenizer, prompt)
        came = RepetitionPenalty(penalty[0], ids, len(seeds), self.tokenizer.size, penalty[1])
        _check_said(choice, penalty)
        choose = Restrained(
            Greedy() if greedy else sampling, allowed, None if came.penalty == 1 else came
        )
        samples = [Sample(self.tokenizer, prompt, stops) for _ in seeds]
        return write(self.network, ids, samples, length, choose)

    def complete(
        self,
        prefix: str = "",
        n: int = 5,
        *,
        length: int = LENGTH,
        beam: int | None = None,
        until: str = "word",
        alpha: float = 0.0,
        forbid: str | Collection[str] | None = None,
    ) -> list[Completion]:
        """The n likeliest ways in which a text goes on, best first, found by beam search.

        prefix: the text so far; empty (the default) stands for a newline. The letters of a word
            may end it: completions begin with the rest of that word.
        n, length, beam, until, alpha, forbid: see `Completer`, which is faster where the text is
            still being typed; default 5, 30, None (twice n, and at least 10), "word", 0, None.
        Fewer than n where the model knows no more; none where a model of words knows no word that
        begins as the last one does. Raises as `Completer` and `Completer.completions`.
        """
        completer = Completer(
            self, n, length=length, beam=beam, until=until, alpha=alpha, forbid=forbid
        )
        completer.type(prefix)
        return completer.completions()


def _check_said(
    choice: tuple[bool, float, int | None, float | None], penalty: tuple[float, int | None]
) -> None:
    """Raises ValueError for a setting that would say nothing beside the others."""
    greedy, temperature, *limits = choice
    if greedy and temperature not in (0, 1):
        raise ValueError(f"temperature: expected none beside greedy; got {temperature}")
    for name, limit in zip(("top_k", "top_p"), limits, strict=True):
        if limit is not None and (greedy or temperature == 0):
            beside = "greedy" if greedy else "a temperature of 0"
            raise ValueError(f"{name}: expected none beside {beside}; got {limit}")
    if penalty[1] is not None and penalty[0] == 1:
        raise ValueError(
            f"repetition_window: expected none without a repetition_penalty; got {penalty[1]}"
        )


def _seeds(seed: int | None, samples: int) -> list[int | None]:
    """Of each sample."""
    if seed is None:
        return [None] * samples
    first = scalars.integer("seed", seed, least=0)
    return [first + k for k in range(samples)]
