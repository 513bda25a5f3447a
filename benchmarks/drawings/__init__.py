"""Pictures of results: each file draws one, from a result file to a figure of matplotlib.

share_of_peak.py  over H and B
rivals.py         the ratio to each rival
scaling.py        along T, B, H, L, and threads
memory.py         over T, with recompute and without
calls.py          what a call is made of
"""
