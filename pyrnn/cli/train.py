"""pyrnn train: a model from a text of the user's, and runs that go on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from pyrnn.cli.inputs import INTERRUPTED, TextFile, check_output, errors_in_words
from pyrnn.cli.run import Run
from pyrnn.cli.sections import SectionCommand, SectionGroup, SectionOption
from pyrnn.cli.settings import END, changeable_options, given, model_and_training_options
from pyrnn.cli.settings_file import settings_file_options, write_settings
from pyrnn.cli.sources import RUN
from pyrnn.cli.texts import file_option, text_options
from pyrnn.files.model_folder import MODEL_FILES
from pyrnn.files.run_folder import HISTORY, LAST, RUN_FILES

OWN_FILES = (*RUN_FILES, *MODEL_FILES, RUN)

_resume_option = partial(click.option, cls=SectionOption, section="Resume")


@click.group(
    cls=SectionGroup,
    invoke_without_command=True,
    no_args_is_help=True,
    short_help="Train a model on a text of yours; go on with a run.",
    notes={END: "as the run has it unless given"},
)
@_resume_option(
    "--resume",
    "folder",
    metavar="RUN",
    type=click.Path(path_type=Path, file_okay=False),
    help="Go on with the run in this folder.",
)
@_resume_option("--text", type=TextFile(), help="Where its text is now, if it has moved.")
@_resume_option("--valid", type=TextFile(), help="Where its validation text is now.")
@_resume_option("--test", type=TextFile(), help="Where its test text is now.")
@_resume_option(
    "--report-test/--no-report-test", default=None, help="At the end, score the test text too."
)
@changeable_options
@click.pass_context
def train(context: click.Context, /, folder: Path | None, **values: Any) -> None:
    """Train a model on a text of yours, or go on with a run.

    \b
    A new run; pyrnn train lm --help lists its settings:
      pyrnn train lm book.txt --output book-model
    Go on with it after Ctrl-C or a power cut, texts and settings as they were:
      pyrnn train --resume book-model
    For longer than was said at first:
      pyrnn train --resume book-model --epochs 20
    After its text has moved:
      pyrnn train --resume book-model --text books/book.txt

    A run that is resumed comes out at the weights of one that was never broken off, bit for
    bit, unless a limit counts minutes, or the limit is raised that --schedule cosine follows.
    """
    command = context.invoked_subcommand
    names = given(context) - {"folder"}
    flags = [option.opts[0] for option in context.command.params if option.name in names]
    if folder is None and flags:
        where = f", or after {command}, as an option of a new run" if command else ""
        raise click.UsageError(f"{flags[0]} goes with --resume RUN{where}")
    if folder is not None and command:
        raise click.UsageError(
            f"--resume {folder} says which run goes on: leave {command} out, and what follows it"
        )
    if folder is not None:
        with errors_in_words():
            check_folder(folder, resume=True)
            reason = Run.again(folder, context, values).train()
        if reason == "interrupted":
            context.exit(INTERRUPTED)


@train.command(
    cls=SectionCommand,
    short_help="A language model: the next character, byte or word.",
    notes={END: "10 epochs if none is given"},
)
@file_option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for model, checkpoints and history.",
)
@text_options
@file_option("--resume", is_flag=True, in_file=False, help="Go on with the run in --output.")
@file_option("--overwrite", is_flag=True, in_file=False, help="Replace the run in --output.")
@model_and_training_options
@settings_file_options
@click.pass_context
def lm(
    context: click.Context,
    /,
    resume: bool,
    overwrite: bool,
    write_config: str | None,
    **values: Any,
) -> None:
    """Train a language model on TEXT, a UTF-8 file (- reads standard input); with --unit bytes
    any file.

    \b
    A character model, ten passes over the text:
      pyrnn train lm book.txt -o book-model
    Ten minutes of a wider one, the rate falling to 0 as the time runs out:
      pyrnn train lm book.txt -o book-model --hidden 512 --dropout-output 0.3 \\
          --minutes 10 --schedule cosine
    Words, with the validation and test text in files of their own:
      pyrnn train lm train.txt --valid valid.txt --test test.txt --report-test \\
          -o word-model --unit words --max-vocabulary 10000 --tied
    All settings as a file, and a run by a file:
      pyrnn train lm book.txt -o book-model --hidden 512 --write-config book.toml
      pyrnn train lm --config book.toml
    Go on after Ctrl-C or a power cut, or for longer, with the run's own settings:
      pyrnn train --resume book-model --epochs 20

    The folder then holds the model (weights.safetensors, config.json with every setting), the
    last and the best checkpoint, history.jsonl with losses, and run.json, which says where the
    texts are. Validation picks the best weights. The vocabulary is that of the training text,
    for characters that of the validation text too. The test text has no part in either, and is
    used only where --report-test asks for it; a character that it alone has is then an error,
    unless --unknown is replace.
    """
    folder: Path = values["output"]
    with errors_in_words():
        if write_config is None:
            check_folder(folder, resume=resume, overwrite=overwrite)
        run = (Run.again if resume else Run.new)(folder, context, values)
        if write_config is not None:
            write_settings(write_config, context.command, run.values(), overwrite=overwrite)
            return
        reason = run.train(overwrite=overwrite)
    if reason == "interrupted":
        context.exit(INTERRUPTED)


def check_folder(folder: Path, *, resume: bool, overwrite: bool = False) -> None:
    """Whether a run may begin in a folder, or go on there. Raises click.ClickException if not."""
    if resume and overwrite:
        raise click.UsageError("--resume and --overwrite exclude each other")
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
