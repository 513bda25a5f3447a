"""Whole training steps.

language_model.py     language models in pyrnn and in torch: equal losses, tokens/s
contention.py         their training beside busy processes
language_training.py  its settings, its batches, and pyrnn's side of it
classifier.py         a classifier of reviews in pyrnn and in torch: equal losses, seconds an epoch
classifier_training.py  its settings, and pyrnn's side of it
"""
