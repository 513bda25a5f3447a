"""One recurrent layer, forward and forward + backward, beside the same layer of other libraries.

shapes.py         the table of shapes
problem.py        cell, shape and lengths, and the numbers that follow from them
contestants.py    who takes part; pyrnn's own layer
comparison.py     verify, then time one problem
table.py          the tables in the terminal, and the smallest ratios
test_speed.py     pyrnn's kernels alone, for pytest-benchmark: `pytest benchmarks/kernels`
"""
