"""Speed and quality as Markdown: one function for each benchmark."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks import transcripts as transcript_lines
from benchmarks import word_tables
from benchmarks.decoder.comparison import RIVALS as DECODER_RIVALS
from benchmarks.decoder.comparison import sizes_of as sizes_of_decoder
from benchmarks.kernels.problem import TASKS
from benchmarks.kernels.table import milliseconds, plural, shape_of, share_of_peak
from benchmarks.models import contention as contention_lines
from benchmarks.models.language_model import model_of
from benchmarks.operations import comparison as operation_lines

Row = Mapping[str, Any]
TASK_NAMES = {"forward": "forward", "training": "forward + backward", "decode": "decode"}


def lines_of_table(header: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """A Markdown table; all but the first `left` columns stand to the right."""
    rule = ["---"] * left + ["--:"] * (len(header) - left)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def signature(content: Row) -> str:
    """The signature as a paragraph."""
    s = content["signature"]
    versions = ", ".join(f"{name} {version}" for name, version in s["versions"].items())
    commit = "no commit" if s["commit"] is None else f"commit {s['commit'][:10]}"
    changed = " with changes" if s["dirty"] else ""
    return (
        f"{s['cpu']} ({s['system']}, {s['cores']} cores), {s['instruction_set']}, "
        f"{s['compiler']}; {versions}; {commit}{changed}; {s['date'][:10]}; `{s['command']}`"
    )


def page(title: str, explanation: str, table: str, content: Row) -> str:
    """A section: its title, what it is about, the table, the signature."""
    return "\n".join([f"### {title}", "", explanation, "", table, "", signature(content)])


def ratio(row: Row | None, rival: str) -> str:
    """A median ratio, or nothing where the two have not met."""
    if row is None or rival not in row["ratio"]:
        return ""
    return f"{row['ratio'][rival]['median']:.2f}"


def layer_table(content: Row, rival: str, width: str) -> str:
    """All tasks of every problem: milliseconds, and how many times as long the rival takes.

    width: the letter of what stands behind T and B.
    """
    header = ["threads", f"T, B, {width}"]
    for task in dict.fromkeys(row["task"] for row in content["rows"]):
        header += [f"{TASK_NAMES[task]} ms", rival]
    found: dict[tuple[str, str], list[str]] = {}
    for row in content["rows"]:
        key = str(row["threads"]), shape_of({**row, "H": row[width]}) + " ragged" * row["ragged"]
        found.setdefault(key, []).extend(
            [milliseconds(row["seconds"]["pyrnn"]["median"]), ratio(row, rival)]
        )
    return lines_of_table(header, [[*key, *cells] for key, cells in found.items()])


def convolution(content: Row) -> str:
    """Both tasks of every problem beside torch."""
    row = content["rows"][0]
    widths = ", ".join(map(str, row["widths"]))
    explanation = (
        f"{row['F']} filters of each of the widths {widths}, and the maximum of each over time: "
        "milliseconds a call, then how many times as long torch takes (medians)."
    )
    table = layer_table(content, "torch", "I")
    return page("Convolution and its maximum", explanation, table, content)


def crf(content: Row) -> str:
    """All tasks of every problem beside pytorch-crf."""
    explanation = (
        "The log-likelihood of a batch's labels, its gradients, and the likeliest labels by "
        "Viterbi's algorithm; C labels. Milliseconds a call, then how many times as long "
        "pytorch-crf takes (medians)."
    )
    table = layer_table(content, "pytorch-crf", "C")
    return page("Conditional random field", explanation, table, content)


def ctc(content: Row) -> str:
    """Both tasks of every problem beside torch."""
    explanation = (
        "The loss of a batch's targets, a symbol for ten frames, and its gradient by the logits; C "
        "symbols with the blank. Milliseconds a call, then how many times as long torch takes for "
        "its log softmax and `ctc_loss` (medians)."
    )
    table = layer_table(content, "torch", "C")
    return page("Temporal classification", explanation, table, content)


def decoder(content: Row) -> str:
    """Both tasks of every problem: milliseconds, and how many times as long torch takes."""
    header = ["threads", "T, S, B, I, H, E"]
    for task in TASKS:
        header += [f"{TASK_NAMES[task]} ms", *DECODER_RIVALS]
    found: dict[tuple[str, str], list[str]] = {}
    for row in content["rows"]:
        ratios = [ratio(row, name) for name in DECODER_RIVALS]
        found.setdefault((str(row["threads"]), sizes_of_decoder(row)), []).extend(
            [milliseconds(row["seconds"]["pyrnn"]["median"]), *ratios]
        )
    explanation = (
        "A decoder with additive attention, GRU: milliseconds a call, then how many times as long "
        "torch takes (medians), step by step as tutorials write it, and with the keys projected "
        "once."
    )
    table = lines_of_table(header, [[*key, *cells] for key, cells in found.items()])
    return page("A decoder with attention", explanation, table, content)


def beam(content: Row) -> str:
    """A row a way of decoding and number of threads."""
    explanation = (
        "A language model's step, LSTM, writes sentences that all have the same length: sentences "
        "a second (medians), then milliseconds a step of the model, of the kernel that finds the "
        "likeliest tokens, and of Python, which is all else; last, Python beside the model."
    )
    header = ["threads", "V, B, H, T", "way", "sentences/s", "model ms", "kernel ms", "Python ms"]
    found = []
    for row in content["rows"]:
        for way, parts in row["shares"].items():
            name = f"beam {row['width']}" if way == "beam" else way
            speed = row["B"] / row["seconds"][way]["median"]
            sizes = ", ".join(str(row[letter]) for letter in "VBHT")
            each = [f"{1e3 * parts[part] / row['T']:.3f}" for part in ("model", "kernel", "python")]
            share = f"{parts['python'] / parts['model']:.2f}"
            found.append([str(row["threads"]), sizes, name, f"{speed:,.0f}", *each, share])
    table = lines_of_table([*header, "Python to model"], found)
    return page("Beam search", explanation, table, content)


def transcripts(content: Row) -> str:
    """A row a number of classes."""
    explanation = (
        "Transcripts of CTC's frames by the likeliest path and by a prefix beam: frames a second "
        "(medians) of B sequences at once, and of one, frame by frame."
    )
    table = lines_of_table(transcript_lines.HEADER, transcript_lines.lines(content["rows"]), 0)
    return page("Transcripts", explanation, table, content)


def operations(content: Row) -> str:
    """A row an operation: microseconds of both, and the ratio."""
    explanation = (
        "Single operations, cells and a decoder's step on one sequence, one thread: microseconds a "
        "call (medians), and how many times as long torch takes. Loops go back, nothing else is "
        "recorded."
    )
    lines = operation_lines.lines(content["rows"])
    table = lines_of_table(operation_lines.HEADER, lines, left=2)
    return page("Operations on little", explanation, table, content)


def language_model(content: Row) -> str:
    """Tokens/s of both, and how well the losses agree."""
    header = ["model", "threads", "pyrnn tokens/s", "of peak", "torch tokens/s"]
    header += ["ratio (min to max)", "losses differ by"]
    lines = []
    for row in content["rows"]:
        speed, spread = row["tokens_per_second"], row["ratio"]["torch"]
        lines.append(
            [
                model_of(row),
                str(row["threads"]),
                f"{speed['pyrnn']['median']:,.0f}",
                share_of_peak(row),
                f"{speed['torch']['median']:,.0f}",
                f"{spread['median']:.2f} ({spread['minimum']:.2f} to {spread['maximum']:.2f})",
                f"{row['losses']['worst_difference']:.1e}",
            ]
        )
    explanation = (
        f"Whole training steps from equal weights on equal batches: {settings(content['rows'])}. "
        f"Clipping, cross-entropy and update included; the largest relative difference of the "
        f"losses of the first {content['rows'][0]['losses']['steps']} steps (words: 20, since at "
        "their rate training is chaotic). Of peak: what the "
        "products that no one can do without would take at the processor's rate of multiply-adds."
    )
    table = lines_of_table(header, lines)
    return page("A language model's training", explanation, table, content)


def settings(rows: Sequence[Row]) -> str:
    """Sizes and update of each kind of model."""
    found = {}
    for row in rows:
        sizes = ", ".join(f"{letter} {row[letter]}" for letter in "VETB")
        update = {"adam": "Adam", "sgd": "SGD"}[row.get("optimizer", "adam")]
        found[model_of(row).partition(",")[0]] = f"{sizes}, {update}"
    return "; ".join(f"{kind} ({words})" for kind, words in found.items())


def contention(content: Row) -> str:
    """Tokens/s alone and beside busy processes, and the share that is kept."""
    explanation = (
        "A language model's training steps alone, then beside one process a core that does nothing "
        "but count, in turns. A fair system leaves half."
    )
    table = lines_of_table(contention_lines.HEADER, contention_lines.lines(content["rows"]))
    return page("Training beside busy processes", explanation, table, content)


def builds(content: Row) -> str:
    """What another build gains or loses: for each cell and task, its speed by this one's."""
    rows = content["rows"]
    numbers = list(dict.fromkeys(row["threads"] for row in rows))
    lines = []
    for cell, task in dict.fromkeys((row["cell"], row["task"]) for row in rows):
        line = [f"{cell}, {TASK_NAMES[task]}"]
        for threads in numbers:
            met = [
                1 / row["ratio"]["median"]
                for row in rows
                if (row["cell"], row["task"], row["threads"]) == (cell, task, threads)
            ]
            found = (min(met), statistics.median(met), max(met))
            line.append(" / ".join(f"{100 * (value - 1):+.1f} %" for value in found))
        lines.append(line)
    other = content["about"] or "the other build"
    middle = 100 * (1 / content["median"] - 1)
    explanation = (
        f"How much faster {other} is than the build in use, over all shapes: least / median / most "
        f"of the medians. Median of all: {middle:+.1f} %."
    )
    table = lines_of_table(["", *(plural(threads) for threads in numbers)], lines)
    return page("Two builds", explanation, table, content)


