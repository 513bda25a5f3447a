"""An agent that has to remember: actor-critic with an LSTM on streams of episodes.

At the entrance of a corridor a sign says which way to turn at its end; from then on all places
look alike, up to the junction. How long the corridor is differs from episode to episode (after the
T-maze of Bakker 2002, Reinforcement learning with long short-term memory). Many agents walk at
once, each from one episode into the next, and are trained on streams of T steps: an episode may
begin anywhere in a stream and end in a later one. `reset=` tells the layer where one begins: there
the state starts from zeros, and no gradient passes.

A network without memory, trained alike, turns at random. At the end the layer's call is held beside
the usual way, a loop over steps that clears the state where an episode begins.

python examples/agent_memory.py       some seconds
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any, NamedTuple

import numpy as np

import pyrnn
from pyrnn import functional, nn, optim

B, T, H = 32, 40, 32  # agents that walk at once, steps of a stream, hidden units
UPDATES, SHOWN = 180, 30
SHORTEST, LONGEST = 3, 12  # places of a corridor, its entrance and the junction among them
DISCOUNT, ENTROPY = 0.95, 0.02
SIGN_LEFT, SIGN_RIGHT, CORRIDOR, JUNCTION = range(4)  # what an agent may see
LEFT, RIGHT, AHEAD = range(3)  # what it may do


class Corridors:
    """B of them. Whoever turns at a junction begins anew at another entrance."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.way = np.zeros(B, np.int64)  # LEFT or RIGHT
        self.place = np.zeros(B, np.int64)
        self.last = np.zeros(B, np.int64)  # the junction
        self.begin(np.ones(B, bool))

    def begin(self, where: np.ndarray) -> None:
        """A new episode for each agent where (B,) is True."""
        count = int(where.sum())
        self.way[where] = self.rng.integers(LEFT, RIGHT + 1, count)
        self.last[where] = self.rng.integers(SHORTEST, LONGEST + 1, count) - 1
        self.place[where] = 0

    def seen(self) -> np.ndarray:
        """float32 (B, 4): a 1 for what each agent sees."""
        what = np.where(self.place == self.last, JUNCTION, CORRIDOR)
        what[self.place == 0] = self.way[self.place == 0]  # a sign bears its way's number
        return np.eye(4, dtype=np.float32)[what]

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rewards float32 (B,), and whose episode has ended, bool (B,).

        1 for the right turn, -1 for the wrong one, -0.1 for walking into a wall.
        """
        junction = self.place == self.last
        ends = junction & (actions != AHEAD)
        walks = ~junction & (actions == AHEAD)
        turned = np.where(actions == self.way, 1.0, -1.0)
        rewards = np.where(ends, turned, np.where(walks, 0.0, -0.1))
        self.place[walks] += 1
        self.begin(ends)
        return rewards.astype(np.float32), ends


class Recurrent(nn.Module):
    """What to do and what will come of it, from all that was seen in this episode."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.lstm = nn.LSTM(4, H, rng=rng)
        self.policy, self.value = nn.Linear(H, 3, rng=rng), nn.Linear(H, 1, rng=rng)

    def forward(self, x: np.ndarray, begins: np.ndarray, state: Any) -> tuple[Any, Any, Any]:
        """x (T, B, 4), begins bool (T, B) -> logits (T, B, 3), values (T, B), the state."""
        y, state = self.lstm(x, state, reset=begins)
        return self.policy(y), self.value(y).squeeze(-1), state


