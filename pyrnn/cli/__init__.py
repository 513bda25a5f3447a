"""The `pyrnn` command. Thin: each file is one command, the work is done by the layers below.

program.py     the group, and what all commands share
inputs.py      files named on the command line, and errors in words
demo.py        pyrnn demo
train.py       pyrnn train lm
generate.py    pyrnn generate
complete.py    pyrnn complete; on a terminal with
keyboard.py    the keys, one by one
line_editor.py what they do
screen.py      what is seen
score.py       pyrnn score
info.py        pyrnn info
export.py      pyrnn export
"""

from __future__ import annotations

from pyrnn.cli.program import main

__all__ = ["main"]
