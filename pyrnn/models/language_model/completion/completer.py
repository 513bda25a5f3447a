"""Completions while a text is typed."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from pyrnn.data import UnknownTokenError
from pyrnn.decoding import Beam, beam_search
from pyrnn.decoding.likeliest import WIDEST
from pyrnn.kernels import scalars
from pyrnn.models.language_model.completion.completion import Completion, distinct
from pyrnn.models.language_model.completion.rules import rules_of, without
from pyrnn.models.language_model.completion.state_history import Snapshot, StateHistory
from pyrnn.models.language_model.reading import gather, read, step
from pyrnn.models.language_model.writing import allowed_tokens, prompt_ids

if TYPE_CHECKING:
    from pyrnn.models.language_model.writer import Writer

LENGTH = 30  # tokens; hardly a word has more, and the search ends where its result is certain
LEAST_BEAM = 10


class Completer:
    """A text that is being typed key by key, and how the model would have it go on.

    Whatever was typed and taken back again, `completions` gives what `LanguageModel.complete` gives
    for the present text, but reads only what is new since the last time.

    model: a LanguageModel, which must not be trained meanwhile.
    n: how many completions; default 5.
    length: the most tokens of one; default 30.
    beam: the continuations that are followed at a time (see `pyrnn.decoding.Beam`); None (the
        default): twice n, and at least 10.
    until: how far a completion goes.
        "word" (the default): to the end of the present word or, where that may be whole already, of
            the next: before the first character that is no letter, digit, mark, _ or apostrophe,
            once there was a letter. What stands between two words comes with the second, but no
            end of a line. For a model of words a word is a token, whatever it is made of.
        "line": to the end of the line.
        "length": for `length` tokens, over ends of lines, too.
    alpha: of the length penalty (see `pyrnn.decoding.beam`); 0 (the default) ranks by probability,
        which favours short completions; 1 is rather much. A search with a penalty ends later.
    forbid: tokens that no completion has, as in `LanguageModel.generate`; None (the default): none.
    No completion has the sign that stands for unknown characters or words.

    Raises ValueError for settings outside their range, TypeError for what is no number.

    >>> from pyrnn.models import Completer, LanguageModel
    >>> text = "to be, or not to be. " * 20 + "\\n"
    >>> model = LanguageModel(hidden_size=32)
    >>> result = model.fit(text, batch_size=4, bptt=10, epochs=9, learning_rate=0.01)
    >>> completer = Completer(model, n=1)
    >>> completer.type("to be, or n")
    >>> completer.completions()[0].text
    'ot'
    >>> completer.delete()
    >>> completer.completions()[0].text
    'not'
    """

    def __init__(
        self,
        model: Writer,
        n: int = 5,
        *,
        length: int = LENGTH,
        beam: int | None = None,
        until: str = "word",
        alpha: float = 0.0,
        forbid: str | Collection[str] | None = None,
    ) -> None:
        self.n = scalars.integer("n", n, least=1, most=WIDEST // 2)
        self._network, self._tokenizer = model.network, model.tokenizer
        self._rules = rules_of(model.tokenizer, until)
        self._beam = Beam(
            width=max(LEAST_BEAM, 2 * self.n)
            if beam is None
            else scalars.integer("beam", beam, least=1, most=WIDEST),
            length=length,
            best=self.n * self._rules.spare,
            alpha=alpha,
        )
        self._allowed = allowed_tokens(model.tokenizer, forbid)
        self._text = ""
        self._read = 0  # characters of the text whose tokens are in the history
        self._history = StateHistory(model.network)

    @property
    def text(self) -> str:
        """What stands there now."""
        return self._text

    def type(self, text: str) -> None:
        """Append a text, of any length. Raises TypeError for what is no string."""
        if not isinstance(text, str):
            raise TypeError(f"text: expected a string; got {type(text).__name__}")
        self._text += text

    def delete(self, characters: int = 1) -> None:
        """Take back the last characters; default one.

        Raises ValueError where there are not so many.
        """
        if scalars.integer("characters", characters, least=0) > len(self._text):
            raise ValueError(
                f"characters: expected at most {len(self._text)}, those of the text; "
                f"got {characters}"
            )
        kept = self._text[: len(self._text) - characters]
        settled = self._rules.settled(kept)
        if settled < self._read:
            self._history.drop(len(self._tokenizer.encode(self._text[settled : self._read])))
            self._read = settled
        self._text = kept

    def completions(self) -> list[Completion]:
        """The n likeliest completions of the text, best first.

        Fewer where there are no more; none where a model of words knows no word that begins as the
        last one does. An empty text stands for a newline.
        Raises UnknownTokenError for characters or words that are not in the vocabulary, naming the
        first; once they are taken back, everything is as before. Raises ValueError for an empty
        text where the vocabulary has no newline.
        """
        settled = self._rules.settled(self._text)
        self._read_to(settled)
        present = self._history.latest() or self._beginning()
        typed = self._text[settled:]
        logits = self._rules.given(present.logits, typed)
        if logits is None:
            return []
        model = partial(step, self._network), gather
        rule = self._rules.rule(typed)
        if self._allowed is not None:
            rule = without(rule, self._allowed)
        (found,) = beam_search(*model, logits, present.state, rule, self._beam)
        before = self._text[max(0, settled - 1) : settled]
        completions = distinct(
            Completion(self._rules.text(one.ids, before, typed), one.log_likelihood, one.finished)
            for one in found
        )
        if not self._beam.alpha:  # several ways to spell a text may make it likelier than another
            completions.sort(key=lambda one: (-one.log_likelihood, one.text))
        return completions[: self.n]

    def _read_to(self, settled: int) -> None:
        """Put the tokens of the text so far into the history."""
        if settled <= self._read:
            return
        try:
            self._history.append(self._tokenizer.encode(self._text[self._read : settled]))
        except UnknownTokenError:
            prompt_ids(self._tokenizer, self._text, "prefix")  # with the position in the text
            raise
        self._read = settled

    def _beginning(self) -> Snapshot:
        """Where an empty text stands."""
        return Snapshot(0, *read(self._network, prompt_ids(self._tokenizer, "", "prefix")))
