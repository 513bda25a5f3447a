"""Looking into a network while it learns.

gradient_flow.py   how large the gradient still is on its way back through time
"""

from __future__ import annotations

from pyrnn.diagnostics.gradient_flow import gradient_norms

__all__ = ["gradient_norms"]
