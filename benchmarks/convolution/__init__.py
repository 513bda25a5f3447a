"""Convolutions of several widths and their maxima over time, as Kim 2014 has them, beside torch.

problem.py        sizes, lengths, and the numbers that follow from them
contestants.py    pyrnn's own layers, and what all who take part have
comparison.py     verify, then time one problem; the table in the terminal
"""
