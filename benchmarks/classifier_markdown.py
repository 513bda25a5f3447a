"""What classifiers of IMDB's reviews reach, as Markdown."""

from __future__ import annotations

from benchmarks.markdown import Row, lines_of_table, page

HELD = "A tenth of the training set picks the best weights; the test set is read once, at the end."


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
