"""What models reach on known data: a command a task, and one that runs them all."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from benchmarks.agreement import DisagreementError
from benchmarks.options import Listed, is_whole, keep, natural_number, one_of, output_option, path
from benchmarks.quality.tasks.result import in_words, lines
from benchmarks.quality.tasks.task import SEEDS, Effort, Task
from benchmarks.quality.tasks.tasks import TASKS
from benchmarks.result_file import FOLDER, read_result
from benchmarks.signature import sign

quick_option = click.option(
    "--quick", is_flag=True, help="Only to see that it works: one epoch, the first settings."
)
threads_option = click.option("--threads", default=1, type=click.IntRange(min=1))
seeds_option = click.option(
    "--seeds", type=Listed(natural_number), default=",".join(map(str, SEEDS))
)


def command_of(task: Task) -> click.Command:
    """A task's command."""

    @click.command(task.name, help=f"{task.title}. {task.about}")
    @seeds_option
    @threads_option
    @quick_option
    @output_option
    @click.pass_context
    def run(context: click.Context, /, **options: Any) -> None:
        import pyrnn

        folder = data_folder(task)
        pyrnn.set_num_threads(options["threads"])
        signature = sign([options["threads"]])
        effort = Effort(options["seeds"], options["quick"])
        try:
            content = task.measure(folder, effort)
        except (DisagreementError, OSError, ValueError) as error:
            raise click.ClickException(str(error)) from error
        for line in lines(content):
            click.echo(line)
        keep(task.name, signature, content, options["output"], is_whole(context))

    return run


def data_folder(task: Task) -> Path:
    """The folder with its files. Raises click.UsageError, naming the first that is not there."""
    folder = Path(os.environ.get("PYRNN_DATA", ""))
    if not task.files:
        return folder
    if not os.environ.get("PYRNN_DATA"):
        raise click.UsageError(f"PYRNN_DATA must name a folder with {task.files[0]}")
    missing = task.missing(folder)
    if missing is not None:
        raise click.UsageError(f"{missing}: no such file")
    return folder


COMMANDS = tuple(command_of(task) for task in TASKS.values())


@click.command()
@click.option("--only", type=Listed(one_of(TASKS)), default=",".join(TASKS), help="Some of them.")
@quick_option
@click.option("--output", type=path, help="A folder for the JSON, if not benchmarks/results/.")
def tasks(only: list[str], quick: bool, output: Path | None) -> None:
    """What models reach on known data of every kind: all tasks in turn, then a table."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) if quick and output is None else output
        done = {name: measured(name, quick, folder) for name in only}
    for name, goals in done.items():
        for one in goals:
            click.echo(f"{name:12} {in_words(one)}")
    failed = [name for name, goals in done.items() if not goals]
    if failed:
        raise click.ClickException(f"these did not end well: {', '.join(failed)}")


def measured(name: str, quick: bool, folder: Path | None) -> list[dict[str, Any]]:
    """The goals of a task after a run of its own command, which signs with it; none where that
    fails. folder: where the result goes, if not among the others.
    """
    click.echo(f"{name} ...", err=True)
    target = (FOLDER if folder is None else folder.absolute()) / f"{name}.json"
    arguments = [*(["--quick"] if quick else []), *([f"--output={target}"] if folder else [])]
    command = [sys.executable, sys.argv[0], name, *arguments]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        return []
    goals: list[dict[str, Any]] = read_result(target)["goals"]
    return goals
