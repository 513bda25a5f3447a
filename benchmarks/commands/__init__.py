"""The commands of run.py: their options, and what is kept of what they measure."""
