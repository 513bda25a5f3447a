"""pyrnn info: what was built and what runs; what a model is made of."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

import click

import pyrnn
from pyrnn.cli.inputs import ModelFolder, errors_in_words

if TYPE_CHECKING:
    from pyrnn.models.model import Model


@click.command(short_help="Details of this installation, or of a model.")
@click.argument("model", type=ModelFolder(), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def info(model: Model | None, as_json: bool) -> None:
    """Show what pyrnn was built with and runs on; with MODEL, what that model is.

    \b
    pyrnn info                      versions, instruction sets, threads
    pyrnn info book-model           settings, size, how it was trained
    pyrnn info book-model --json    the same for another program

    PYRNN_ISA in the environment chooses another of the available instruction sets.
    """
    with errors_in_words():  # a model may hold what the terminal has no letters for
        content = _installation() if model is None else _model(model)
        if as_json:
            click.echo(json.dumps(content, indent=1, ensure_ascii=False))
        else:
            _show(content)


def _installation() -> dict[str, Any]:
    import numpy

    return {
        "pyrnn": pyrnn.__version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "machine": platform.machine(),
        **pyrnn.build_config(),
    }


def _model(model: Model) -> dict[str, Any]:
    columns = {name: value for name, value in model.columns.to_json().items() if value is not None}
    return {
        "model": model.title,
        "made of": model.in_short(),
        "weights": model.num_parameters(),
        **model.config.to_json(),
        **model.settled(),
        **({"columns": columns} if columns else {}),
        "trained": dict(model.trained) if model.trained else "no",
    }


def _show(content: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _rows(content):
        table.add_row(name, value)
    # a pipe gets whole lines, whatever the width that rich assumes for it
    # what a model says of itself is text, not markup
    console = Console(highlight=False, markup=False)
    console.print(table, soft_wrap=not console.is_terminal)


def _rows(content: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """(name, value) pairs; what is inside an entry is named by its path."""
    rows: list[tuple[str, str]] = []
    for name, value in content.items():
        if isinstance(value, dict) and value:
            rows += _rows(value, f"{prefix}{name}.")
        elif isinstance(value, (list, tuple)):
            rows.append((prefix + name, ", ".join(map(str, value))))
        elif isinstance(value, int) and not isinstance(value, bool):
            rows.append((prefix + name, f"{value:,}"))
        elif isinstance(value, float):
            rows.append((prefix + name, f"{value:.6g}" if value % 1 else str(value)))
        else:
            rows.append((prefix + name, str(value)))
    return rows
