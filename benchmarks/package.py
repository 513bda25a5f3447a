"""Makes this folder importable as `benchmarks`, for the scripts in it.

Its parent does not go on sys.path: the source tree of pyrnn lies there, and would hide the
installed package. Nor does the folder itself stay there, where Python puts that of a script: its
files would hide other packages of the same names.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

if "benchmarks" not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        "benchmarks", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["benchmarks"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["benchmarks"])

sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != FOLDER]
