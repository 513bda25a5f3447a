"""A language model trained from nothing but what every Python carries: the `pyrnn demo` command.

corpus.py       the text
ngram.py        the baselines to beat
experiment.py   train, measure, write samples
pictures.py     the losses and the flow of the gradient, drawn
"""

from __future__ import annotations

from pyrnn.demo.corpus import Corpus, python_reference
from pyrnn.demo.experiment import Experiment, Report
from pyrnn.demo.ngram import NgramModel

__all__ = ["Corpus", "Experiment", "NgramModel", "Report", "python_reference"]
