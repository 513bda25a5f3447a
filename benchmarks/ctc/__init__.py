"""The loss of connectionist temporal classification, beside torch's.

problem.py        sizes, lengths, and the numbers that follow from them
contestants.py    pyrnn's own function
comparison.py     verify, then time one problem; the table in the terminal
"""
