"""SIGKILL at random moments of training; resumed, it ends with the bits of an unbroken run.

python endurance/kills.py                              50 kills, some minutes
python endurance/kills.py --kills 4 --quick            to see that it works, seconds

`pyrnn train lm` writes a checkpoint after each step, and those take most of its time. It is killed

    at a moment      after a random time from its start
    while writing    as soon as the file that is written aside for this or that file is seen
    at an event      at the n-th thing that it does to its folder's files (victim.py)

and started again, with --resume once there is a checkpoint. After each kill, every file that is
there must be whole: checkpoints, history, model. At the end of each life, the weights, the last
checkpoint and the history must be those of the run that was never killed. Then it begins anew,
until there were so many kills.
"""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
from result import keep, sign

from pyrnn.models import LanguageModel
from pyrnn.training import read_checkpoint, read_history
from pyrnn.training.records import to_json

LAST, BEST, HISTORY = "last.safetensors", "best.safetensors", "history.jsonl"
ASIDE = re.compile(r"\.(?P<file>.+)\.(?P<writer>\d+)-[0-9a-f]{8}\.tmp")
TARGETS = (LAST, BEST, HISTORY, ".weights", "config.json")  # in the order that a life writes them
LEFT_ASIDE = re.compile("while writing|at (writing|os.rename) of .*aside")
VICTIM = Path(__file__).with_name("victim.py")


class Size(NamedTuple):
    """hidden: units, by which checkpoints are large. steps: of a life."""

    hidden: int
    steps: int


WHOLE, QUICK = Size(hidden=96, steps=30), Size(hidden=24, steps=12)


class Life:
    """The folder of a run that is killed again and again."""

    def __init__(self, place: Path, text: Path, size: Size, threads: int) -> None:
        self.folder = place / "killed"
        self.whole = place / "whole"
        settings = f"""--hidden {size.hidden} --layers 2 --batch 4 --bptt 16 --shift
            --dropout-input 0.1 --dropout-output 0.3 --schedule plateau --learning-rate 0.01
            --max-steps {size.steps} --validate-every 5 --checkpoint-every 1 --log-every 1
            --valid 0.1"""
        self.start = ["--threads", str(threads), "train", "lm", str(text), *settings.split()]
        self.resume = ["--threads", str(threads), "train", "--resume"]
        self.events = 5 * size.steps  # about as many as a life has

    def arguments(self, folder: Path) -> list[str]:
        """The command that begins the run of a folder, or goes on with it."""
        if (folder / LAST).exists():
            return [*self.resume, str(folder)]
        return [*self.start, "--output", str(folder), "--overwrite"]

    def spawn(self, folder: Path, event: int | None = None) -> subprocess.Popen[str]:
        """The command, running; with an event, under the knife of victim.py."""
        command = ["-m", "pyrnn"] if event is None else [str(VICTIM), str(event), str(folder)]
        command = [sys.executable, *command, *self.arguments(folder)]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def finish(self, folder: Path) -> float:
        """Run to the end, unkilled; returns the seconds it took."""
        began = time.monotonic()
        process = self.spawn(folder)
        _, errors = process.communicate()
        if process.returncode:
            raise click.ClickException(f"ended with status {process.returncode}:\n{errors}")
        return time.monotonic() - began

    def step(self) -> int | None:
        """The step of the last checkpoint; None where there is none. Raises for a damaged one."""
        if not (self.folder / LAST).exists():
            return None
        return int(read_checkpoint(self.folder / LAST)["position"]["step"])

    def check(self) -> None:
        """Every file that is there must be whole."""
        if (self.folder / BEST).exists():
            read_checkpoint(self.folder / BEST)
        if (self.folder / HISTORY).exists():
            read_history(self.folder / HISTORY)
        if (self.folder / "config.json").exists():
            LanguageModel.load(self.folder)

    def compare(self) -> None:
        """Raise unless the life that has ended left what the unbroken run did."""
        for name in ("weights.safetensors", LAST, BEST, HISTORY):
            if _content(self.folder / name) != _content(self.whole / name):
                raise click.ClickException(f"{self.folder}: {name} is not that of the unbroken run")


def _content(path: Path) -> Any:
    """What a file says, its clock apart: two runs never take the same time."""
    if path.name == HISTORY:
        return [{**to_json(record), "seconds": 0} for record in read_history(path)]
    if path.name == "weights.safetensors":
        return path.read_bytes()
    checkpoint = read_checkpoint(path)
    checkpoint["position"]["seconds"] = 0
    return repr(_bits(checkpoint))


