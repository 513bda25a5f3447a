"""What the scripts of endurance/ found, as Markdown: one function for each."""

from __future__ import annotations

from benchmarks.markdown import Row, lines_of_table, page


def kills(content: Row) -> str:
    """How often training was killed, where, and what came of it."""
    killed, lives, identical = (content[name] for name in ("kills", "lives", "identical"))
    explanation = (
        f"{killed} SIGKILLs in {lives} training runs, {content['while_writing']} of them in the "
        f"middle of writing a file; each run was resumed after every kill. {identical} of {lives} "
        "ended with the bits of the run that nobody broke off."
    )
    rows = [[place, str(count)] for place, count in content["where"].items()]
    return page("Kills", explanation, lines_of_table(["killed", "times"], rows), content)


def hostile_files(content: Row) -> str:
    """How many wrong files were loaded and refused by what reads them."""
    outcomes: dict[str, dict[str, int]] = {}
    for name, count in content["outcomes"].items():
        reader, outcome = name.split()
        outcomes.setdefault(reader, {})[outcome] = count
    explanation = (
        f"{content['files']:,} damaged and hostile files. {len(content['failures'])} crashed, hung "
        f"or raised another error than their reader names. Resident memory: at most "
        f"{content['peak_mib']:.0f} MiB."
    )
    header = ["read as", "refused", "loaded"]
    rows = [
        [reader.replace("_", " "), *(f"{counts.get(name, 0):,}" for name in ("refused", "loads"))]
        for reader, counts in outcomes.items()
    ]
    return page("Hostile files", explanation, lines_of_table(header, rows), content)


def soak(content: Row) -> str:
    """Memory over time."""
    header = ["what", "how often", "MiB at first", "MiB in the end", "grown after a tenth"]
    rows = [
        [name, f"{part['count']:,}", *(f"{part[key]:.2f}" for key in ("start", "end", "grown"))]
        for name, part in content["parts"].items()
    ]
    explanation = (
        f"Resident memory, which may grow by {content['bound']:g} MiB after the first tenth."
    )
    return page("Soak run", explanation, lines_of_table(header, rows), content)
