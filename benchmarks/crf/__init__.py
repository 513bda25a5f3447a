"""A conditional random field over the labels of sequences, beside the pytorch-crf package.

problem.py        sizes, lengths, and the numbers that follow from them
contestants.py    pyrnn's own layer
comparison.py     verify, then time one problem; the table in the terminal
"""