def import_time(content: Row) -> str:
    """One sentence."""
    numpy, added = (f"{1e3 * content[name]['median']:.0f} ms" for name in ("numpy", "added"))
    sentence = f"`import numpy` takes {numpy}; `import pyrnn` adds {added}."
    return "\n".join(["### Import", "", sentence, "", signature(content)])


def reading_memory(content: Row) -> str:
    """A row a unit."""
    lines = [
        [row["unit"], f"{row['texts']:,}", f"{row['characters']:,}"]
        + [f"{row['bytes_a_character'][when]:.2f}" for when in ("read", "ready")]
        for row in content["rows"]
    ]
    explanation = (
        "Bytes a character that a table of texts takes at most: while it is read, and until a "
        "training can begin (encoded, its own weights left out)."
    )
    table = lines_of_table(["unit", "texts", "characters", "read", "ready"], lines)
    return page("Memory of reading", explanation, table, content)


def text_memory(content: Row) -> str:
    """A row a unit and an origin, and a sentence on the large text."""
    lines = [
        [row["unit"], row["origin"], f"{row['characters']:,}"]
        + [f"{row['bytes_a_character'][when]:.2f}" for when in ("ready", "trained")]
        for row in content["rows"]
    ]
    large = content["large"]
    explanation = (
        "Bytes a character that a language model's text takes at most, out of a file, several "
        "files or a string: until a training can begin, and with some steps of it and a validation "
        f"(its own weights left out). A text of {large['characters']:,} characters was read, and "
        f"trained on some steps, by a process that may take {large['allowed'] >> 20} MiB."
    )
    table = lines_of_table(["unit", "from", "characters", "ready", "trained"], lines)
    return page("Memory of a language model's text", explanation, table, content)


