"""What the environment asks of the kernels and cannot have (PYRNN_ISA, PYRNN_NUM_THREADS), told by
the `pyrnn` command as its other errors: in a line and by its status.

The kernels refuse it when they are imported. That is before the command's own code could see to it:
`pyrnn.cli` lies in the package that is being imported.
"""

from __future__ import annotations

import sys
from pathlib import Path

WRONG_COMMAND_LINE = 2  # the exit status of click's usage errors


def end_the_command(error: ImportError) -> None:
    """End the process if it is the `pyrnn` command and the environment is what is wrong."""
    if str(error).startswith("PYRNN_") and is_the_command():
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(WRONG_COMMAND_LINE)


def is_the_command() -> bool:
    """Whether Python was started as `pyrnn ...` or `python -m pyrnn ...`."""
    if sys.argv[:1] == ["-m"]:  # so it is as long as Python looks for the module
        return sys.orig_argv[-len(sys.argv)] in ("pyrnn", "-mpyrnn")
    return bool(sys.argv) and Path(sys.argv[0]).stem == "pyrnn"
