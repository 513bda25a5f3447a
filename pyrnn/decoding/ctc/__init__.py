"""Transcripts of frames, each of which has ln p of C classes: symbols, and a blank for none (CTC).

best_path.py    the likeliest path
prefix_beam.py  the likeliest texts, with a language model or without
step.py         one frame of that search, as sums over arrays
trie.py         the prefixes that it follows
alignments.py   where in the frames their symbols begin
tree.py         what both are
language.py     what it asks of a language model
search.py       what both are, frame by frame
transcript.py   what comes of both
frames.py       what frames must be

    greedy(logits (T, B, C), lengths, blank=0) -> [Transcript] * B
    prefix_beam(logits (T, B, C), lengths, blank=0, width=16, best=1) -> [[Transcript]] * B

    BestPath(blank), PrefixBeam(blank, width), of one sequence as its frames come:
        step(logits (C,)), best(n) at any time, take() what is settled
    BestPaths(B, blank), PrefixBeams(B, blank, width), of several
"""

from __future__ import annotations

from pyrnn.decoding.ctc.best_path import BestPath, BestPaths, collapse, greedy
from pyrnn.decoding.ctc.language import Language
from pyrnn.decoding.ctc.prefix_beam import PrefixBeam, PrefixBeams, prefix_beam
from pyrnn.decoding.ctc.search import Search
from pyrnn.decoding.ctc.transcript import Transcript

__all__ = [
    "Transcript",
    "collapse",
    "greedy",
    "BestPath",
    "BestPaths",
    "PrefixBeam",
    "PrefixBeams",
    "prefix_beam",
    "Language",
    "Search",
]