def shakespeare(content: Row) -> str:
    """The command, what it reached, the learning curve and the samples."""
    test, validation = content["test"], content["validation"]
    bits = f" ({test['bits']:.3f} bits)" if "bits" in test else ""
    points = content["curve"]
    curve = lines_of_table(
        ["step", "epoch", "minutes", "training", "validation"],
        [
            [
                str(point["step"]),
                f"{point['epoch']:.2f}",
                f"{point['seconds'] / 60:.2f}",
                "" if point["train"] is None else f"{point['train']:.4f}",
                f"{point['validation']:.4f}",
            ]
            for point in points
        ],
        left=0,
    )
    parts = ["### Shakespeare", "", f"`{content['train']}`", ""]
    parts.append(
        f"{content['weights']:,} weights, {content['steps']:,} steps, "
        f"{content['seconds'] / 60:.1f} minutes with the validations, "
        f"{content['tokens_per_second']:,.0f} characters/s. Nats a character: validation "
        f"{validation['loss']:.4f} (step {validation['step']}), test {test['nats']:.4f}{bits}."
    )
    parts += ["", curve, ""]
    for sample in content["samples"]:
        parts += [f"Temperature {sample['temperature']}:", "", "```text"]
        parts += [sample["prompt"] + sample["text"], "```", ""]
    return "\n".join([*parts, signature(content)])


