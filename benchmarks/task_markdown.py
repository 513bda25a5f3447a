"""What models reach on known data, as Markdown."""

from __future__ import annotations

from benchmarks.markdown import Row, lines_of_table, page
from benchmarks.quality.tasks.result import in_words

SHOWN = {  # metrics that have a column, where a task has them
    "f1": "F1",
    "accuracy": "accuracy",
    "balanced_accuracy": "macro accuracy",
    "log_loss": "log-loss",
    "rmse": "RMSE",
    "rmse_capped": "RMSE, capped",
    "mse": "MSE",
    "mae": "MAE",
    "mase": "MASE",
    "label_error": "label error",
    "word_error": "word error",
    "bleu": "BLEU",
    "chrf": "chrF",
    "exact_match": "exact",
    "perplexity": "perplexity",
    "recognized": "recognized",
    "new": "new",
}


def task(content: Row) -> str:
    """A row a model: the means over its seeds, or its folds."""
    rows = content["rows"]
    names = [name for name in SHOWN if name in rows[0] and _says_something(name, content)]
    header = ["model", *(SHOWN[name] for name in names), "weights", "runs", "training s"]
    lines = []
    for model, mean in content["mean"].items():
        own = [row for row in rows if row["model"] == model]
        numbers = [f"{mean[name]:.4g}" for name in names]
        lines.append(
            [model, *numbers, f"{own[0]['weights']:,}", str(len(own)), f"{mean['seconds']:.0f}"]
        )
    goals = "; ".join(in_words(one) for one in content["goals"])
    explanation = f"{content['about']}{_tried(content)} {goals[:1].upper()}{goals[1:]}."
    return page(content["title"], explanation, lines_of_table(header, lines), content)


def _says_something(metric: str, content: Row) -> bool:
    """BLEU and chrF say nothing of texts that are right or wrong, such as sums."""
    return metric not in ("bleu", "chrf") or any("BLEU" in one["what"] for one in content["goals"])


def _tried(content: Row) -> str:
    """The settings that were tried, in words."""
    names = dict.fromkeys(one["name"] for one in content.get("tried", ()))
    return f" Settings tried: {'; '.join(names)}." if len(names) > 1 else ""


def small_data(content: Row) -> str:
    """A row a set: what the defaults reach, and the best other choice."""
    explanation = (
        "Accuracy or R² on test data after training on few sequences, whose number stands in the "
        "set's name, with no option at all; beside it the best of other batches, rates, dropout "
        "and lengths, picked by the test data themselves. Means of two draws."
    )
    header = ["set", "defaults", "best other", "which is"]
    summary: Row = content["summary"]
    lines = [
        [name, f"{one['defaults']:.3f}", f"{one['best']:.3f}", one["by"]]
        for name, one in summary.items()
    ]
    return page("Few sequences", explanation, lines_of_table(header, lines), content)
