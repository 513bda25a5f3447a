"""pyrnn export: a model's weights as a file for another program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pyrnn.cli.inputs import ModelFolder, errors_in_words

if TYPE_CHECKING:
    from pyrnn.models.model import Model

# How a file's name ends: what writes it, as a method of a model
FORMATS = {".safetensors": "export"}


@click.command(short_help="A model's weights for PyTorch.")
@click.argument("model", type=ModelFolder())
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
def export(model: Model, file: Path, overwrite: bool) -> None:
    """Write the weights of MODEL, the folder of a trained model or a checkpoint file, to FILE,
    in the format that its name ends in.

    \b
    pyrnn export book-model book.safetensors
    pyrnn export book-model/best.safetensors best-book.safetensors --overwrite

    .safetensors has PyTorch's names and layouts; PyTorch reads it as a state dict. The file's
    header holds the layers, the settings and the vocabulary as JSON.
    """
    if file.exists() and not overwrite:
        raise click.ClickException(f"{file}: is there already; --overwrite replaces it")
    write = FORMATS.get(file.suffix.lower())
    if write is None:
        known = ", ".join(FORMATS)
        raise click.UsageError(f"{file}: expected a name that ends in {known}")
    with errors_in_words():
        getattr(model, write)(file)
    click.echo(f"{file}: {model.num_parameters():,} weights, {file.stat().st_size:,} bytes")
