"""A model's training in pyrnn and in torch: the same losses, then seconds an epoch of both.

torch takes and returns the memory of each large array, so its time depends on the C library's
thresholds: there is a contest with the default ones and one with raised ones, each in a process of
its own that begins with them (`benchmarks.processes.ALLOCATORS`).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.table import Table

import pyrnn
from benchmarks.agreement import compare_losses
from benchmarks.kernels.table import console
from benchmarks.models.training import PyrnnTraining
from benchmarks.timing import Call, Plan, Spread, Times, ratios, take_turns, turn

OURS, RIVAL = "pyrnn", "torch"

# Losses are compared over STEPS: in float64 they must agree in all of them. A step feeds its
# rounding to all that follow, and training is chaotic: in float32 a classifier's LSTM's losses
# agree to 3e-7 for 24 steps and are 5e-2 apart at the 60th, where those in float64 are 2e-9 apart;
# a GRU's agree to 5e-7 and 1e-14. So float32 is held to the first VERIFIED steps, and to DRIFT
# after them.
STEPS, VERIFIED = 60, 20
TOLERANCE, TOLERANCE_64, DRIFT = 1e-5, 1e-6, 0.5  # relative

PLAN = Plan(least=15, most=15, seconds=0.0)  # of blocks


@dataclass(frozen=True)
class Scale:
    """How much is compared and timed.

    compared: steps whose losses are compared. block: steps of a turn, since changing the library
    every step costs pyrnn half as much again. packed: steps that torch also makes with packed
    batches and with padded ones, beside each other; 0 for none.
    """

    plan: Plan = PLAN
    compared: int = STEPS
    block: int = 20
    packed: int = 0


@dataclass(frozen=True)
class Contest:
    """What is trained on what, in both libraries.

    family: the class of pyrnn's model. data: what its `fit` takes. network: torch's, of pyrnn's
    weights by name and its model, with packed batches, padded ones or (`packed=None`) the faster of
    the two, which its `packed` says; it has `loss(batch)`, the mean over what pyrnn's loss counts.
    about: what a row says of it.
    """

    family: Any
    data: Sequence[Any]
    config: Any
    options: Any
    network: Callable[..., Any]
    about: Callable[[PyrnnTraining], dict[str, Any]]

    def contestants(self, dtype: str) -> tuple[PyrnnTraining, Any]:
        """Ours, and the rival with its weights and batches."""
        config = replace(self.config, dtype=dtype)
        ours = PyrnnTraining(self.family(config), self.data, self.options)
        return ours, self.rival(ours)

    def rival(self, ours: PyrnnTraining, **how: Any) -> Any:
        """torch with our weights and batches."""
        from benchmarks.baselines.torch.training import TorchTraining

        network = self.network(ours.weights, ours.model, **how)
        return TorchTraining(network, ours.batches, self.options)


def compare(contest: Contest, threads: int, scale: Scale | None = None) -> dict[str, Any]:
    """One row: how well the losses agree, seconds of a step and an epoch, ratios block by block.

    Raises DisagreementError, before anything is timed, if a loss is further off than TOLERANCE_64
    in float64, than TOLERANCE in the first steps of float32, or than DRIFT after them.
    """
    import torch

    scale = scale or Scale()
    pyrnn.set_num_threads(threads)
    torch.set_num_threads(threads)
    doubles = run_losses(*contest.contestants("float64"), scale.compared)
    ours, rival = contest.contestants("float32")
    losses = run_losses(ours, rival, scale.compared)
    agreement = compare_losses(losses[OURS], losses[RIVAL], DRIFT, RIVAL)
    agreement["verified"] = compare_losses(
        losses[OURS][:VERIFIED], losses[RIVAL][:VERIFIED], TOLERANCE, RIVAL
    )
    agreement["float64"] = compare_losses(doubles[OURS], doubles[RIVAL], TOLERANCE_64, RIVAL)
    row = {**training_of(ours, contest), "torch_packed": rival.network.packed}
    row["losses"] = agreement
    row |= speed({OURS: ours.step, RIVAL: rival.step}, ours.batches.length(0), scale)
    if scale.packed:
        row["packed"] = compare_packed(contest, ours, scale.packed)
    return {"threads": threads, **row}


def training_of(ours: PyrnnTraining, contest: Contest) -> dict[str, Any]:
    """What is trained, and how."""
    return {
        **contest.about(ours),
        "B": contest.options.batch_size,
        "learning_rate": contest.options.learning_rate,
        "clip": contest.options.clip_norm,
        "steps": ours.batches.length(0),
    }


def run_losses(ours: PyrnnTraining, rival: Any, steps: int) -> dict[str, list[float]]:
    """The losses of so many steps of each."""
    return {
        name: [one.step() for _ in range(steps)] for name, one in ((OURS, ours), (RIVAL, rival))
    }


def speed(contestants: Mapping[str, Call], steps: int, scale: Scale) -> dict[str, Any]:
    """Seconds of a step and of an epoch of so many, ratios block by block, page faults."""
    times, faults = race_in_blocks(contestants, scale)
    middle = {name: statistics.median(values) for name, values in times.items()}
    return {
        "blocks": len(times[OURS]),
        "block": scale.block,
        "step_seconds": {name: Spread.of(values).to_json() for name, values in times.items()},
        "epoch_seconds": {name: float(f"{steps * value:.4g}") for name, value in middle.items()},
        "ratio": {name: spread.to_json() for name, spread in ratios(times, OURS).items()},
        "page_faults": {name: round(statistics.median(values)) for name, values in faults.items()},
    }


def race_in_blocks(contestants: Mapping[str, Call], scale: Scale) -> tuple[Times, Times]:
    """Blocks of steps in turn: seconds, and page faults, of a step in each block.

    The first block of each, in which memory is still fetched from the system, does not count.
    """
    faults: Times = {name: [] for name in contestants}

    def block(name: str) -> float:
        before = page_faults()
        seconds = turn(contestants[name], scale.block)
        faults[name].append((page_faults() - before) / (scale.block + 1))  # one is not timed
        return seconds

    for name in contestants:
        block(name)
    times = take_turns(list(contestants), scale.plan, block)
    return times, {name: values[1:] for name, values in faults.items()}


def page_faults() -> int:
    """Pages that the system has given this process so far, without reading them from a disk."""
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def compare_packed(contest: Contest, ours: PyrnnTraining, steps: int) -> dict[str, Any]:
    """torch with packed batches beside torch with padded ones, in the first steps of training.

    Raises DisagreementError if their first losses differ.
    """
    ways = {name: contest.rival(ours, packed=name == "packed") for name in ("padded", "packed")}
    first = {name: way.step() for name, way in ways.items()}
    compare_losses([first["padded"]], [first["packed"]], TOLERANCE, "torch, packed")
    seconds = {name: turn(way.step, steps) for name, way in ways.items()}
    return {
        "steps": steps,
        "step_seconds": {name: float(f"{value:.4g}") for name, value in seconds.items()},
        "ratio": float(f"{seconds['packed'] / seconds['padded']:.4g}"),
    }


def show(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print the table, and what is to be known beside it."""
    table = Table(title=f"{title}, training", title_justify="left", title_style="bold")
    names = ("allocator", "threads", "cell", "losses differ by", "pyrnn s/epoch", "torch s/epoch")
    for name in (*names, "x", "page faults a step"):
        table.add_column(name, justify="right")
    for row in rows:
        ratio, faults = row["ratio"][RIVAL], row["page_faults"]
        table.add_row(
            row["allocator"],
            str(row["threads"]),
            row["cell"],
            difference_in_words(row["losses"]),
            f"{row['epoch_seconds'][OURS]:.2f}",
            f"{row['epoch_seconds'][RIVAL]:.2f}",
            f"{ratio['median']:.2f} ({ratio['minimum']:.2f} to {ratio['maximum']:.2f})",
            f"{faults[OURS]:,} and {faults[RIVAL]:,}",
        )
    out = console()
    out.print(table)
    out.print(f"padding: {rows[0]['padding']:.1%} of the steps of padded batches")
    for row in rows:
        if "packed" in row:
            out.print(
                f"{RIVAL}, packed ({row['cell']}, {row['threads']} threads, {row['allocator']} "
                f"allocator): {row['packed']['ratio']:.1f} times as long as padded"
            )


def difference_in_words(losses: Mapping[str, Any]) -> str:
    """How far the losses are apart: in float64, and in float32 at first and at last."""
    exact, verified = losses["float64"], losses["verified"]
    return (
        f"float64 {exact['worst_difference']:.1e} in {exact['steps']} steps; float32 "
        f"{verified['worst_difference']:.1e} in {verified['steps']}, "
        f"{losses['worst_difference']:.1e} in {losses['steps']}"
    )
