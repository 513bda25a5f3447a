"""The operations behind a tensor's operators and methods, each with its derivative.

    arithmetic.py      + - * / ** and unary minus, broadcasting
    comparison.py      == < ...: boolean, no derivative
    elementwise.py     exp, log, tanh ..., maximum, where
    linear_algebra.py  matmul
    reductions.py      sum, mean, max, min, argmax
    shapes.py          reshape, transpose, broadcast_to ...
    indexing.py        x[...], concatenate, stack, unstack

Each is a function of tensors or of what becomes one; ``pyrnn.functional`` offers them all.
"""
