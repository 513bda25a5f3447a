"""What classifiers of IMDB's reviews reach, and how fast they train, as Markdown."""

from __future__ import annotations

from benchmarks.markdown import Row, lines_of_table, page
from benchmarks.models.classifier import difference_in_words

HELD = "A tenth of the training set picks the best weights; the test set is read once, at the end."


def classifier(content: Row) -> str:
    """Seconds an epoch of both, with each allocator, and how well the losses agree."""
    header = ["allocator", "threads", "cell", "pyrnn s/epoch", "torch s/epoch"]
    header += ["ratio (min to max)", "losses differ by", "page faults a step: pyrnn", "torch"]
    lines = []
    for row in content["rows"]:
        epoch, spread, faults = row["epoch_seconds"], row["ratio"]["torch"], row["page_faults"]
        line = [row["allocator"], str(row["threads"]), row["cell"]]
        line += [f"{epoch[name]:.2f}" for name in ("pyrnn", "torch")]
        line.append(f"{spread['median']:.2f} ({spread['minimum']:.2f} to {spread['maximum']:.2f})")
        line.append(difference_in_words(row["losses"]))
        lines.append([*line, *(f"{faults[name]:,}" for name in ("pyrnn", "torch"))])
    table = lines_of_table(header, lines)
    return page("A classifier's training", _setting(content["rows"]), table, content)


def _setting(rows: list[Row]) -> str:
    """What was trained, in words."""
    row = rows[0]
    packed = [one["packed"]["ratio"] for one in rows if "packed" in one]
    times = f" ({min(packed):.1f} to {max(packed):.1f} times as long)" if packed else ""
    return (
        f"Training on IMDB's {row['texts']:,} reviews (their last {row['longest']} words; "
        f"V {row['V']:,}, E {row['E']}, H {row['H']}, B {row['B']}, the last state; Adam, clipped) "
        f"from equal weights on equal batches of about equal lengths, {row['steps']} an epoch; "
        f"blocks of {row['block']} steps in turn. torch computes the padding too, "
        f"{row['padding']:.1%} of its steps; packed it takes longer{times}. Default and raised are "
        "the C library's thresholds for memory. The losses' difference is the largest relative "
        "one; in float32 they drift apart, since training is chaotic and feeds rounding to all "
        "that follows, as the same steps in float64 show."
    )


def imdb(content: Row) -> str:
    """The test accuracy of each model and seed, and the means."""
    models, counts = content["models"], content["reviews"]
    header = ["model", "seed", "accuracy", "macro F1", "log-loss", "steps", "training s"]
    lines = []
    for name, found in models.items():
        for row in found["rows"]:
            line = [name, str(row["seed"]), f"{row['accuracy']:.2%}", f"{row['f1_macro']:.4f}"]
            line += [f"{row['log_loss']:.4f}", f"{row['steps']:,}", f"{row['seconds']:.0f}"]
            lines.append(line)
        mean = found["mean"]
        whole = ["", "", "", f"{mean['seconds']:.0f}"]
        lines.append([name, "mean", f"{mean['accuracy']:.2%}", *whole])
    explanation = (
        f"IMDB's {counts['test']:,} test reviews, after training on {counts['train']:,}: of the "
        f"training set, {counts['dropped']} that are in the test set are left out. {HELD}"
    )
    commands = "\n".join(f"{found['train']} --seed 0" for found in models.values())
    mark = "<!-- checked, not run: the data are not pyrnn's -->"
    table = f"{mark}\n```sh\n{commands}\n```\n\n{lines_of_table(header, lines)}"
    return page("Reviews", explanation, table, content)
