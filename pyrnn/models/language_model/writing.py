"""What a trained network writes: a prompt is read, then chosen tokens are fed back."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from pyrnn.data import Tokenizer, UnknownTokenError
from pyrnn.decoding import Ending, Restrained
from pyrnn.models.language_model.network import LanguageNetwork
from pyrnn.models.language_model.reading import gather, read, step

UNKNOWN = "<unk>"  # names the token for unknown ones, whatever a vocabulary calls it


class Sample:
    """One text that is being written: ids in, text out.

    prompt: what stands before it. stop: the strings before which it ends.
    """

    def __init__(self, tokenizer: Tokenizer, prompt: str, stop: tuple[str, ...]) -> None:
        self._ids: deque[int] = deque()
        self._pieces = tokenizer.pieces(_drained(self._ids), after=prompt)
        self._ending = Ending(stop)

    @property
    def over(self) -> bool:
        """Whether a string that ends it has come."""
        return self._ending.over

    def write(self, token: int) -> str:
        """What a further token adds to the text."""
        self._ids.append(token)
        return self._ending.passed(next(self._pieces))

    def close(self) -> str:
        """What is left, now that no token follows."""
        return "".join(map(self._ending.passed, self._pieces)) + self._ending.rest()


def write(
    network: LanguageNetwork,
    ids: np.ndarray,
    samples: Sequence[Sample],
    length: int,
    choose: Restrained,
) -> Iterator[list[str]]:
    """Up to `length` tokens of each sample behind a prompt, int64 (N,): what a token adds to each.

    The prompt is read at the call, the tokens are written as they are asked for. Samples that are
    over leave the batch.
    """
    logits, state = read(network, ids)
    if len(samples) > 1:
        rows = np.zeros(len(samples), np.int64)
        logits, state = logits[rows], gather(state, rows)
    return _written(network, logits, state, samples, length, choose)


def _written(
    network: LanguageNetwork,
    logits: np.ndarray,
    state: object,
    samples: Sequence[Sample],
    length: int,
    choose: Restrained,
) -> Iterator[list[str]]:
    going = list(range(len(samples)))  # the sample of each row
    for t in range(length):
        ids = choose(logits)  # (B,)
        pieces = [""] * len(samples)
        for number, token in zip(going, ids.tolist(), strict=True):
            pieces[number] = samples[number].write(token)
        yield pieces
        rows = np.array([r for r, number in enumerate(going) if not samples[number].over], np.int64)
        if not len(rows):
            return
        if len(rows) < len(going):
            going = [going[row] for row in rows.tolist()]
            ids, state = ids[rows], gather(state, rows)
            choose.keep(rows)
        if t + 1 < length:
            logits, state = step(network, ids, state)
    yield ["" if sample.over else sample.close() for sample in samples]


def prompt_ids(tokenizer: Tokenizer, prompt: str, name: str = "prompt") -> np.ndarray:
    """The ids to begin with, int64 (N,), N >= 1: an empty prompt stands for a newline.

    name: what an error message calls it. Raises UnknownTokenError for one that is not in the
    vocabulary, ValueError for an empty one where there is no newline in it.
    """
    try:
        ids = tokenizer.encode(prompt)
    except UnknownTokenError as error:
        raise UnknownTokenError(f"{name}: {error}") from error
    if len(ids):
        return ids
    if tokenizer.newline_id is None:
        raise ValueError(
            f"{name}: expected a beginning, since the vocabulary has no newline to stand for an "
            "empty one; got none"
        )
    return np.array([tokenizer.newline_id], dtype=np.int64)


def allowed_tokens(tokenizer: Tokenizer, forbid: str | Collection[str] | None) -> np.ndarray | None:
    """The tokens that may be written, bool (V,); None for all.

    forbid: one token or several, as `tokenizer.token` has them; "\\n" is the newline whatever it is
        called, UNKNOWN the token for unknown ones, which there need not be.
    Raises TypeError for what are no strings, ValueError for what is no token, and where none is
    left.
    """
    names = (forbid,) if isinstance(forbid, str) else () if forbid is None else forbid
    several = isinstance(names, Collection) and not isinstance(names, Mapping)
    if not several or not all(isinstance(name, str) for name in names):
        raise TypeError(f"forbid: expected a token or a list of them; got {forbid!r:.80}")
    if not names:
        return None
    known: dict[str, int | None] = {tokenizer.token(v): v for v in range(tokenizer.size)}
    known.setdefault("\n", tokenizer.newline_id)
    known.setdefault(UNKNOWN, getattr(getattr(tokenizer, "vocabulary", None), "unknown_id", None))
    allowed = np.ones(tokenizer.size, dtype=bool)
    for name in names:
        number = known.get(name)
        if number is None and name != UNKNOWN:
            raise ValueError(
                f"forbid: expected tokens of the vocabulary of {tokenizer.size} {tokenizer.unit}, "
                f"as {tokenizer.token(tokenizer.size - 1)!r:.80}; got {name!r:.80}"
            )
        if number is not None:
            allowed[number] = False
    if not allowed.any():
        raise ValueError(f"forbid: expected a token to be left; got all {tokenizer.size}")
    return allowed


def _drained(ids: deque[int]) -> Iterator[int]:
    """What is in there, until there is nothing."""
    while ids:
        yield ids.popleft()
