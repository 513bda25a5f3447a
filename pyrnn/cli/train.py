"""pyrnn train: a model from a text of the user's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pyrnn.cli.inputs import INTERRUPTED, Content, TextFile, check_output, errors_in_words
from pyrnn.cli.sections import SectionCommand, SectionOption
from pyrnn.cli.settings import COUNT, changed, given, model_and_training_options, settings_of
from pyrnn.models.model_folder import MODEL_FILES
from pyrnn.training.run_folder import HISTORY, LAST, RUN_FILES

if TYPE_CHECKING:
    from pyrnn.data import Parts
    from pyrnn.models import LanguageModel, LanguageModelConfig
    from pyrnn.training import TrainingOptions


_text_option = partial(click.option, cls=SectionOption, section="Texts and folder")


@click.group(short_help="Train a model on a text of yours.")
def train() -> None:
    """Train a model on a text of yours.

    \b
    pyrnn train lm book.txt --output book-model
    """


@train.command(cls=SectionCommand, short_help="A language model: the next character, byte or word.")
@click.argument("text", type=TextFile())
@_text_option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for model, checkpoints and history.",
)
@_text_option(
    "--split",
    nargs=3,
    type=float,
    default=(0.9, 0.05, 0.05),
    show_default=True,
    metavar="X Y Z",
    help="Shares of TEXT, in order: training, validation, test.",
)
@_text_option("--valid", type=TextFile(), help="Validation text; TEXT is then all training.")
@_text_option("--test", type=TextFile(), help="Test text, beside --valid.")
@_text_option("--report-test", is_flag=True, help="At the end, score the test text too.")
@_text_option("--resume", is_flag=True, help="Go on with the run in --output.")
@_text_option("--overwrite", is_flag=True, help="Replace the run in --output.")
@model_and_training_options
@click.option(
    "--seed", default=0, show_default=True, help="Of weights, dropout and --shift.", **COUNT
)
@click.pass_context
def lm(context: click.Context, /, **values: Any) -> None:
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
    Go on after Ctrl-C or a power cut, or for longer, with the run's own settings:
      pyrnn train lm book.txt -o book-model --resume --epochs 20

    The folder then holds the model (weights.safetensors, config.json with every setting), the
    last and the best checkpoint, and history.jsonl with losses. Validation picks the best
    weights. The vocabulary is that of the training text, for characters that of the validation
    text too. The test text has no part in either, and is used only where --report-test asks
    for it; a character that it alone has is then an error, unless --unknown is replace.
    """
    folder: Path = values["output"]
    _check_folder(folder, resume=values["resume"], overwrite=values["overwrite"])
    with errors_in_words():
        config, options = _settings(context, values)
        parts = _parts(context, values, config.unit)
        with _lengths_in_words(values):
            model = _model(parts, config)
            _check_held_out(model, parts)
            reason = _train(model, parts, options, values)
            if parts.test:
                _report_test(model, parts.test)
    if reason == "interrupted":
        context.exit(INTERRUPTED)


def _check_folder(folder: Path, *, resume: bool, overwrite: bool) -> None:
    if resume and overwrite:
        raise click.UsageError("--resume and --overwrite exclude each other")
    taken = check_output(folder, own=RUN_FILES + MODEL_FILES, mark=HISTORY)
    if taken and not (resume or overwrite):
        raise click.ClickException(
            f"{folder}: holds a run; --resume goes on with it, --overwrite replaces it"
        )
    if resume and not taken:
        raise click.ClickException(f"{folder}: holds no run to resume")


def _settings(
    context: click.Context, values: dict[str, Any]
) -> tuple[LanguageModelConfig, TrainingOptions]:
    """As on the command line; of a run that is resumed, its own but for what is given here."""
    from pyrnn.models import LanguageModel, LanguageModelConfig
    from pyrnn.training import TrainingOptions, read_checkpoint

    if not values["resume"]:
        return settings_of(LanguageModelConfig, values), settings_of(TrainingOptions, values)
    last = values["output"] / LAST
    options = TrainingOptions.from_json(read_checkpoint(last)["options"])
    config = LanguageModel.load(last).config
    return changed(config, context, values), changed(options, context, values)


