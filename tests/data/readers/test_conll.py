"""CoNLL's columns: what parts words, columns and sentences."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.readers import read_conll, read_rows


def rows(content, columns=None):
    content = content.encode() if isinstance(content, str) else content
    return list(read_conll(io.BytesIO(content), columns))


def test_a_row_is_a_sentence():
    first, second = rows("EU NNP B-ORG\nrejects VBZ O\n\nPeter NNP B-PER\n")
    assert first.values == {"0": ["EU", "rejects"], "1": ["NNP", "VBZ"], "2": ["B-ORG", "O"]}
    assert second.values == {"0": ["Peter"], "1": ["NNP"], "2": ["B-PER"]}
    assert [first.line, second.line] == [1, 4]
    assert second.place == "line 4"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n", "\n \n"])
def test_all_that_real_files_have_at_once(ends, mark, last):
    text = f"-DOCSTART- -X-\n\n\n\na O\n\n\t\n\nb O{last}"
    found = rows(mark + text.replace("\n", ends))
    assert [row.values for row in found] == [{"0": ["a"], "1": ["O"]}, {"0": ["b"], "1": ["O"]}]
    assert [row.line for row in found] == [5, 9]


@pytest.mark.parametrize(
    "parted", ["a\x85b O", "10\u00a0km O", "a\u2028b\tO", "a\x0cb \t O", "a\rb O"]
)
def test_blanks_and_tabs_alone_part_columns(parted):
    (found,) = rows(f"{parted}\n")
    assert found.values["1"] == ["O"]
    assert len(found.values["0"]) == 1


@pytest.mark.parametrize("line", ["-DOCSTART-", "-DOCSTART- -X- O O", "-DOCSTART-\tO", " \t ", ""])
def test_what_ends_a_sentence(line):
    assert [row.values["0"] for row in rows(f"a O\n{line}\nb O\n")] == [["a"], ["b"]]


def test_a_word_that_only_begins_like_a_document():
    (found,) = rows("-DOCSTART-s O\n")
    assert found.values["0"] == ["-DOCSTART-s"]


def test_columns_by_number_from_either_end_and_by_what_they_are():
    text = "EU NNP I-NP B-ORG\n"
    assert rows(text, ["0", "3"])[0].values == {"0": ["EU"], "3": ["B-ORG"]}
    assert rows(text, ["-1", "-4"])[0].values == {"-1": ["B-ORG"], "-4": ["EU"]}
    assert rows(text, ["tokens", "labels"])[0].values == {"tokens": ["EU"], "labels": ["B-ORG"]}


@pytest.mark.parametrize("column", ["4", "-5", "-0", "00", "word", "", "-1000000000000"])
def test_a_column_that_is_not_there(column):
    with pytest.raises(ValueError, match=r"line 2: expected a column .*; got the columns '0', '1'"):
        rows("\nEU NNP I-NP B-ORG\n", [column])


@pytest.mark.parametrize("line", ["New York O", "a", "a b c d"])
def test_another_number_of_columns(line):
    with pytest.raises(ValueError, match=r"line 4: expected 2 columns, as in line 2; got \d: '"):
        rows(f"\na O\nb O\n{line}\n")


def test_nothing():
    assert rows("") == rows("\n \n-DOCSTART- O\n") == []


def test_wrong_bytes():
    with pytest.raises(ValueError, match="line 2, column 3: byte 6"):
        rows(b"a O\nb \xff\n")


WORD = st.text(st.characters(exclude_characters=" \t\r\n", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.lists(st.tuples(WORD, WORD), min_size=1, max_size=5), max_size=4),
       st.sampled_from([" ", "\t", "  \t "]))  # fmt: skip
def test_what_is_written_is_read(sentences, between):
    sentences = [[pair for pair in one if pair[0] != "-DOCSTART-"] for one in sentences]
    sentences = [one for one in sentences if one]
    text = "\n\n".join("\n".join(between.join(pair) for pair in one) for one in sentences)
    if not text.startswith("\ufeff"):
        found = [list(zip(row.values["0"], row.values["1"], strict=True)) for row in rows(text)]
        assert found == sentences


@pytest.mark.parametrize(
    ("name", "sentences", "tokens"),
    [("train", 14_041, 203_621), ("testa", 3_250, 51_362), ("testb", 3_453, 46_435)],
)
def test_the_published_counts_of_conll_2003(data_file, name, sentences, tokens):
    path = data_file(f"conll2003/eng.{name}")
    found = [row.values for row in read_rows(path, ["0", "3"], otherwise=read_conll)]
    assert len(found) == sentences
    assert sum(len(values["0"]) for values in found) == tokens
