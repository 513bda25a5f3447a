"""pyrnn train: a model of any family from data of the user's, and runs that go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pyrnn.cli.families import FamilyGroup, family_command
from pyrnn.cli.inputs import (
    FILES,
    PARALLEL,
    ColumnNames,
    Encoding,
    FileOrShare,
    check_output,
    errors_in_words,
)
from pyrnn.cli.options import SettingOption, given, options_of, settings_of
from pyrnn.cli.run import FromFiles, Run
from pyrnn.cli.settings_file import errors_name_the_place, write_settings
from pyrnn.files.model_folder import MODEL_FILES
from pyrnn.files.run_folder import HISTORY, LAST, RUN_FILES
from pyrnn.files.run_sources import RUN
from pyrnn.models.model import Model
from pyrnn.settings import FilePath, Setting
from pyrnn.training import TrainingOptions
from pyrnn.training.options import END

BREAK = "\\\n"  # in a command of several lines
OWN_FILES = (*RUN_FILES, *MODEL_FILES, RUN)
RESUME = "Resume"


HELP = """Train a {title} ({reads}) on DATA; - reads standard input.

\b
{from_files}Hold out a tenth of the data, with the default settings:
  pyrnn train {name} DATA -o model
Ten minutes, with a learning rate that falls to 0 by then:
  pyrnn train {name} DATA -o model --max-minutes 10 --schedule cosine
With validation and test data in separate files:
  pyrnn train {name} DATA -o model --valid FILE --test FILE
Write all settings to a file, and train with a file of settings:
  pyrnn train {name} DATA -o model --write-config model.toml
  pyrnn train {name} --config model.toml
Continue after Ctrl-C or a power cut, or for longer, with the run's settings:
  pyrnn train --resume model --epochs 20

The folder then holds the model (weights.safetensors, config.json with every setting), the last and
the best checkpoint, history.jsonl with losses, and run.json, which says where the data are.
Validation picks the best weights. Test data play no part in training; with --test they are
scored once, at the end.

Where a folder or an archive has parts such as train and test, DATA stands for its part train,
--valid FILE for its part valid, --test FILE for its part test.
"""


def train_command(model: type[Model]) -> click.Command:
    """pyrnn train FAMILY, with all settings of the family."""
    name = model.family
    output = Setting(FilePath("FOLDER"), "Folder for the model, checkpoints and history.",
                     section=FILES, short=("o",))  # fmt: skip
    from_files = "".join(
        f"{kind}:\n  pyrnn train {name} {file} -o model{more and f' {BREAK}    {more}'}\n"
        for kind, file, more in model.from_files
    )
    return family_command(
        model,
        _train,
        output=SettingOption("output", output, required=True),
        extra=[],
        overwrite="Replace the run in --output.",
        short_help=f"{model.title} ({model.reads})",
        notes={END: f"{model.Options.without_limit} if none is given"},
        help=HELP.format(name=name, title=model.title, reads=model.reads, from_files=from_files),
    )


def _train(
    model: type[Model],
    context: click.Context,
    /,
    overwrite: bool,
    write_config: str | None,
    **values: Any,
) -> None:
    with errors_in_words():
        if write_config is None:
            check_folder(Path(values["output"]), overwrite=overwrite)
        with errors_name_the_place(context):
            untrained = model(settings_of(model.Config, values, context))
            untrained.columns = settings_of(model.Columns, values, context)
            options = settings_of(model.Options, values, context)
        if write_config is not None:
            write_settings(write_config, context.command, values, overwrite=overwrite)
            return
        files = FromFiles.named(untrained, untrained.columns, values)
        status = Run(untrained, options, files, Path(values["output"])).train(overwrite=overwrite)
    context.exit(status)


@click.pass_context
def _train_or_go_on(context: click.Context, /, resume: str | None, **values: Any) -> None:
    """What stands before a family: --resume and what goes with it."""
    command = context.invoked_subcommand
    names = given(context) - {"resume"}
    flags = [option.opts[0] for option in context.command.params if option.name in names]
    if resume is None and flags:
        where = f", or after {command}, as an option of a new run" if command else ""
        raise click.UsageError(f"{flags[0]} goes with --resume RUN{where}")
    if resume is not None and command:
        raise click.UsageError(
            f"--resume {resume} says which run goes on: leave {command} out, and what follows it"
        )
    if resume is not None:
        folder = Path(resume)
        with errors_in_words():
            check_folder(folder, resume=True)
            status = Run.again(folder, context, values).train()
        context.exit(status)


def check_folder(folder: Path, *, resume: bool = False, overwrite: bool = False) -> None:
    """Whether a run may begin in a folder, or go on there. Raises click.ClickException if not."""
    if resume and folder.is_dir() and not any((folder / n).exists() for n in (LAST, HISTORY, RUN)):
        raise click.ClickException(f"{folder}: holds no run to resume")
    taken = check_output(folder, own=OWN_FILES, mark=(HISTORY, RUN))
    if taken and not overwrite and not (folder / LAST).exists():
        raise click.ClickException(
            f"{folder}: holds a run without a {LAST} to go on from; --overwrite begins anew"
        )
    if taken and not (resume or overwrite):
        raise click.ClickException(
            f"{folder}: holds a run; pyrnn train --resume {folder} goes on with it, --overwrite "
            "replaces it"
        )
    if resume and not taken:
        raise click.ClickException(f"{folder}: holds no run to resume")


def _resume_option(name: str, kind: Any, help: str, default: Any = None) -> SettingOption:
    return SettingOption(name, Setting(kind, help, section=RESUME), default)


train = FamilyGroup(
    "train",
    make=train_command,
    callback=_train_or_go_on,
    invoke_without_command=True,
    no_args_is_help=True,
    short_help="Train a model on your data, or continue a run.",
    notes={END: "the run's own if not given"},
    params=[
        _resume_option("resume", FilePath("RUN"), "Continue the run in this folder."),
        _resume_option("data", FilePath(), "Where the run's data are now, if they have moved."),
        _resume_option("valid", FileOrShare(), "Where the run's validation data are now."),
        _resume_option(
            "test", FilePath(), "Where the run's test data are now, or others to score."
        ),
        *(
            _resume_option(option, FilePath(), f"The same of --{name} in two files.")
            for name, options in PARALLEL.items()
            for option in options
        ),
        _resume_option(
            "encoding", Encoding(), "For a run begun in Python: encoding of its data.", "utf-8"
        ),
        _resume_option(
            "column", ColumnNames(), "For a run begun in Python: what a column is; may be repeated."
        ),
        *options_of(TrainingOptions, which=lambda setting: setting.changeable, defaults=False),
    ],
    help="""Train a model on your data, or continue a run.

    \b
    A new run; pyrnn train lm --help lists its settings:
      pyrnn train lm book.txt --output book-model
      pyrnn train classify reviews.csv --text review --label sentiment -o model
    Continue it after Ctrl-C or a power cut, with the same data and settings:
      pyrnn train --resume book-model
    Train for longer than first planned:
      pyrnn train --resume book-model --epochs 20
    If the data have moved, or the run was begun in Python:
      pyrnn train --resume book-model --data books/book.txt

    A resumed run ends with the same weights, bit for bit, as one that was never interrupted,
    unless a limit counts minutes, or the limit that --schedule cosine follows is raised.
    """,
)
