"""CoNLL-U: words, features, and what is no word."""

from __future__ import annotations

import io

import pytest

from pyrnn.data.readers import read_conllu


def line(number, form, feats="_", upos="X", end="\n"):
    return f"{number}\t{form}\tl\t{upos}\tx\t{feats}\t0\troot\t_\tSpaceAfter=No{end}"


def rows(content, columns=None):
    content = content.encode() if isinstance(content, str) else content
    return list(read_conllu(io.BytesIO(content), columns))


def test_ten_columns_by_name():
    (found,) = rows(line(1, "a b") + line(2, "c"))
    assert found.values == {
        "id": ["1", "2"], "form": ["a b", "c"], "lemma": ["l", "l"], "upos": ["X", "X"],
        "xpos": ["x", "x"], "feats": ["_", "_"], "head": ["0", "0"], "deprel": ["root", "root"],
        "deps": ["_", "_"], "misc": ["SpaceAfter=No", "SpaceAfter=No"],
    }  # fmt: skip
    assert found.line == 1


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n"])
def test_ranges_empty_nodes_and_comments_are_no_words(ends, last):
    text = "# sent_id = 1\n" + line(1, "I")
    text += line("2-3", "haven't") + line(2, "have") + line(3, "not") + line("3.1", "x")
    text += "# a comment\n" + line(4, "#") + "\n\n# another\n" + line("0.1", "y") + line(1, "So")
    text = text.removesuffix("\n") + last
    with pytest.warns(UserWarning, match=r"standard input: skipped 1 multi.* and 2 empty nodes"):
        first, second = rows(text.replace("\n", ends), ["tokens", "upos"])
    assert first.values == {"tokens": ["I", "have", "not", "#"], "upos": ["X"] * 4}
    assert second.values == {"tokens": ["So"], "upos": ["X"]}
    assert [first.line, second.line] == [2, 13]


def test_features_by_name():
    text = line(1, "a", "Case=Nom|Number=Sing") + line(2, "b") + "\n" + line(1, "c", "Number=Plur")
    values = [row.values for row in rows(text, ["Number", "form", "Case"])]
    assert values == [
        {"Number": ["Sing", "_"], "form": ["a", "b"], "Case": ["Nom", "_"]},
        {"Number": ["Plur"], "form": ["c"], "Case": ["_"]},
    ]


def test_a_feature_of_no_word():
    text = line(1, "a", "Case=Nom|Number[psor]=Sing")
    with pytest.raises(ValueError, match=r"'case' \(is it 'Case'\?\); got .*'upos', .*'Nu"):
        rows(text, ["form", "case"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (line(1, "a") + "2\tb\n", "line 2: expected 10 columns with tabs between; got 2"),
        (line(1, "a").replace("\t", " "), "line 1: expected 10 columns with tabs between; got 1"),
        (line(1, "a") + line(3, "b"), "line 2, column 'id': expected 2; got '3'"),
        (line(1, "a") + line(1, "b"), r"expected 2; got '1' \(an empty line ends a sentence\)"),
        (line("x" * 999, "a"), "line 1, column 'id': expected 1; got 'xxx"),
        (line("-1", "a"), "expected 1; got '-1'"),
    ],
)
def test_what_is_no_conllu(text, words):
    with pytest.raises(ValueError, match=words) as error:
        rows(text)
    assert len(str(error.value)) < 200


def test_nothing():
    assert rows("") == rows("# a comment\n\n") == rows("", ["Number"]) == []


def test_wrong_bytes():
    with pytest.raises(ValueError, match="line 2, column 3"):
        rows(line(1, "a").encode() + b"2\t\xff\n")
