"""The language model that weighs the texts of a transcriber."""

from __future__ import annotations

from pyrnn.decoding import Language
from pyrnn.models.language_model.model import LanguageModel
from pyrnn.models.language_model.symbols import SymbolLanguage
from pyrnn.models.transcriber.settings import TranscriberDecoding
from pyrnn.models.transcriber.symbols import Symbols


def language_of(decoding: TranscriberDecoding, symbols: Symbols) -> Language | None:
    """The language model that the settings name; None where they name none.

    Raises as `LanguageModel.load`, and ValueError for one that lacks symbols, naming them.
    """
    if decoding.language is None:
        return None
    return SymbolLanguage(LanguageModel.load(decoding.language), symbols.names)
