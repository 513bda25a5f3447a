"""Recurrent layers, forward and forward + backward, beside the same layers of other libraries.

shapes.py         the table of shapes, and odd sizes
problem.py        cell, shape and lengths, and the numbers that follow from them
masks.py          what a layer loses in training, for contestants that are to lose the same
contestants.py    who takes part; pyrnn's own layers
field.py          everybody with so many threads, here and in processes of their own, and the peak
comparison.py     verify, then time one problem
table.py          the tables in the terminal, and the smallest ratios
standing.py       the mean ratio, one sequence alone, and where pyrnn is behind
scaling.py        one thread and more, where the batch alone cannot use both
variants.py       what a cell's forms cost beside the plain one
sweep.py          along H, B, T, L and threads, for pictures
call_parts.py     what a call is made of, in microseconds
long_sequences.py memory and time of 100 000 steps, with recompute and without
test_speed.py     pyrnn's kernels alone, for pytest-benchmark: `pytest benchmarks/kernels`
"""
