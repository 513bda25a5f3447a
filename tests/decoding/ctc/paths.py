"""Frames for tests, and all paths over them."""

from __future__ import annotations

import itertools

import numpy as np

from pyrnn.decoding import collapse


def log_softmax(x):
    x = np.asarray(x, np.float64)
    return x - np.logaddexp.reduce(x, axis=-1, keepdims=True)


def frames_of(seed, lengths, classes, dtype=np.float64, normalized=False, spread=3.0):
    """Logits (T, B, C), or ln p, at random, and the lengths, int64 (B,)."""
    rng = np.random.default_rng(seed)
    shape = (max(lengths, default=0), len(lengths), classes)
    logits = rng.normal(size=shape) * spread
    return (log_softmax(logits) if normalized else logits).astype(dtype), np.array(lengths, int)


def texts_of(log_p, blank):
    """Of each text that any path over frames (T, C) spells: ln p, and the frames where its symbols
    begin on the likeliest path."""
    found = {}
    for path in itertools.product(range(log_p.shape[1]), repeat=len(log_p)):
        before = (blank, *path[:-1])
        frames = tuple(t for t, k in enumerate(path) if k not in (blank, before[t]))
        total = log_p[np.arange(len(path)), list(path)].sum() if path else 0.0
        text = tuple(collapse(path, blank).tolist())
        found.setdefault(text, []).append((total, frames))
    return {
        text: (np.logaddexp.reduce([total for total, _ in each]), max(each)[1])
        for text, each in found.items()
    }
