"""What data may be like, from files to predictions: a right result, or an error that says what is
wrong, where."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

import pyrnn
from pyrnn.models import SequenceClassifier, SequenceRegressor

EMOJI = "\U0001f469\u200d\U0001f469\u200d\U0001f467"  # a family: three, joined
RIGHT_TO_LEFT = "\u05e9\u05dc\u05d5\u05dd \u0639\u0644\u064a\u0643\u0645"
COMBINED, APART = "caf\u00e9", "cafe\u0301"


@pytest.fixture
def put(tmp_path):
    def make(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def small(kind=SequenceClassifier, **settings):
    return kind(**{"hidden_size": 4, "dropout_output": 0.0, **settings})


def csv(rows, header="text,label"):
    quoted = (",".join('"' + str(c).replace('"', '""') + '"' for c in row) for row in rows)
    return "\n".join([header, *quoted]) + "\n"


# labels


def test_integer_labels_with_gaps(put, tmp_path):
    """10, 9, 2: the prediction is 10 and no index, and the columns have one order."""
    texts, labels = ["ten", "nine", "two"] * 4, [10, 9, 2] * 4
    orders = [list(range(12)), [5, 2, 9, 0, 1, 3, 4, 11, 10, 8, 7, 6]]
    for order in orders:
        model = small()
        model.fit(
            [texts[k] for k in order], [labels[k] for k in order], epochs=40, learning_rate=0.05
        )
        assert model.labels == (2, 9, 10)
        (one,) = model.predict(["ten"])
        assert (one.label, type(one.label)) == (10, int)
        assert list(one.probabilities) == [2, 9, 10]
    model.save(tmp_path / "model")
    loaded = pyrnn.load(tmp_path / "model")
    assert loaded.predict(["ten"])[0].label == 10
    written = loaded.examples(put("t.csv", csv([("ten", 10), ("two", 2)])))
    assert written.targets == [10, 2]  # as text has it, they are the model's own
    rows = '{"text": "ten", "label": 10}\n{"text": "nine", "label": 9}\n'
    model = small()
    model.fit(model.examples(put("t.jsonl", rows)), epochs=1)
    assert model.labels == (9, 10)
    model = small()
    model.fit(model.examples(put("t.csv", csv([("ten", 10), ("nine", 9)]))), epochs=1)
    assert model.labels == ("10", "9")  # a table has texts


@pytest.mark.parametrize("part", ["file", "python"])
def test_a_label_of_the_validation_alone(put, part, tmp_path):
    model = small()
    train = model.examples(put("a.csv", csv([("x", "p"), ("y", "n")])))
    held = model.examples(put("b.csv", csv([("x", "p"), ("y", "q")])))
    valid = held if part == "file" else (list(held), list(held.targets))
    where = r".*b\.csv: line 3" if part == "file" else "row 1 of the validation data"
    words = rf"label 'q' in {where} is not among the training labels 'n', 'p'"
    with pytest.raises(ValueError, match=words):
        model.fit(train, valid=valid, epochs=1, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()  # before training
    model.fit(train, valid=model.examples(put("b.csv", csv([("x", "p")]))), epochs=1)


def test_labels_that_the_validation_lacks(put):
    model = small()
    train = model.examples(put("a.csv", csv([("x", "p"), ("y", "n"), ("z", "q")])))
    result = model.fit(train, valid=(["x"], ["p"]), epochs=1)
    assert all(np.isfinite(value) for value in result.validations[-1].metrics.values())
    assert model.report(["x"], ["p"]).confusion.shape == (3, 3)


def test_a_class_of_one_example_and_one_class_only(put):
    rows = [("x", "p")] * 11 + [("y", "n")]
    model = small()
    data = model.examples(put("a.csv", csv(rows)))
    with pytest.warns(UserWarning, match="'n': a class of one example stays in training"):
        model.fit(data, valid=0.25, epochs=1)
    assert model.labels == ("n", "p")
    one = small()
    with pytest.raises(ValueError, match="labels: expected at least two; got one, 'p'"):
        one.fit(one.examples(put("b.csv", csv(rows[:5]))), epochs=1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (csv([("a", "NA"), ("b", "NZ"), ("c", "")]), "t.csv: line 4"),
        ("text,label\na,x\nb\n", "t.csv: line 3: expected 2 fields"),
        ("text,label\na,x\nb,y,z\n", "t.csv: line 3: expected 2 fields .*got 3"),
        ('text,label\na,x\n"b,y\n', "t.csv: line 3, column 1: .*quote"),
        ('text,label\n1,"x\ny"\n2\n', "t.csv: line 4: expected 2 fields"),
        ("text,text\na,x\n", "t.csv: line 1: expected different names of columns; got 'text'"),
        ("words,label\na,x\n", "t.csv: line 1: expected a column 'text'.*'words', 'label'"),
        ("Text,label\na,x\n", r"expected a column 'text' \(is it 'Text'\?\)"),
        ("a,x\nb,y\n", "t.csv: line 1: expected a column 'text'"),
        ("", "t.csv: expected a header and rows; got nothing"),
        (b"text,label\nok,x\ncaf\xe9,y\n", "t.csv: .*line 3"),
        (b"text,label\na\0b,\n", "t.csv: line 2"),
    ],
)
def test_tables_that_are_none(put, content, words):
    with pytest.raises(ValueError, match=words):
        small().examples(put("t.csv", content))


def test_na_is_a_label(put):
    model = small()
    model.fit(model.examples(put("t.csv", csv([("a", "NA"), ("b", "NZ")]))), epochs=1)
    assert model.labels == ("NA", "NZ")


def test_files_that_are_cut_off(put):
    packed = gzip.compress(csv([(f"text {n}", "xy"[n % 2]) for n in range(500)]).encode())
    with pytest.raises(ValueError, match=r"t\.csv\.gz"):
        small().examples(put("t.csv.gz", packed[:-20]))
    with pytest.raises(ValueError, match=r"t\.jsonl: line 2"):
        small().examples(put("t.jsonl", '{"text": "a", "label": "x"}\n{"text": "b", "la'))
    npz = put("t.npz", b"")
    np.savez(npz, frames=np.ones((3, 4, 2)), target=np.ones(3))
    npz.write_bytes(npz.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"t\.npz"):
        small(SequenceRegressor).examples(npz)


# texts


TEXTS = {
    "quotes and line breaks": ['say "x", y', "two\nlines", "a,b", "'", '""', "\ttab\t"],
    "emoji": ["\U0001f600", f"good {EMOJI}", f"{EMOJI}{EMOJI}", "\U0001f1e9\U0001f1ea", "a", "b"],
    "right to left": [RIGHT_TO_LEFT, f"{RIGHT_TO_LEFT} abc", "\u200f", "abc", "\u202ex", "d"],
    "combining marks": [APART, COMBINED, "e\u0301" * 50, "\u0301", "a\u0300\u0301\u0302", "x"],
    "empty": ["", " ", "\n", "a", "", "b"],
    "no letters": ["...", "!!!", "\u3002", "a", "-", "b"],
    "separators of lines": ["p\u2028q\x0cr\x85s", "\x1c", "a\u2029", "a", "b", "c"],
    "zeros and odd ones": ["a\0b", "\ufeff", "\ufffd", "\U0010ffff", "\x7f", "b"],
}


@pytest.mark.parametrize("unit", ["words", "characters", "bytes"])
@pytest.mark.parametrize("kind", TEXTS)
def test_texts_of_every_kind(kind, unit, put, tmp_path):
    """Read as they stand, learnt, saved, and predicted the same."""
    texts = TEXTS[kind]
    labels = ["x", "y"] * 3
    model = small(unit=unit)
    rows = "".join(
        json.dumps({"text": t, "label": y}) + "\n" for t, y in zip(texts, labels, strict=True)
    )
    of_json = model.examples(put("t.jsonl", rows))
    assert list(of_json) == texts
    of_csv = model.examples(put("t.csv", csv(zip(texts, labels, strict=True))))
    assert list(of_csv) == texts
    model.fit(of_csv, epochs=1)
    model.save(tmp_path / "model")
    loaded = pyrnn.load(tmp_path / "model")
    assert loaded.predict(texts) == model.predict(texts) == model.predict(of_json)
    assert loaded.evaluate(of_json) == model.evaluate(texts, labels)


@pytest.mark.parametrize("unit", ["words", "characters"])
def test_marks_in_one_piece_or_two_are_one_letter(unit):
    model = small(unit=unit)
    model.fit([COMBINED, "tea"] * 4, ["x", "y"] * 4, epochs=1)
    assert model.predict([COMBINED]) == model.predict([APART])
    apart = small(unit=unit, normalization="none").for_data([COMBINED, "tea"], ["x", "y"])
    assert apart.sequence(COMBINED).tolist() != apart.sequence(APART).tolist()


def test_rare_words_are_unknown_ones():
    """Counted in the training texts alone; equal counts in one order."""
    model = small(min_count=2)
    model.fit(["foo bar bar", "bar"], ["x", "y"], valid=(["foo foo"], ["x"]), epochs=1)
    assert model.sequence("foo foo").tolist() == [1, 1]
    sizes = [
        small(max_vocabulary=2).for_data(order, ["x", "y", "x"]).vectorizer.to_json()["tokens"]
        for order in (["b", "a", "c"], ["c", "b", "a"], ["a", "c", "b"])
    ]
    assert sizes == [["a", "b"]] * 3


@pytest.mark.parametrize("encoder", ["recurrent", "conv", "bag", "window"])
def test_a_text_of_100_000_words(encoder):
    long = "many words " * 50_000
    settings = {} if encoder == "recurrent" else {"hidden_size": 128, "dropout_output": 0.5}
    settings |= {"filters": 4, "embedding_size": 4} if encoder == "conv" else {}
    model = small(encoder=encoder, **settings)
    model.fit([long, "short", "", "many"], ["x", "y", "y", "x"], epochs=1, batch_size=2)
    (one,) = model.predict([long])
    assert np.isfinite(one.probability)
    assert model.predict([long, "short"])[1] == model.predict(["short"])[0]
    assert len(model.report([long], [{"x": "y", "y": "x"}[one.label]]).mistakes[0].input) <= 200


def test_a_field_of_200_000_characters_is_read_whole(put):
    model = small(max_length=5)
    found = model.examples(put("t.csv", csv([("x " * 100_000, "p"), ("y", "n")])))
    assert len(found[0]) == 200_000
    model.fit(found, epochs=1)


# numbers


SERIES = {
    "constant": [[3.0] * 4] * 6,
    "zeros": [[0.0] * n for n in range(6)],
    "one constant feature": [[[float(n), 7.0]] * 3 for n in range(6)],
    "nearly constant": [[1e8, 1e8 + 1e-7]] * 6,
    "no steps": [[]] * 6,
    "some without steps": [[], [1.0], [], [2.0, 3.0], [], [4.0]],
    "huge": [[n * 1e150] for n in range(6)],
    "tiny": [[n * 1e-300] for n in range(6)],
    "subnormal": [[n * 5e-324] for n in range(6)],
    "whole numbers": [[n, 2**53 - n] for n in range(6)],
    "truth values": [[True, False]] * 6,
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", [SequenceClassifier, SequenceRegressor])
@pytest.mark.parametrize("name", SERIES)
def test_series_of_every_kind(name, kind, dtype, tmp_path):
    series, targets = SERIES[name], [1, 2, 3, 1, 2, 3]
    model = small(kind, dtype=dtype)
    model.fit(series, targets, epochs=2)
    metrics = model.evaluate(series, targets)
    assert np.isfinite(metrics.get("loss", metrics.get("log_loss")))
    model.save(tmp_path)
    loaded = pyrnn.load(tmp_path)
    assert [one.to_json() for one in loaded.predict(series)] == [
        one.to_json() for one in model.predict(series)
    ]


@pytest.mark.parametrize("kind", [SequenceClassifier, SequenceRegressor])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, None])
def test_numbers_that_are_none_name_their_place(kind, value):
    series = [[[1.0, 2.0]], [[1.0, 2.0], [3.0, value]]]
    words = r"inputs\[1\]: step 1, feature 1: expected a (finite )?number; got (nan|-?inf)"
    with pytest.raises(ValueError, match=words):
        small(kind).fit(series, [1, 2], epochs=1)
    model = small(kind).for_data([[[1.0, 2.0]], [[2.0, 2.0]]], [1, 2])
    with pytest.raises(ValueError, match=words):
        model.predict(series)


@pytest.mark.parametrize("gaps", ["mean", "zero", "previous"])
def test_gaps_that_a_policy_fills(gaps):
    series = [[[1.0, None]], [[1.0, 2.0], [3.0, np.nan]], [[None, 5.0]]]
    model = small(SequenceRegressor, gaps=gaps)
    model.fit(series, [1, 2, 3], epochs=1)
    filled = {"mean": (2.0, 3.5), "zero": (0.0, 0.0), "previous": (2.0, 3.5)}[gaps]
    mean = model.input.scaler.mean
    if gaps != "zero":
        np.testing.assert_allclose(mean, [5 / 3, 3.5])  # of what there is
        filled = mean
    assert model.predict([[[1.0, None]]]) == model.predict([[[1.0, filled[1]]]])
    with pytest.raises(ValueError, match=r"inputs\[0\]: step 0, feature 0: expected a finite"):
        model.predict([[[np.inf, 1.0]]])


@pytest.mark.parametrize(
    ("content", "columns", "words"),
    [
        ("x0;x1;target\n1,5;2;3\n", {}, r"t\.csv: line 2, column 'x0': .*decimal comma\?"),
        ("x0;x1;target\n1;2;3,5\n", {}, r"t\.csv: line 2, column 'target': .*decimal comma\?"),
        ("x0;x1;target\n1.5;2;3\n", {"decimal": ","}, "line 2, column 'x0': .*this has a point"),
        ("x0,x1,target\n1,2,inf\n", {}, "line 2, column 'target': expected a finite number"),
        ("x0,x1,target\n1,2,\n", {}, "line 2, column 'target': .*empty"),
        ("x0,x1,target\n1,NA,3\n2,3,4\n", {"missing": "NA"}, r"line 2: step 1, feature 0: .*nan"),
        ("0,-0.1,0,0.1\n1,2,3,4\n", {}, "got '0' as columns 1 and 3"),
        ("x0,x1,target\n1,2,NA\n", {"missing": "NA"}, "line 2: expected finite numbers; got nan"),
    ],
)
def test_cells_that_are_no_numbers(put, content, columns, words):
    with pytest.raises(ValueError, match=words):
        small(SequenceRegressor).examples(put("t.csv", content), series="x0:x1", **columns)


def test_decimal_commas_where_they_are_named(put):
    model = small(SequenceRegressor)
    content = "x0;x1;target;age\n1,5;1.234,5;3,25;7,5\n1;2;3;8,5\n"
    found = model.examples(put("t.csv", content), series="x0:x1", static="age", decimal=",")
    assert [x.tolist() for x in found] == [[[1.5], [1234.5]], [[1], [2]]]
    assert [y.tolist() for y in found.targets] == [[3.25], [3]]
    assert found.static == [[7.5], [8.5]]
    model.fit(found, epochs=1)


def test_a_long_table_with_a_target_that_varies(put):
    rows = [(u, t, t + u, 10 - t) for u in range(5) for t in range(3 + u)]
    model = small(SequenceRegressor)
    table = put("t.csv", csv(rows, "unit,s1,s2,rul"))
    found = model.examples(table, id="unit", features="s1,s2", target="rul")
    assert [y.shape for y in found.targets] == [(3 + u, 1) for u in range(5)]
    assert found.names == [str(u) for u in range(5)]
    model.fit(found, epochs=1)
    assert "a step" in repr(model)
    report = model.report(found)
    np.testing.assert_array_equal(report.truths, [[10 - (2 + u)] for u in range(5)])
    rows[4] = (1, "x", 1, 1)
    with pytest.raises(ValueError, match=r"t\.csv: line 6, column 's1'"):
        model.examples(put("t.csv", csv(rows, "unit,s1,s2,rul")))


def test_weights_of_classes_out_of_a_file(put):
    model = small()
    data = model.examples(put("t.csv", csv([(f"w{n}", "ab"[n == 9]) for n in range(10)])))
    loop = model.training(data, class_weights="balanced", batch_size=10)
    (batch,) = loop.task.batches.epoch(0)
    np.testing.assert_allclose(batch.weights, [0.555556, 5], atol=1e-6)
