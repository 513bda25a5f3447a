"""pyrnn export: a model's weights as a file for PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pyrnn.cli.inputs import ModelFolder, errors_in_words

if TYPE_CHECKING:
    from pyrnn.models import LanguageModel


@click.command(short_help="A model's weights for PyTorch.")
@click.argument("model", type=ModelFolder())
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
def export(model: LanguageModel, file: Path, overwrite: bool) -> None:
    """Write the weights of MODEL, the folder of a trained model or a checkpoint file, to FILE:
    one safetensors file with PyTorch's names and layouts.

    \b
    pyrnn export book-model book.safetensors
    pyrnn export book-model/best.safetensors best-book.safetensors --overwrite

    PyTorch reads it as a state dict. The file's header holds the layers, the settings and the
    vocabulary as JSON.
    """
    if file.exists() and not overwrite:
        raise click.ClickException(f"{file}: is there already; --overwrite replaces it")
    with errors_in_words():
        model.export(file)
    weights = sum(parameter.size for parameter in model.network.parameters())
    click.echo(f"{file}: {weights:,} weights, {file.stat().st_size:,} bytes")
