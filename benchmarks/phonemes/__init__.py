"""A network that others trained, beside their own code.

rival.py        g2p-en's predict, without what its import downloads
comparison.py   equal phonemes first, then the two in turns
"""
