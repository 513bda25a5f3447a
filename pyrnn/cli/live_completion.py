"""Lines that are typed at a terminal, with a menu of completions that follows the typing."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import Completion
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name

from pyrnn.data import UnknownTokenError

if TYPE_CHECKING:
    from pyrnn.models import Completer

HELP = "Tab or a number takes a completion, Enter ends the line, Ctrl-D leaves."
SIGNS = str.maketrans({"\n": "⏎", "\t": "⇥"})  # as they are shown


class Offers:
    """What a model offers for the line that is being typed.

    begin: a new Completer. Lines that were entered stay the context of the next ones, as long as
    the model can read them.
    note: why nothing is offered, in words; empty where there is no need of them.
    """

    def __init__(self, begin: Callable[[], Completer]) -> None:
        self._begin = begin
        self._completer = begin()
        self._context = ""
        self.note = ""

    def after(self, line: str) -> list[str]:
        """The completions of a line, likeliest first."""
        try:
            found = [one.text for one in self._read(self._context + line).completions()]
        except ValueError as error:
            token = str(error).removeprefix("prefix: ").partition(" (")[0]
            known = f"{token} is not in the model's vocabulary"
            unknown = isinstance(error, UnknownTokenError)
            self.note = known if unknown else str(error) if line else ""
            return []
        self.note = ""
        return found

    def enter(self, line: str) -> None:
        """A line has ended."""
        self._context += f"{line}\n"
        try:
            self._read(self._context).completions()
        except ValueError:  # not for this model to read: what follows begins anew
            self._completer, self._context = self._begin(), ""

    def _read(self, text: str) -> Completer:
        """The completer with this text, in which only what is new is typed."""
        completer = self._completer
        while not text.startswith(completer.text):
            completer.delete()
        completer.type(text[len(completer.text) :])
        return completer


def lines(begin: Callable[[], Completer], **terminal: Any) -> Iterator[str]:
    """Each line as it is entered, until Ctrl-D.

    begin: a new Completer. terminal: prompt_toolkit's `input` and `output`; default the terminal.
    Ctrl-C is KeyboardInterrupt; SIGTERM and SIGHUP are SystemExit. The terminal is left as it was.
    """
    offers = Offers(begin)
    session: PromptSession[str] = PromptSession(
        bottom_toolbar=lambda: offers.note or HELP,
        key_bindings=_bindings(),
        enable_suspend=True,
        **terminal,
    )
    buffer = session.default_buffer

    def show(changed: Buffer = buffer) -> None:
        line = changed.document.text_before_cursor
        changed.complete_state = CompletionState(changed.document, _menu(line, offers.after(line)))

    buffer.on_text_changed += show
    buffer.on_cursor_position_changed += show
    with _signals_as_exits():
        while True:
            try:
                # An error in a key's work is logged, and typing goes on: prompt_toolkit's own
                # handler waits for Enter, without end where the input has ended
                line = session.prompt(pre_run=show, set_exception_handler=False)
            except EOFError:
                return
            offers.enter(line)
            yield line


def _menu(line: str, texts: list[str]) -> list[Completion]:
    """Numbered completions, each shown after the letters of the word that it completes."""
    typed = line.split()[-1] if line and not line[-1].isspace() else ""
    return [
        Completion(text, display=f"{number} {(typed + text).strip(' ').translate(SIGNS)}")
        for number, text in enumerate(texts, start=1)
    ]


def _bindings() -> KeyBindings:
    """The keys that have a meaning of their own here."""
    keys = KeyBindings()
    keys.add("c-v")(get_by_name("quoted-insert"))

    @keys.add("tab")
    def _(event: KeyPressEvent) -> None:
        state = event.current_buffer.complete_state
        if state is not None and state.completions:
            chosen = state.current_completion or state.completions[0]
            event.current_buffer.apply_completion(chosen)

    @keys.add("c-d")
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=EOFError)

    for number in range(1, 10):
        _bind_number(keys, number)
    return keys


def _bind_number(keys: KeyBindings, number: int) -> None:
    """A digit takes the completion of its number, where there is one; else it is a digit."""

    @Condition
    def offered() -> bool:
        state = get_app().current_buffer.complete_state
        return state is not None and number <= len(state.completions)

    @keys.add(str(number), filter=offered)
    def _(event: KeyPressEvent) -> None:
        state = event.current_buffer.complete_state
        assert state is not None
        event.current_buffer.apply_completion(state.completions[number - 1])


@contextmanager
def _signals_as_exits() -> Iterator[None]:
    """SIGTERM and SIGHUP leave the context by SystemExit, so that the terminal is put back."""

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = [signal.signal(number, leave) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler or signal.SIG_DFL)  # None: set from outside Python
