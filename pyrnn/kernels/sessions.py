"""Chains of layers, and sessions that run them one step at a time: what pyrnn.streaming stands on.

A chain is made of links (csrc/bindings/links.h lists them); sessions have states of their own, by
id. Of a chain that begins with a table a step is an id, else it is I numbers.
"""

from __future__ import annotations

from pyrnn.kernels.extension import _core

chain = _core.chain  # links, whether they are float64
sessions = _core.sessions  # of a chain; none is open
open_session = _core.open_session  # -> its id
close_session = _core.close_session
reset_session = _core.reset_session
read_session = _core.read_session  # -> of each stack h (L, P), and c (L, H) where there is one
write_session = _core.write_session
run_session = _core.run_session  # xs (T, I) or ids (T,) -> (T, O)
open_sessions = _core.open_sessions  # -> their ids
step = _core.step  # of the session that was opened first: x (I,) or an id -> (O,)
steps = _core.steps  # of several: ids (n,), x (n, I) or ids (n,) -> (n, O)

# States of B sequences are a list: of each stack h (L, B, P), and c (L, B, H) where there is one
last_states = _core.last_states  # behind ids (T, B) of lengths (B,)
continuations = _core.continuations  # of B from their states: ids, ln p, whether it ended, of each
