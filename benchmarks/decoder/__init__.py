"""A decoder with additive attention over a whole batch of targets, beside torch.

problem.py        sizes, lengths, and the numbers that follow from them
contestants.py    pyrnn's own layer, and what all who take part have
comparison.py     verify, then time one problem; the table in the terminal
"""