def completion(content: Row) -> str:
    """Keystrokes saved, and the time for each."""
    model, rows = content["model"], content["rows"]
    header = ["completions shown", "keys saved", "by a word list", "ms a key", "95 % within"]
    header += ["at most"]
    lines = []
    for row in rows:
        times = [milliseconds(row["seconds"][name]) for name in ("median", "p95", "maximum")]
        by_list = f"{row['word_list']['savings']:.1%}" if "word_list" in row else ""
        lines.append([str(row["shown"]), f"{row['savings']:.1%}", by_list, *times])
    explanation = (
        f"The last {content['last']:.0%} of {content['text']}, {rows[0]['characters']:,} "
        f"characters that the model has not seen, typed by someone who takes a completion as soon "
        f"as it is right: 1 - keys / characters (Trnka and McCoy 2008). {model['num_layers']} x "
        f"{model['hidden_size']} {model['cell']}, {model['unit']}, {model['weights']:,} weights."
    )
    table = lines_of_table(header, lines, left=0)
    return page("Completion", explanation, table, content)


def word_models(content: Row) -> str:
    """Perplexities with a full and an adaptive softmax."""
    header = ["corpus", "softmax", "weights", "steps", "validation", "test"]
    table = lines_of_table(header, word_tables.perplexities(content), left=2)
    o = content["options"]
    steps = o["bptt"] if "bptt" in o else o["steps"]  # as results of once have it
    explanation = (
        f"Perplexity of word models after {o['epochs']} epochs ({o['optimizer']}, rate "
        f"{o['learning_rate']:g}, {o['schedule']}; B {o['batch_size']}, T {steps}), equal "
        "settings but for the output layer."
    )
    table += f"\n\n{word_tables.quotients(content)}"
    return page("Word models", explanation, table, content)


def word_speed(content: Row) -> str:
    """Training steps with a full and an adaptive softmax."""
    header = ["corpus", "threads", "V", "H", "full tokens/s", "adaptive tokens/s"]
    table = lines_of_table([*header, "ratio (min to max)"], word_tables.speeds(content))
    explanation = "Training steps of the same models, in turns."
    return page("Word models' training speed", explanation, table, content)


def cells(content: Row) -> str:
    """`pyrnn compare`: one line for each cell."""
    step, minutes = content["common_step"], content["minutes"]
    header = ["cell", "units", "weights", "characters/s", "steps"]
    header += [f"at step {step:,}", f"in {minutes:g} minutes", "test"]
    rows = [
        [s["name"], str(s["hidden"]), f"{s['parameters']:,}", f"{s['tokens_per_second']:,.0f}"]
        + [f"{s['steps']:,}", *(f"{s[name]:.4f}" for name in ("equal_steps", "best", "test"))]
        for s in content["standings"]
    ]
    parts = ["### Cells of equal size", "", f"`{content['compare']}`", ""]
    parts += ["Losses are nats a character, the first two on the validation text.", ""]
    return "\n".join([*parts, lines_of_table(header, rows), "", signature(content)])
