"""How good a model gets in a given time, and what it is good for.

completion.py     types a held-out text with completions: keys saved, time for each
word_list.py      the completions of a mere list of words, to compare with
shakespeare.py    runs examples/shakespeare.sh and keeps curve, validation, test and samples
cells.py          runs `pyrnn compare` and keeps its table, curves and picture
imdb.py           IMDB's reviews, out of their tar
sentiment.py      runs `pyrnn train classify` on them and keeps the test accuracy of each seed
tasks/            known data of every other kind, a file each
"""
