"""Examples out of files and tables, by `SequenceModel.examples`."""

from __future__ import annotations

import importlib.util

import pytest

from pyrnn.models import (
    Captioner,
    SequenceClassifier,
    SequenceRegressor,
    SequenceTagger,
    Transcriber,
)

TEXTS = {"text": ["b a", "c", "a", "b"], "label": ["x", "y", "x", "y"]}
STEPS = {"unit": [1, 1, 2], "a": [0.5, 1.5, 2.5], "left": [2.0, 1.0, 9.0]}


def tables(columns):
    """The same table in all that may hold one."""
    yield columns
    yield [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for name, make in {"pandas": "DataFrame", "polars": "DataFrame", "pyarrow": "table"}.items():
        if importlib.util.find_spec(name) is not None:
            yield getattr(importlib.import_module(name), make)(columns)


def test_a_table_in_memory_is_read_as_a_file_is(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\nb a,x\nc,y\na,x\nb,y\n")
    for source in (tmp_path / "a.csv", str(tmp_path / "a.csv"), *tables(TEXTS)):
        found = SequenceClassifier().examples(source)
        assert [*found.inputs] == TEXTS["text"]
        assert found.targets == TEXTS["label"]


def test_a_step_a_row_in_memory():
    for source in tables(STEPS):
        found = SequenceRegressor().examples(source, id="unit", features="a", target="left")
        assert [each.tolist() for each in found.inputs] == [[[0.5], [1.5]], [[2.5]]]
        assert [each.tolist() for each in found.targets] == [[[2], [1]], [9]]
        assert found.names == [1, 2]


def test_a_wrong_label_names_the_row():
    with pytest.raises(ValueError, match=r"expected a label; got an empty one in .*row 1"):
        SequenceClassifier().examples({"text": ["a", "b"], "label": ["x", ""]})


@pytest.mark.parametrize(
    ("kind", "table", "columns", "role"),
    [
        (SequenceClassifier, TEXTS, {"static": "label"}, "static"),
        (SequenceClassifier, TEXTS, {"label": "text"}, "text"),
        (SequenceClassifier, TEXTS, {"text": "label"}, "text"),
        (SequenceRegressor, STEPS, {"id": "unit", "features": "a:left", "target": "left"}, "feat"),
        (SequenceRegressor, STEPS, {"series": "unit:left", "target": "a"}, "series"),
        (SequenceTagger, STEPS, {"id": "unit", "features": "a", "label": "a"}, "features"),
        (Transcriber, STEPS, {"series": "unit:left", "labels": "left"}, "series"),
        (Transcriber, {**TEXTS, "x": [[0.5]] * 4}, {"frames": "x", "static": "text"}, "static"),
        (Transcriber, {"x": [[0.5]] * 4}, {"frames": "x", "labels": "x"}, "frames"),
        (Captioner, {"a": [1], "text": ["1"], "b": [2]}, {"vector": "a:b"}, "the table"),
    ],
)
def test_what_is_to_be_told_is_no_input(kind, table, columns, role):
    with pytest.raises(ValueError, match=f"^{role}.*: expected .*; got '"):
        kind().examples(table, **columns)


def test_what_is_to_be_predicted_needs_no_targets():
    model = SequenceClassifier(encoder="bag")
    model.fit(model.examples(TEXTS), epochs=1)
    found = model.examples({"text": ["a", "c"]}, labelled=False)
    assert found.targets is None
    assert len(model.predict(found)) == 2
    with pytest.raises(ValueError, match="expected a column 'label'"):
        model.examples({"text": ["a", "c"]})


def test_the_encoding_of_a_file(tmp_path):
    (tmp_path / "a.csv").write_bytes("text,label\ncafé,x\n".encode("latin-1"))
    model = SequenceClassifier()
    assert [*model.examples(tmp_path / "a.csv", encoding="latin-1")] == ["café"]
    with pytest.raises(ValueError, match=r"a\.csv: line 2, column 4: byte 14 .* not utf-8"):
        model.examples(tmp_path / "a.csv")


def test_the_part_of_a_folder(tmp_path):
    for part, text in {"train": "a", "test": "b"}.items():
        for label in "xy":
            (tmp_path / part / label).mkdir(parents=True)
            (tmp_path / part / label / "1.txt").write_text(text)
    model = SequenceClassifier()
    assert [*model.examples(tmp_path)] == ["a", "a"]
    assert [*model.examples(tmp_path, part="test")] == ["b", "b"]
    with pytest.raises(ValueError, match="expected a folder 'valid' in it"):
        model.examples(tmp_path, part="valid")
    with pytest.raises(ValueError, match="part: expected None or one of"):
        model.examples(tmp_path, part="exam")