def _bits(value: Any) -> Any:
    """A tree with the bytes of its arrays in their place."""
    if isinstance(value, dict):
        return {name: _bits(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bits(entry) for entry in value]
    return (str(value.dtype), value.shape, value.tobytes()) if hasattr(value, "tobytes") else value


def wait_for_aside(folder: Path, target: str, process: subprocess.Popen[str]) -> None:
    """Wait until something is written aside for a file, or the process has ended."""
    while process.poll() is None:
        try:
            names = [path.name for path in folder.iterdir()]
        except FileNotFoundError:
            names = []
        for name in names:
            aside = ASIDE.fullmatch(name)
            if aside and aside["file"].startswith(target) and int(aside["writer"]) == process.pid:
                return
        time.sleep(0.0002)


def attempt(life: Life, chance: random.Random, seconds: float) -> str | None:
    """Start the run and kill it somewhere. Returns where, in words; None where it had ended."""
    before = life.step()
    aim = chance.choice(("moment", "writing", "event"))
    event = chance.randint(1, chance.choice((20, life.events))) if aim == "event" else None
    process = life.spawn(life.folder, event)
    if aim == "moment":
        time.sleep(chance.uniform(0, seconds))
    elif aim == "writing":
        wait_for_aside(life.folder, chance.choice(TARGETS), process)
        time.sleep(chance.uniform(0, 0.004))
    if event is None:
        process.send_signal(signal.SIGKILL)
    _, errors = process.communicate()
    if process.returncode == 0:
        return None
    if process.returncode != -signal.SIGKILL:
        raise click.ClickException(f"ended with status {process.returncode}:\n{errors}")
    return where(life, process.pid, before, errors)


def where(life: Life, process: int, before: int | None, errors: str) -> str:
    """Where a kill hit, as far as the folder and the victim tell."""
    told = re.search(r"^killed at (.+)$", errors, re.MULTILINE)
    if told:
        event, _, name = told[1].partition(" ")
        name = "the folder" if name == life.folder.name else ASIDE.sub(r"\g<file>, aside", name)
        return f"at {event} of " + re.sub(r"(weights)-[0-9a-f]+", r"\1", name)
    for path in life.folder.glob(".*.tmp") if life.folder.exists() else ():
        aside = ASIDE.fullmatch(path.name)
        if aside and int(aside["writer"]) == process:
            return "while writing " + re.sub(r"^\.(weights)-[0-9a-f]+", r"\1", aside["file"])
    after = life.step()
    if after is None:
        return "before the first checkpoint"
    return "before the first step after resuming" if after == before else "between two writings"


def endure(
    place: Path, kills: int, size: Size, seed: int, threads: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Kill runs until there were so many kills; every life must end as the unbroken run did."""
    chance = random.Random(seed)
    text = place / "text.txt"
    text.write_text("".join(chance.choices("abcdefgh \n", k=20_000)), encoding="utf-8")
    life = Life(place, text, size, threads)
    seconds = life.finish(life.whole)
    tell(f"the unbroken run took {seconds:.1f} s")
    places: Counter[str] = Counter()
    lives = 0
    while places.total() < kills:
        hit = attempt(life, chance, seconds)
        life.check()
        if hit:
            places[hit] += 1
            tell(f"kill {places.total()}: {hit}; last checkpoint: {life.step()}")
        if not hit or places.total() == kills:
            life.finish(life.folder)  # of a run that has ended already, once more
            life.compare()
            lives += 1
            tell(f"life {lives} ended as the unbroken run did")
            shutil.rmtree(life.folder)
    return {
        "seed": seed,
        "hidden": size.hidden,
        "steps": size.steps,
        "checkpoint_bytes": (life.whole / LAST).stat().st_size,
        "kills": places.total(),
        "lives": lives,
        "identical": lives,  # else it would not have come this far
        "while_writing": sum(n for hit, n in places.items() if LEFT_ASIDE.match(hit)),
        "where": dict(places.most_common()),
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--kills", default=50, type=click.IntRange(min=1))
@click.option("--seed", default=0, help="Of the moments; the machine adds its own chance.")
@click.option("--threads", default=1, type=click.IntRange(min=1))
@click.option("--quick", is_flag=True, help="A small network and few steps; nothing is kept.")
@click.option("--output", type=click.Path(path_type=Path), help="Of the JSON.")
def main(kills: int, seed: int, threads: int, quick: bool, output: Path | None) -> None:
    """Kill training at random moments; resumed, it must end with the bits of an unbroken run."""
    signed = sign(threads)
    with tempfile.TemporaryDirectory() as place:
        size = QUICK if quick else WHOLE
        found = endure(Path(place), kills, size, seed, threads, lambda line: click.echo(line))
    for hit, number in found["where"].items():
        click.echo(f"{number:4}  {hit}")
    click.echo(f"{found['kills']} kills, {found['lives']} lives, all as the unbroken run")
    if output is not None or not quick:
        keep("kills", signed, found, output)


if __name__ == "__main__":
    main()
