"""How a text that is being typed goes on.

completer.py      Completer: completions while a text is typed
completion.py     Completion: what comes of it
rules.py          what may follow, by the characters, bytes or words that tokens are
boundary.py       how far a completion goes: a word, a line, so many tokens
state_history.py  the states of a network along a text, and back
"""

from __future__ import annotations

from pyrnn.models.language_model.completion.boundary import BOUNDARIES
from pyrnn.models.language_model.completion.completer import LENGTH, Completer
from pyrnn.models.language_model.completion.completion import Completion

__all__ = ["BOUNDARIES", "LENGTH", "Completer", "Completion"]
