"""g2p-en's network in its own plain NumPy.

Importing it loads nltk, which downloads data, and inflect: both are for whole sentences, not for
the words here. What takes their place does nothing.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock


def predictor() -> Callable[[str], list[str]] | None:
    """A word in lower case -> its phonemes; None where g2p-en is not installed."""
    with mock.patch.dict(sys.modules, _stubs()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in its source
        try:
            from g2p_en import G2p
        except ImportError:
            return None
        predict: Callable[[str], list[str]] = G2p().predict
    return predict


def _stubs() -> dict[str, ModuleType]:
    class Tokenizer:
        def tokenize(self, text: str) -> list[str]:
            return text.split()

    return {
        "nltk": _module(
            "nltk",
            pos_tag=lambda words: [],
            download=lambda name: None,
            data=SimpleNamespace(find=lambda path: None),
        ),
        "nltk.corpus": _module("nltk.corpus", cmudict=SimpleNamespace(dict=dict)),
        "nltk.tokenize": _module("nltk.tokenize", TweetTokenizer=Tokenizer),
        "inflect": _module("inflect", engine=lambda: None),
    }


def _module(name: str, **content: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(content)
    return module
