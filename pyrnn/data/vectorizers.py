"""The list of vectorizers."""

from __future__ import annotations

from typing import Any

from pyrnn.data.text_vectorizer import TextVectorizer
from pyrnn.data.vectorizer import Vectorizer

VECTORIZERS: dict[str, type[TextVectorizer]] = {kind.kind: kind for kind in (TextVectorizer,)}


def vectorizer_from_json(content: dict[str, Any]) -> Vectorizer:
    """The vectorizer whose `to_json` this is. Raises ValueError where it is none."""
    if not isinstance(content, dict):
        raise ValueError(f"vectorizer: expected an object with a kind; got {content!r:.80}")
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in VECTORIZERS:
        raise ValueError(f"kind: expected one of {', '.join(VECTORIZERS)}; got {kind!r:.80}")
    try:
        return VECTORIZERS[kind].from_json(content)
    except KeyError as error:
        raise ValueError(f"vectorizer: expected an entry {error} beside its kind") from error
