"""How fast models of sequences train, pyrnn's and torch's, as Markdown."""

from __future__ import annotations

from benchmarks.markdown import Row, lines_of_table, page
from benchmarks.models.contest import OURS, RIVAL, difference_in_words

EQUAL = (
    "Default and raised are the C library's thresholds for memory. The losses' difference is the "
    "largest relative one; in float32 they drift apart, since training is chaotic and feeds "
    "rounding to all that follows, as the same steps in float64 show."
)


def classifier(content: Row) -> str:
    """A classifier of reviews."""
    row = content["rows"][0]
    about = (
        f"Training on IMDB's {row['texts']:,} reviews (their last {row['longest']} words; "
        f"V {row['V']:,}, E {row['E']}, H {row['H']}, B {row['B']}, the last state; Adam, clipped)"
    )
    return _page("A classifier's training", about, "", content)


def tagger(content: Row) -> str:
    """A tagger of words."""
    row = content["rows"][0]
    about = (
        f"Training on CoNLL-2003's {row['sentences']:,} sentences, {row['words']:,} words (V "
        f"{row['V']:,}, E {row['E']}, {row['F']} filters over characters, H {row['H']} in both "
        f"directions, a CRF of {row['labels']} labels; B {row['B']}; Adam, clipped; in torch the "
        "pytorch-crf package)"
    )
    return _page("A tagger's training", about, _REVERSE, content)


def translator(content: Row) -> str:
    """A translator of sentences."""
    row = content["rows"][0]
    about = (
        f"Training on Multi30k's {row['pairs']:,} pairs, German to English, {row['tokens']:,} "
        f"tokens to be written (V {row['V']:,} and {row['V of targets']:,}, E {row['E']}, H "
        f"{row['H']}, in the encoder in both directions, {row['attention']} attention; B "
        f"{row['B']}; Adam, clipped; torch's decoder is a loop over its steps)"
    )
    return _page("A translator's training", about, _REVERSE, content)


_REVERSE = (
    "The reverse direction begins at a sequence's last step: padded, torch has a layer for each "
    "direction, one of which reads flipped sequences. "
)


def _page(title: str, about: str, beside: str, content: Row) -> str:
    """Seconds an epoch of both, with each allocator, and how well the losses agree.

    about: what is trained on what. beside: what else is to be known.
    """
    rows = content["rows"]
    explanation = (
        f"{about} from equal weights on equal batches of about equal lengths, {rows[0]['steps']} "
        f"an epoch; blocks of {rows[0]['block']} steps in turn. {beside}"
        f"{''.join(_batches(rows, packed) for packed in (False, True))}{EQUAL}"
    )
    return page(title, explanation, _table(rows), content)


def _batches(rows: list[Row], packed: bool) -> str:
    """A sentence on torch's batches, of the cells with which they are packed or padded."""
    own = [row for row in rows if row.get("torch_packed", False) == packed]
    if not own:
        return ""
    cells = " and ".join(dict.fromkeys(row["cell"] for row in own))
    ratios = [row["packed"]["ratio"] for row in own if "packed" in row]
    times = f"{min(ratios):.2g} to {max(ratios):.2g} times as long" if ratios else ""
    if packed:
        verb = "read" if " and " in cells else "reads"
        return f"torch's {cells} {verb} packed batches{f', {times} as padded' if times else ''}. "
    verb = "compute" if " and " in cells else "computes"
    padding = f"torch's {cells} {verb} the padding too, {own[0]['padding']:.1%} of all steps"
    return f"{padding}{f'; packed it takes {times}' if times else ''}. "


def _table(rows: list[Row]) -> str:
    header = ["allocator", "threads", "cell", "pyrnn s/epoch", "torch s/epoch"]
    header += ["ratio (min to max)", "losses differ by", "page faults a step: pyrnn", "torch"]
    lines = []
    for row in rows:
        epoch, spread, faults = row["epoch_seconds"], row["ratio"][RIVAL], row["page_faults"]
        line = [row["allocator"], str(row["threads"]), row["cell"]]
        line += [f"{epoch[name]:.2f}" for name in (OURS, RIVAL)]
        line.append(f"{spread['median']:.2f} ({spread['minimum']:.2f} to {spread['maximum']:.2f})")
        line.append(difference_in_words(row["losses"]))
        lines.append([*line, *(f"{faults[name]:,}" for name in (OURS, RIVAL))])
    return lines_of_table(header, lines)
