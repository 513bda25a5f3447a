"""benchmarks/results/*.json as Markdown.

python benchmarks/report.py                                    every section there is
python benchmarks/report.py kernels language-model             these
python benchmarks/report.py kernels-summary --into README.md   between the file's two marks
python benchmarks/report.py --into docs/performance.md         each section between marks of its own
"""

from __future__ import annotations

import re
from pathlib import Path

import click
import package  # noqa: F401  makes this folder importable as `benchmarks`

from benchmarks.result_file import FOLDER, read_result
from benchmarks.sections import SECTIONS

BEGIN, END = "<!-- benchmarks: begin -->\n", "<!-- benchmarks: end -->"
NAMED = re.compile(rf"(<!-- benchmarks: begin ([\w-]+) -->\n).*?({END})", re.DOTALL)
path = click.Path(path_type=Path, exists=True)


def put_between_marks(document: str, text: str) -> str:
    """The document with the text between its two marks. Raises ValueError where they are not."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected the lines {BEGIN.strip()} and {END}; not both are there")
    return f"{before}{begin}{text}\n{end}{after}"


def fill_named_marks(document: str, results: Path) -> str:
    """The document with each section between the marks that name it.

    Where a section's result is not there, it stays as it is, which is said.
    """

    def filled(found: re.Match[str]) -> str:
        begin, section, end = found.groups()
        if section in SECTIONS and not source_of(section, results).exists():
            click.echo(f"{section} stays as it is: no {source_of(section, results).name}")
            return found[0]
        return f"{begin}{text_of(section, results)}\n{end}"

    return NAMED.sub(filled, document)


def source_of(section: str, results: Path) -> Path:
    """The result that a section is made from."""
    return results / f"{SECTIONS[section][0]}.json"


def text_of(section: str, results: Path) -> str:
    """A section's Markdown. Raises click.ClickException where its result is not there."""
    if section not in SECTIONS:
        raise click.ClickException(f"{section}: expected one of {', '.join(SECTIONS)}")
    source = source_of(section, results)
    if not source.exists():
        command = f"python benchmarks/run.py {source.stem}"
        raise click.ClickException(f"{source.name}: not there; `{command}`")
    return SECTIONS[section][1](read_result(source))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("sections", nargs=-1, type=click.Choice(list(SECTIONS)))
@click.option("--results", type=path, default=FOLDER, help="The folder of the JSON files.")
@click.option("--into", type=path, help="A document with the two marks; else standard output.")
def main(sections: tuple[str, ...], results: Path, into: Path | None) -> None:
    """Results as Markdown; without SECTIONS all that have one.

    Without SECTIONS a document whose marks name sections gets each of these between its marks.
    """
    document = None if into is None else into.read_text("utf-8")
    if into is not None and document is not None and not sections and NAMED.search(document):
        into.write_text(fill_named_marks(document, results), encoding="utf-8")
        return
    there = [section for section in SECTIONS if source_of(section, results).exists()]
    text = "\n\n".join(text_of(section, results) for section in sections or there)
    if into is None or document is None:
        click.echo(text)
        return
    try:
        into.write_text(put_between_marks(document, text), encoding="utf-8")
    except ValueError as error:
        raise click.ClickException(f"{into}: {error}") from error


if __name__ == "__main__":
    main()
