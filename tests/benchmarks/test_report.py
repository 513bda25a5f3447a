"""Results become Markdown, between the marks of a document where it has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import classifier_markdown, kernel_markdown, markdown, performance_markdown
from benchmarks.result_file import FOLDER, read_result, write_result
from benchmarks.sections import SECTIONS

from .conftest import load

SIGNATURE = {
    "date": "2025-03-01T10:00:00+00:00",
    "command": "python benchmarks/run.py kernels",
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "dirty": False,
    "cpu": "Some CPU",
    "cores": 2,
    "system": "Linux x86_64",
    "instruction_set": "avx2",
    "compiler": "gcc 13.2.0",
    "threads": [1, 2],
    "load": 0.0,
    "versions": {"python": "3.12.1", "numpy": "2.1.0"},
}


def spread(median: float) -> dict[str, float]:
    return {"minimum": 0.9 * median, "median": median, "maximum": 1.1 * median}


def row(H: int, task: str, threads: int, torch: float, ragged: bool = False) -> dict:
    ratios = {"torch": torch} | ({"onnxruntime": 1.25} if task == "forward" else {})
    seconds = {"pyrnn": 0.002, **{name: 0.002 * ratio for name, ratio in ratios.items()}}
    return {
        **{"cell": "lstm", "T": 10, "B": 4, "I": H, "H": H, "ragged": ragged},
        **{"task": task, "threads": threads, "gflop": 0.1, "share_of_peak": spread(0.8)},
        "about": {"numpy": "openblas 0.3.30 Zen"},
        "seconds": {name: spread(value) for name, value in seconds.items()},
        "ratio": {name: spread(value) for name, value in ratios.items()},
    }


ROWS = [
    row(8, "forward", 1, 1.5),
    row(16, "forward", 1, 3.0),
    row(8, "training", 1, 2.0),
    row(8, "forward", 2, 1.75),
    row(8, "training", 2, 4.0, ragged=True),
]
KERNELS = {"signature": SIGNATURE, "rows": ROWS}
NAMED = ("behind", "kernels-summary")


def test_shapes_stand_in_lines() -> None:
    page = kernel_markdown.kernels(KERNELS)
    header = "| cell | T, B, H | forward ms | GFLOP/s | of peak | torch | onnxruntime |"
    assert f"{header} forward + backward ms | GFLOP/s | of peak | torch |" in page
    assert "| lstm | 10, 4, 8 | 2 | 50 | 80% | 1.50 | 1.25 | 2 | 50 | 80% | 2.00 |" in page
    assert "| lstm | 10, 4, 16 | 2 | 50 | 80% | 3.00 | 1.25 |  |  |  |  |" in page
    assert "#### Full batches, 1 thread" in page
    assert "#### Ragged batches, 2 threads" in page
    assert "- smallest ratio to torch: 1.50 (lstm forward T, B, H = 10, 4, 8, 1 thread)" in page


def test_the_summary_ranges_over_shapes() -> None:
    page = kernel_markdown.kernels_summary(KERNELS)
    assert "| pyrnn is faster by | share of peak | torch | onnxruntime |" in page
    wanted = "| lstm, forward | 80% / 80% / 80% | 1.50 / 1.75 / 3.00 | 1.25 / 1.25 / 1.25 |"
    assert wanted in page
    assert "| lstm, forward + backward, ragged | 80% / 80% / 80% | 4.00 / 4.00 / 4.00 |  |" in page
    assert "- geometric mean of the ratio to torch over the table of shapes: 1.99" in page
    assert "- behind in 0 contests" in page
    assert "- NumPy: openblas 0.3.30 Zen" in page


def test_results_of_once_have_a_summary() -> None:
    unknown = ("I", "share_of_peak", "about")
    once = [{name: v for name, v in row.items() if name not in unknown} for row in ROWS]
    page = kernel_markdown.kernels_summary({"signature": SIGNATURE, "rows": once})
    assert "| lstm, forward | 1.50 / 1.75 / 3.00 | 1.25 / 1.25 / 1.25 |" in page


TRAINED: dict[str, dict] = {
    "classifier": {"longest": 400, "texts": 24_877},
    "tagger": {"F": 30, "labels": 17, "sentences": 14_041, "words": 203_621},
    "translator": {"attention": "additive", "V of targets": 5_915, "pairs": 29_000, "tokens": 9},
}
SAID = {
    "classifier": "Training on IMDB's 24,877 reviews (their last 400 words; V 20,002, E 128",
    "tagger": "14,041 sentences, 203,621 words (V 20,002, E 128, 30 filters over characters, H 128",
    "translator": "29,000 pairs, German to English, 9 tokens to be written (V 20,002 and 5,915",
}


@pytest.mark.parametrize("name", TRAINED)
def test_a_models_training_stands_in_lines(name: str) -> None:
    verified = {"steps": 30, "worst_difference": 1e-7}
    row = {
        **{"allocator": "raised", "threads": 2, "cell": "gru", "V": 20_002, "E": 128, "H": 128},
        **{"B": 64, "steps": 389, "padding": 0.0123, "block": 20, **TRAINED[name]},
        "losses": {
            **{"steps": 60, "worst_difference": 2e-3, "verified": verified},
            "float64": {"steps": 60, "worst_difference": 2e-9},
        },
        "epoch_seconds": {"pyrnn": 10.0, "torch": 15.5},
        "ratio": {"torch": spread(1.5)},
        "page_faults": {"pyrnn": 3, "torch": 12_345},
    }
    content = {"signature": SIGNATURE, "rows": [row, {**row, "packed": {"ratio": 10.0}}]}
    page = SECTIONS[name][1](content)
    assert SAID[name] in page
    assert "| raised | 2 | gru | 10.00 | 15.50 | 1.50 (1.35 to 1.65) |" in page
    assert (
        "| float64 2.0e-09 in 60 steps; float32 1.0e-07 in 30, 2.0e-03 in 60 | 3 | 12,345 |" in page
    )
    padding = "torch's gru computes the padding too, 1.2% of all steps"
    assert f"{padding}; packed it takes 10 to 10 times as long. Default" in page
    page = SECTIONS[name][1]({**content, "rows": [row]})
    assert f"{padding}. Default" in page
    one = {**row, "torch_packed": True, "cell": "lstm", "packed": {"ratio": 0.934}}
    page = SECTIONS[name][1]({**content, "rows": [row, one]})
    assert f"{padding}. torch's lstm reads packed batches, 0.93 to 0.93 times as long as" in page


def test_reviews_stand_seed_by_seed() -> None:
    rows = [
        {"seed": seed, "accuracy": 0.9 + seed / 100, "f1_macro": 0.9, "log_loss": 0.3}
        | {"steps": 1050, "seconds": 31.4}
        for seed in (0, 1)
    ]
    mean = {"accuracy": 0.905, "seconds": 31.4, "command_seconds": 40.0}
    models = {"bag": {"train": "pyrnn train classify train.csv", "rows": rows, "mean": mean}}
    counts = {"train": 24_877, "test": 25_000, "dropped": 123}
    content = {"signature": SIGNATURE, "reviews": counts, "models": models}
    page = classifier_markdown.imdb(content)
    assert "| bag | 1 | 91.00% | 0.9000 | 0.3000 | 1,050 | 31 |" in page
    assert "| bag | mean | 90.50% |  |  |  | 31 |" in page
    assert "pyrnn train classify train.csv --seed 0" in page


def test_the_signature_stands_below() -> None:
    changed = {**SIGNATURE, "dirty": True}
    assert markdown.signature({"signature": SIGNATURE}) == (
        "Some CPU (Linux x86_64, 2 cores), avx2, gcc 13.2.0; python 3.12.1, numpy 2.1.0; "
        "commit 0123456789; 2025-03-01; `python benchmarks/run.py kernels`"
    )
    assert "commit 0123456789 with changes" in markdown.signature({"signature": changed})
    outside = {**SIGNATURE, "commit": None, "dirty": None}
    assert "no commit" in markdown.signature({"signature": outside})


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "kernels.json"
    write_result(path, "kernels", SIGNATURE, {"rows": ROWS})
    assert read_result(path) == {"version": 1, "benchmark": "kernels", **KERNELS}
    path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(ValueError, match="version 1 expected; got 2"):
        read_result(path)


def test_a_section_goes_between_the_marks(tmp_path: Path) -> None:
    report = load("report")
    document = tmp_path / "README.md"
    document.write_text(f"# Title\n\n{report.BEGIN}old\n{report.END}\n\nthe end\n")
    write_result(tmp_path / "kernels.json", "kernels", SIGNATURE, {"rows": ROWS})
    arguments = ["kernels-summary", "--results", str(tmp_path), "--into", str(document)]
    for _ in range(2):  # the second time changes nothing
        result = CliRunner().invoke(report.main, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        page = kernel_markdown.kernels_summary(KERNELS)
        whole = f"# Title\n\n{report.BEGIN}{page}\n{report.END}\n\nthe end\n"
        assert document.read_text() == whole


def test_a_document_names_its_sections(tmp_path: Path) -> None:
    report = load("report")
    document = tmp_path / "performance.md"
    parts = [f"<!-- benchmarks: begin {name} -->\n{{}}\n{report.END}" for name in NAMED]
    whole = "# Title\n\n" + "\n\ntext\n\n".join(parts) + "\n"
    document.write_text(whole.format("old", ""))
    write_result(tmp_path / "kernels.json", "kernels", SIGNATURE, {"rows": ROWS})
    for _ in range(2):  # the second time changes nothing
        arguments = ["--results", str(tmp_path), "--into", str(document)]
        result = CliRunner().invoke(report.main, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        pages = [SECTIONS[name][1](KERNELS) for name in NAMED]
        assert document.read_text() == whole.format(*pages)
    absent = f"<!-- benchmarks: begin long -->\nold\n{report.END}\n"
    document.write_text(absent)
    result = CliRunner().invoke(report.main, arguments)
    assert result.output == "long stays as it is: no long.json\n"
    assert document.read_text() == absent
    document.write_text(f"<!-- benchmarks: begin nothing -->\n{report.END}\n")
    result = CliRunner().invoke(report.main, arguments)
    assert result.exit_code == 1
    assert "nothing: expected one of kernels-summary, " in result.output


def test_rivals_that_are_ahead_stand_first() -> None:
    rows = [row(8, "forward", 1, 0.9), *ROWS, row(16, "training", 1, 1.04)]
    page = performance_markdown.behind({"signature": SIGNATURE, "rows": rows})
    assert "Of 11 contests of layers those in which a rival is ahead (a ratio below 1: 1)" in page
    told = [line for line in page.splitlines() if "| torch |" in line]
    assert [line[:7] for line in told] == ["| 0.90 ", "| 1.04 "]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    report = load("report")
    options = ["--results", str(tmp_path)]
    result = CliRunner().invoke(report.main, ["import-time", *options])
    assert result.exit_code == 1
    assert "import-time.json: not there" in result.output
    assert CliRunner().invoke(report.main, options).exit_code == 0
    document = tmp_path / "README.md"
    document.write_text("no marks")
    result = CliRunner().invoke(report.main, [*options, "--into", str(document)])
    assert result.exit_code == 1
    assert "not both are there" in result.output
    assert document.read_text() == "no marks"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_result_that_is_kept_has_a_page(path: Path) -> None:
    content = read_result(path)
    pages = [page for name, page in SECTIONS.values() if name == path.stem]
    assert pages
    for page in pages:
        title, *_, last = page(content).splitlines()
        assert title.startswith("### ")
        assert content["signature"]["command"] in last
