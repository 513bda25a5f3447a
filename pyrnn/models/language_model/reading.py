"""What a trained network makes of ids: probabilities, of a text or one step at a time.

No gradient is recorded and no dropout acts.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyrnn.autograd import no_grad
from pyrnn.data.streams import Resets
from pyrnn.models.language_model.network import LanguageNetwork

CHUNK = 256  # tokens read in one call; the state is carried on, so any length needs the same memory


def log_likelihoods(
    network: LanguageNetwork, ids: np.ndarray, resets: np.ndarray | None = None
) -> np.ndarray:
    """ln p(id | all before it) for each id but the first: integers (N,) -> float64 (N - 1,).

    resets: int64 (D,), the places of ids that are read without a state; None: none.
    """
    inputs, targets = ids[:-1, None], ids[1:, None]  # (N - 1, 1)
    anew = Resets(resets, len(ids))
    found, state = [], None
    for t in range(0, len(inputs), CHUNK):
        piece = inputs[t : t + CHUNK]
        reset = anew.among(np.array([t]), len(piece))
        losses, state = _losses(network, piece, targets[t : t + CHUNK], state, reset)
        found.append(-losses.reshape(-1))
    return np.concatenate(found)


def read(network: LanguageNetwork, ids: np.ndarray, state: Any = None) -> tuple[np.ndarray, Any]:
    """Read ids (N,), N >= 1: logits of what follows (1, V), and the state.

    state: that after what was read before; None (the default): they are the beginning.
    """
    logits = np.empty((1, 0))
    for t in range(0, len(ids), CHUNK):
        logits, state = _logits(network, ids[t : t + CHUNK, None], state)
    return logits, state


def step(network: LanguageNetwork, ids: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
    """One time step: ids (B,), state -> logits (B, V), new state. See `pyrnn.decoding.Step`."""
    return _logits(network, ids[None, :], state)


def gather(state: Any, rows: np.ndarray) -> Any:
    """Rows (B',) of a state, its arrays (L, B, H) -> (L, B', H). See `pyrnn.decoding.Gather`."""
    if isinstance(state, tuple):
        return tuple(gather(part, rows) for part in state)
    return np.take(np.asarray(state), rows, axis=1)


def _logits(network: LanguageNetwork, ids: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
    """ids (T, B) -> the logits after the last of the T steps (B, V), new state."""
    if network.training:  # not at every step: it walks through all layers
        network.eval()
    with no_grad():
        logits, state = network(np.ascontiguousarray(ids), state, last=True)
    return logits.numpy(), state


def _losses(
    network: LanguageNetwork,
    inputs: np.ndarray,
    targets: np.ndarray,
    state: Any,
    reset: np.ndarray | None,
) -> tuple[np.ndarray, Any]:
    """-ln p of each target, float64 (T, B), 0 where it is IGNORED; new state."""
    if network.training:
        network.eval()
    with no_grad():
        losses, state = network.cross_entropy(
            np.ascontiguousarray(inputs, np.int64),
            np.ascontiguousarray(targets, np.int64),
            state,
            reset=reset,
            reduction="none",
        )
    return losses.numpy().astype(np.float64), state
