"""The kernels: everything that does arithmetic on recurrent networks.

    stack.py           the nouns of a recurrent call: cells, stack, lookup, results
    preconditions.py   what a recurrent call accepts, and the errors for what it does not;
                       convolution_preconditions.py: a convolution; crf_preconditions.py: a random
                       field; ctc_preconditions.py: temporal classification; array_checks.py: all
    dropout.py         the counter-based generator behind every mask
    cells.py           the recurrence of each cell and its derivative, in plain NumPy
    zoneout.py         zoneout around any of them
    runs.py            one direction of one layer over all steps, and back
    reference.py       pack, forward, backward: the executable specification around all that
    convolution.py     one-dimensional convolution with a maximum over time, in plain NumPy
    crf.py             the linear-chain conditional random field, in plain NumPy
    ctc.py             connectionist temporal classification, in plain NumPy
    likeliest.py       the largest numbers of each row, in plain NumPy
    native.py          the same functions, fast
    extension.py       the compiled extension, which no other file imports
    instruction_sets.py, threads.py, memory.py, schedule.py
                       what runs beneath native: chosen, counted, and (for tests) forced
    arrays.py          the array operations that the layers above use
    updates.py         one step of each optimizer on one array, in plain NumPy

`reference` is right; `native` is right if it matches.
"""

from __future__ import annotations