class Reactive(nn.Module):
    """The same from what is seen now."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.hidden = nn.Linear(4, H, rng=rng)
        self.policy, self.value = nn.Linear(H, 3, rng=rng), nn.Linear(H, 1, rng=rng)

    def forward(self, x: np.ndarray, begins: np.ndarray, state: Any) -> tuple[Any, Any, Any]:
        y = self.hidden(x).tanh()
        return self.policy(y), self.value(y).squeeze(-1), state


class Stream(NamedTuple):
    """T steps of every agent, wherever its episodes begin and end."""

    state: Any  # before the first step
    x: np.ndarray  # (T + 1, B, 4): the last one is the next stream's first
    begins: np.ndarray  # bool (T + 1, B)
    actions: np.ndarray  # int64 (T, B)
    rewards: np.ndarray  # float32 (T, B)


def walk(
    agent: nn.Module, corridors: Corridors, state: Any, begins: np.ndarray
) -> tuple[Stream, Any]:
    """Let all agents walk T steps, and give the state after them. begins: bool (B,)."""
    stream = Stream(
        state,
        np.empty((T + 1, B, 4), np.float32),
        np.empty((T + 1, B), bool),
        np.empty((T, B), np.int64),
        np.empty((T, B), np.float32),
    )
    stream.begins[0] = begins
    with pyrnn.no_grad():
        for t in range(T):
            now = slice(t, t + 1)
            stream.x[t] = corridors.seen()
            logits, _, state = agent(stream.x[now], stream.begins[now], state)
            noise = corridors.rng.gumbel(size=(B, 3))  # the largest sum: drawn from softmax(logits)
            stream.actions[t] = (logits.numpy()[0] + noise).argmax(axis=1)
            stream.rewards[t], stream.begins[t + 1] = corridors.step(stream.actions[t])
    stream.x[T] = corridors.seen()
    return stream, state


def loss(agent: nn.Module, stream: Stream) -> pyrnn.Tensor:
    """Policy gradient with the values as baseline, their squared error, and a reward for doubt.

    R_t = r_t + DISCOUNT R_{t+1}, R_T = V_T; nothing is passed back over an episode's beginning.
    """
    logits, values, _ = agent(stream.x, stream.begins, stream.state)
    logits, returns, ahead = logits[:T], np.empty((T, B), np.float32), values.numpy()[T]
    for t in reversed(range(T)):
        ahead = stream.rewards[t] + DISCOUNT * np.where(stream.begins[t + 1], 0, ahead)
        returns[t] = ahead
    gain = returns - values.numpy()[:T]
    surprise = functional.cross_entropy(logits, stream.actions, reduction="none")  # -log p (T, B)
    doubt = -(functional.softmax(logits) * functional.log_softmax(logits)).sum(axis=-1)
    error = functional.mse_loss(values[:T], returns, reduction="mean")
    total: pyrnn.Tensor = (surprise * gain - ENTROPY * doubt).mean() + 0.5 * error
    return total


def train(agent: nn.Module, name: str) -> tuple[float, Stream]:
    """The share of right turns in the last streams, and the last of them."""
    corridors = Corridors(np.random.default_rng(1))
    adam = optim.Adam(agent.parameters(), lr=5e-3)
    state, begins, turns = None, np.ones(B, bool), []
    for update in range(1, UPDATES + 1):
        stream, state = walk(agent, corridors, state, begins)
        begins = stream.begins[T]
        adam.zero_grad()
        loss(agent, stream).backward()
        optim.clip_grad_norm(agent.parameters(), 1.0)
        adam.step()
        turns.append(stream.rewards[stream.begins[1:]])
        if update % SHOWN == 0:
            right = float((np.concatenate(turns[-SHOWN:]) > 0).mean())
            print(f"{name:<10} update {update:3}: {right:6.1%} of the turns are right")
    return right, stream


def by_steps(cell: nn.LSTMCell, x: np.ndarray, begins: np.ndarray, state: Any) -> pyrnn.Tensor:
    """What the layer computes, step by step: y (T, B, H)."""
    outputs, (h, c) = [], state
    for now, new in zip(x, begins, strict=True):
        kept = (~new[:, None]).astype(np.float32)  # (B, 1): 0 where an episode begins
        h, c = cell(now, (h * kept, c * kept))
        outputs.append(h)
    return functional.stack(outputs)


def compare(lstm: nn.LSTM, stream: Stream) -> None:
    """Layer and loop on one stream, forward and backward: equal results, then their times."""
    cell = nn.LSTMCell(4, H)
    cell.load_state_dict({name[: -len("_l0")]: a for name, a in lstm.state_dict().items()})
    h, c = (part.detach() for part in stream.state)
    x, begins = stream.x, stream.begins

    def in_one_call() -> dict[str, np.ndarray]:
        y, _ = lstm(x, (h, c), reset=begins)
        return results(y, lstm)

    def in_a_loop() -> dict[str, np.ndarray]:
        return results(by_steps(cell, x, begins, (h[0], c[0])), cell)

    one, loop = in_one_call(), in_a_loop()
    for name, expected in loop.items():
        np.testing.assert_allclose(one[name], expected, rtol=1e-4, atol=1e-5, err_msg=name)
    times: dict[Any, list[float]] = {in_one_call: [], in_a_loop: []}
    for _ in range(15):
        for way, measured in times.items():
            start = time.perf_counter()
            way()
            measured.append(time.perf_counter() - start)
    fast, slow = (median(measured) for measured in times.values())
    count = int(begins.sum())
    print(f"A stream of {len(x)} steps of {B} agents, in which {count} episodes begin:")
    print("the layer's outputs and gradients are those of a loop over steps.")
    print(f"Layer {fast * 1e3:.2f} ms, loop {slow * 1e3:.2f} ms: {slow / fast:.0f} times as long")


def results(y: pyrnn.Tensor, module: nn.Module) -> dict[str, np.ndarray]:
    """y, and the gradients of the sum of its squares by all weights."""
    module.zero_grad()
    (y * y).sum().backward()
    found = {name.removesuffix("_l0"): p.grad for name, p in module.named_parameters()}
    return {"y": y.numpy(), **found}


recurrent = Recurrent(np.random.default_rng(0))
remembered, stream = train(recurrent, "memory")
guessed, _ = train(Reactive(np.random.default_rng(0)), "no memory")
compare(recurrent.lstm, stream)
assert remembered > 0.95 > 0.6 > guessed
