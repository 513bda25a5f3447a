"""The pictures of docs/performance.md, drawn from benchmarks/results/*.json.

python benchmarks/pictures.py                   all whose results are there, into docs/images
python benchmarks/pictures.py --output FOLDER   elsewhere; --results FOLDER: from others
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import package  # noqa: F401  makes this folder importable as `benchmarks`

from benchmarks.drawings import calls, memory, rivals, scaling, share_of_peak
from benchmarks.result_file import FOLDER, read_result

IMAGES = Path(__file__).parents[1] / "docs" / "images"
DPI, TINTS = 100, 64
path = click.Path(path_type=Path)

# picture -> (the result it is drawn from, the function that draws it)
PICTURES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "performance-peak": ("sweep", share_of_peak.draw),
    "performance-rivals": ("kernels", rivals.draw),
    "performance-scaling": ("sweep", scaling.draw),
    "performance-memory": ("long", memory.draw),
    "performance-calls": ("sweep", calls.draw),
}


def save(figure: Any, target: Path) -> None:
    """In few colours, which takes a third of the bytes, and without the program's version."""
    from PIL import Image  # comes with matplotlib

    whole = io.BytesIO()
    figure.savefig(whole, dpi=DPI, format="png", metadata={"Software": None})
    with Image.open(whole) as picture:
        picture.convert("RGB").quantize(TINTS).save(target, optimize=True)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--results", type=path, default=FOLDER, help="The folder of the JSON files.")
@click.option("--output", type=path, default=IMAGES, help="Where the pictures go.")
def main(results: Path, output: Path) -> None:
    """Pictures of all results that are there."""
    output.mkdir(parents=True, exist_ok=True)
    for picture, (name, draw) in PICTURES.items():
        source = results / f"{name}.json"
        if not source.exists():
            click.echo(f"{picture} is left out: no {source.name}")
            continue
        target = output / f"{picture}.png"
        save(draw(read_result(source)), target)
        click.echo(target.name)


if __name__ == "__main__":
    main()
