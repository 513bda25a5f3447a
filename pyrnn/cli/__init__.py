"""The `pyrnn` command. Thin: each file is one command, the work is done by the layers below.

program.py     the group, and what all commands share
inputs.py      files named on the command line, and errors in words
demo.py        pyrnn demo
train.py       pyrnn train --resume, pyrnn train lm
compare.py     pyrnn compare
generate.py    pyrnn generate
complete.py    pyrnn complete
live_completion.py  its completions that follow the typing
score.py       pyrnn score
info.py        pyrnn info
export.py      pyrnn export

What the commands that train share:

settings.py        the options of a model and of its training: the one list
sections.py        options under headings, which are the tables of a settings file
settings_file.py   --config and --write-config
expectation.py     what a settings file may say
settings_text.py   a settings file's text
texts.py           the texts that a command names
sources.py         where a run's texts are
run.py             a run, new or resumed
"""

from __future__ import annotations

from pyrnn.cli.program import main

__all__ = ["main"]
