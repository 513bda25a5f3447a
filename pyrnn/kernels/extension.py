"""The compiled extension: no other file imports it, and without it nothing here runs."""

from __future__ import annotations

try:
    from pyrnn import _core
except ImportError as error:
    from pathlib import Path

    folder = Path(__file__).resolve().parents[1]
    if any(folder.glob("_core.*.so")) or any(folder.glob("_core*.pyd")):
        raise  # it is there, and says itself what is wrong with it
    raise ImportError(
        f"pyrnn's compiled extension is missing from {folder}: this is a source tree, not an "
        "installed package. Run `pip install .` in it, and start Python outside it."
    ) from error

__all__ = ["_core"]
