"""benchmarks/results/*.json as Markdown.

python benchmarks/report.py                                    every section there is
python benchmarks/report.py kernels language-model             these
python benchmarks/report.py kernels-summary --into README.md   between the file's two marks
"""

from __future__ import annotations

from pathlib import Path

import click
import package  # noqa: F401  makes this folder importable as `benchmarks`

from benchmarks.result_file import FOLDER, read_result
from benchmarks.sections import SECTIONS

BEGIN, END = "<!-- benchmarks: begin -->\n", "<!-- benchmarks: end -->"
path = click.Path(path_type=Path, exists=True)


def put_between_marks(document: str, text: str) -> str:
    """The document with the text between its two marks. Raises ValueError where they are not."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected the lines {BEGIN.strip()} and {END}; not both are there")
    return f"{before}{begin}{text}\n{end}{after}"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("sections", nargs=-1, type=click.Choice(list(SECTIONS)))
@click.option("--results", type=path, default=FOLDER, help="The folder of the JSON files.")
@click.option("--into", type=path, help="A document with the two marks; else standard output.")
def main(sections: tuple[str, ...], results: Path, into: Path | None) -> None:
    """Results as Markdown; without SECTIONS all that have one."""
    pages = []
    for section in sections or SECTIONS:
        name, page = SECTIONS[section]
        source = results / f"{name}.json"
        if source.exists():
            pages.append(page(read_result(source)))
        elif sections:
            raise click.ClickException(
                f"{source.name}: not there; `python benchmarks/run.py {name}`"
            )
    text = "\n\n".join(pages)
    if into is None:
        click.echo(text)
        return
    try:
        into.write_text(put_between_marks(into.read_text("utf-8"), text), encoding="utf-8")
    except ValueError as error:
        raise click.ClickException(f"{into}: {error}") from error


if __name__ == "__main__":
    main()
