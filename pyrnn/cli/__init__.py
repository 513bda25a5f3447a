"""The `pyrnn` command. Thin: each file is one command, the work is done by the layers below.

program.py     the group, and what all commands share
inputs.py      files and models named on the command line, and errors in words
options.py     settings as options, under headings
demo.py        pyrnn demo
train.py       pyrnn train FAMILY, pyrnn train --resume
predict.py     pyrnn predict
evaluate.py    pyrnn evaluate
compare.py     pyrnn compare FAMILY
generate.py    pyrnn generate
complete.py    pyrnn complete
live_completion.py  its completions that follow the typing
score.py       pyrnn score
info.py        pyrnn info
export.py      pyrnn export

What the commands that train share:

families.py        a command for each family in the list
settings_file.py   --config and --write-config
run.py             the files of a run, and the run, new or resumed
"""

from __future__ import annotations

from pyrnn.cli.program import main

__all__ = ["main"]
