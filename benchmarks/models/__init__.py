"""Whole training steps.

language_model.py     language models in pyrnn and in torch: equal losses, tokens/s
contention.py         their training beside busy processes
language_training.py  its settings, its batches, and pyrnn's side of it
contest.py            a model of sequences in pyrnn and in torch: equal losses, seconds an epoch
training.py           pyrnn's side of it, the loop that `fit` runs
classifier.py         what is trained on what: a classifier of reviews,
tagger.py             a tagger of CoNLL-2003 with a CRF,
translator.py         a translator of Multi30k with attention
"""
