"""`python -m pyrnn`, where the `pyrnn` command is not on the path."""

from __future__ import annotations

from pyrnn.cli import main

main(prog_name="pyrnn")
