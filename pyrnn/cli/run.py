"""One run of `pyrnn train`: texts and settings, trained and saved."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from pyrnn.cli.settings import changed, flag_of, given, settings_of
from pyrnn.cli.settings_file import errors_name_the_place
from pyrnn.cli.sources import RUN, Sources
from pyrnn.cli.texts import NAMES, Texts, check_held_out, tokenizer_of
from pyrnn.files.run_folder import LAST
from pyrnn.training import REASONS

if TYPE_CHECKING:
    from pyrnn.models import LanguageModel, LanguageModelConfig, RunResult
    from pyrnn.training import TrainingOptions


class Run(NamedTuple):
    """What is trained, on what, how, and where it goes.

    sources: of a run that is resumed, what its folder says of its texts; None where it says nothing
        and for a new run. done: the steps that are done already; None for a new run.
    """

    folder: Path
    texts: Texts
    config: LanguageModelConfig
    options: TrainingOptions
    sources: Sources | None = None
    done: int | None = None

    @classmethod
    def new(cls, folder: Path, context: click.Context, values: dict[str, Any]) -> Run:
        """As the command line and the settings file have it. Raises ValueError as settings do."""
        from pyrnn.models import LanguageModelConfig
        from pyrnn.training import TrainingOptions

        with errors_name_the_place(context):
            config = settings_of(LanguageModelConfig, values)
            options = settings_of(TrainingOptions, values)
        return cls(folder, Texts.of(context, values), config, options)

    @classmethod
    def again(cls, folder: Path, context: click.Context, values: dict[str, Any]) -> Run:
        """The run in a folder, but for what the user changes now.

        Raises FileNotFoundError for a folder without a checkpoint, CheckpointError for a damaged
        one, ValueError for a text or a setting that is not the run's.
        """
        from pyrnn.models import LanguageModel
        from pyrnn.training import TrainingOptions, read_checkpoint
        from pyrnn.training.resumption import of_a_run

        last = folder / LAST
        checkpoint = read_checkpoint(last)
        with of_a_run(last):
            options = TrainingOptions.from_json(checkpoint["options"])
            done = int(checkpoint["position"]["step"])
        config = LanguageModel.load(last).config
        with errors_name_the_place(context):
            config, options = changed(config, context, values), changed(options, context, values)
        sources = Sources.read(folder) if (folder / RUN).exists() else None
        texts = _texts_again(sources, folder, context, values)
        return cls(folder, texts, config, options, sources, done)

    def values(self) -> dict[str, Any]:
        """All settings, by the names of the command's parameters."""
        texts = self.texts._asdict()
        if self.texts.valid is not None:
            texts["split"] = None  # which then cuts nothing
        return {**asdict(self.config), **asdict(self.options), **texts, "output": self.folder}

    def train(self, *, overwrite: bool = False) -> str:
        """Train, save, report; returns why the run ended."""
        from pyrnn.models import LanguageModel

        parts = self.texts.parts(self.config.unit)
        with self.texts.named_in_errors():
            tokenizer = tokenizer_of(parts, self.config)
            check_held_out(tokenizer, parts)
            model = LanguageModel(tokenizer, self.config)
            _introduce(model)
            loop = model.training(
                parts.train,
                parts.valid,
                self.options,
                folder=self.folder,
                resume=self.done is not None,
                overwrite=overwrite,
            )
            # Now that the folder is the run's, and the texts, of one that is resumed, are its own
            (self.sources or Sources.of(self.texts)).moved(self.texts).write(self.folder)
            result = model.run(loop, progress=True)
            model.save(self.folder)
            self._report(result)
            if parts.test:
                _report_test(model, parts.test)
        return result.reason

    def _report(self, result: RunResult) -> None:
        if result.best is not None:
            click.echo(
                f"best validation: {result.best.loss:.4f} nats a token, "
                f"perplexity {result.best.perplexity:.2f}, at step {result.best.step}"
            )
        if result.reason == "interrupted":
            click.echo(
                f"interrupted; pyrnn train --resume {self.folder} goes on from here", err=True
            )
        elif result.steps == self.done:
            flag = flag_of(result.reason)  # a limit has the name of its setting
            why = REASONS[result.reason]
            click.echo(f"nothing was left to do: {why}; a higher {flag} lets it go on", err=True)
        click.echo(f"saved in {self.folder}")


def _texts_again(
    sources: Sources | None, folder: Path, context: click.Context, values: dict[str, Any]
) -> Texts:
    """The texts of a run that is resumed; without `sources`, those that the user names."""
    if sources is None and "split" in context.params:
        return Texts.of(context, values)
    if sources is None:
        raise click.ClickException(
            f"{folder}: has no {RUN}, which would say where its text is; "
            f"pyrnn train lm TEXT --output {folder} --resume goes on with it"
        )
    named = given(context)
    if "split" in named and tuple(values["split"]) != sources.split:
        raise ValueError(
            f"--split: expected {sources.split} as in the run that is resumed; "
            f"got {tuple(values['split'])}"
        )
    places = {name: values[name] for name in NAMES}
    report_test = values["report_test"] if "report_test" in named else None
    return sources.texts_again(folder, places, report_test)


def _introduce(model: LanguageModel) -> None:
    weights = sum(parameter.size for parameter in model.network.parameters())
    click.echo(
        f"{model.config.unit}: {model.tokenizer.size} different; {weights:,} weights", err=True
    )


def _report_test(model: LanguageModel, text: str) -> None:
    score = model.score(text)
    bits = score.bits_per_character
    click.echo(
        f"test: {-score.mean:.4f} nats a token, perplexity {score.perplexity:.2f}"
        + ("" if bits is None else f", {bits:.3f} bits a character")
    )
