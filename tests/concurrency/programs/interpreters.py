"""Other interpreters in the process, and interpreters without a global lock."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

from workload import main, train

CODE = """
from pathlib import Path
try:
    import pyrnn
    from pyrnn import nn
    y, _ = nn.LSTM(3, 5, rng=0)([[[1.0, 2.0, 3.0]]])
    answer = "works" if y.shape == (1, 1, 5) else "wrong"
except ImportError as error:
    answer = f"ImportError: {error}"
Path("answer.txt").write_text(answer)
"""


def subinterpreter() -> None:
    """pyrnn either works in a second interpreter, or says there why it does not; and the first
    one goes on as before."""
    interpreters: Any
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    want = train(0, steps=1)
    second = interpreters.create()
    interpreters.run_string(second, textwrap.dedent(CODE))
    answer = Path("answer.txt").read_text(encoding="utf-8")
    assert answer == "works" or answer.startswith("ImportError: "), answer
    assert answer == "works" or len(answer) > len("ImportError: "), answer
    sys.stdout.write(answer + "\n")
    assert train(0, steps=1) == want
    interpreters.destroy(second)
    assert train(0, steps=1) == want


def without_the_global_lock() -> None:
    """Importing pyrnn does not switch the lock on again."""
    assert not sys._is_gil_enabled()  # type: ignore[attr-defined]
    train(0)


if __name__ == "__main__":
    main(globals())