def _parts(context: click.Context, values: dict[str, Any], unit: str) -> Parts:
    """The training, validation and test text; the last is empty unless it is to be reported."""
    from pyrnn.data import Parts, split_text

    if values["valid"] is None and values["test"] is not None:
        raise click.UsageError("--test goes with --valid")
    if values["valid"] is not None and "split" in given(context):
        raise click.UsageError("--split cuts TEXT; with --valid, TEXT is all training")

    def text(name: str) -> str:
        content: Content | None = values[name]
        return "" if content is None else content.text(unit)

    if values["valid"] is None:
        parts = split_text(text("text"), values["split"])
    else:
        parts = Parts(text("text"), text("valid"), text("test") if values["report_test"] else "")
    if values["report_test"] and not parts.test:
        raise click.UsageError("--report-test: there is no test text")
    return parts if values["report_test"] else parts._replace(test="")


@contextmanager
def _lengths_in_words(values: dict[str, Any]) -> Iterator[None]:
    """Adds to the error of a text that is too short the options that say which text it is."""
    from pyrnn.data import TextTooShortError

    try:
        yield
    except TextTooShortError as error:
        hint = (
            "--split gives each part its share of TEXT, --valid names a validation text of its own"
            if values["valid"] is None
            else "TEXT is the training text, --valid and --test name the others"
        )
        raise click.ClickException(f"{error}; {hint}") from error


def _model(parts: Parts, config: LanguageModelConfig) -> LanguageModel:
    from pyrnn.models import LanguageModel

    # A word that is new in the validation text shall be unknown there, as it will be elsewhere. A
    # character would be an error: the few that a long text has not are given their place.
    text = parts.train if config.unit == "words" else parts.train + parts.valid
    model = LanguageModel.for_text(text, config)
    weights = sum(parameter.size for parameter in model.network.parameters())
    click.echo(f"{config.unit}: {model.tokenizer.size} different; {weights:,} weights", err=True)
    return model


def _check_held_out(model: LanguageModel, parts: Parts) -> None:
    """Find out before the training, not after it, that a text held out cannot be scored."""
    from pyrnn.data import TextTooShortError, UnknownTokenError

    for name, text in (("validation", parts.valid), ("test", parts.test)):
        try:
            tokens = len(model.tokenizer.encode(text))
        except UnknownTokenError as error:
            raise click.ClickException(f"{name} text: {error} (--unknown replace)") from error
        if text and tokens < 2:
            raise TextTooShortError(f"{name} text: expected at least 2 tokens; got {tokens}")


def _train(
    model: LanguageModel, parts: Parts, options: TrainingOptions, values: dict[str, Any]
) -> str:
    """Train and save; returns why the run ended."""
    folder = values["output"]
    result = model.fit(
        parts.train,
        parts.valid,
        options,
        folder=folder,
        resume=values["resume"],
        overwrite=values["overwrite"],
        progress=True,
    )
    model.save(folder)
    if result.best is not None:
        click.echo(
            f"best validation: {result.best.loss:.4f} nats a token, "
            f"perplexity {result.best.perplexity:.2f}, at step {result.best.step}"
        )
    if result.reason == "interrupted":
        click.echo("interrupted; the same command with --resume goes on from here", err=True)
    click.echo(f"saved in {folder}")
    return result.reason


def _report_test(model: LanguageModel, text: str) -> None:
    score = model.score(text)
    bits = score.bits_per_character
    click.echo(
        f"test: {-score.mean:.4f} nats a token, perplexity {score.perplexity:.2f}"
        + ("" if bits is None else f", {bits:.3f} bits a character")
    )
