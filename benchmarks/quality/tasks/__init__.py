"""What the models reach on known data of every kind: one file a task, and the list of them.

task.py         Task: its data, what it runs, what it is to reach
trial.py        settings that are tried, and the choice among them on validation data
result.py       rows of seeds, their means, goals
tasks.py        the list

vowels.py       who speaks: frames of sound, nine speakers
splice.py       where genes are spliced: DNA
digits.py       handwritten digits, row by row
engines.py      how long an engine lives on: a number, told at every step
names.py        the language of a name, letter by letter
strips.py       handwritten digits side by side, a label for each column
strips_ctc.py   the same at no fixed distance: which digits they are
spoken_digits.py  digits that a synthesizer speaks (speech.py), letter by letter
entities.py     names in news, and parts of speech
word_order.py   the verdict of a sentence whose words alone say nothing
mosaics.py      handwritten digits in a picture, their number in words
names_by_language.py  names for a language, and who takes them for such
"""
