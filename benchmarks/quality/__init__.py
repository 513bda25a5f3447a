"""How good a model gets in a given time.

shakespeare.py    runs examples/shakespeare.sh and keeps curve, validation, test and samples
"""
