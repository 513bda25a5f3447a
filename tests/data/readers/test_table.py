"""Tables: fields, quotes, delimiters, headers, and errors that say where."""

from __future__ import annotations

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrnn.data.readers import Row, read_table
from pyrnn.data.readers.source import CHUNK


def rows(content, columns=None, **options):
    if isinstance(content, str):
        content = content.encode()
    return list(read_table(io.BytesIO(content), columns, **options))


def test_rows_and_their_lines():
    found = rows('text,label\n"good, yes",1\n"two\nlines",0\n\nlast,1')
    assert found == [
        Row(2, {"text": "good, yes", "label": "1"}),
        Row(3, {"text": "two\nlines", "label": "0"}),
        Row(6, {"text": "last", "label": "1"}),
    ]


def test_columns_in_the_order_asked_for():
    assert rows("a,b,c\n1,2,3\n", ["c", "a"]) == [Row(2, {"c": "3", "a": "1"})]
    assert rows(" a , b\n 1 , 2\n", ["b"]) == [Row(2, {"b": " 2"})]
    assert rows("a,,\n1,2,3\n") == [Row(2, {"a": "1"})]


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('"say ""x"", y",z', ['say "x", y', "z"]),
        ('"","a"', ["", "a"]),
        ('a "b",c"d"', ['a "b"', 'c"d"']),
        (",", ["", ""]),
        ('"\n\n",""""', ["\n\n", '"']),
        ("NA,null", ["NA", "null"]),
        ("a\x85b\u2028c\x0cd,\xa0", ["a\x85b\u2028c\x0cd", "\xa0"]),
    ],
)
def test_fields(line, fields):
    (row,) = rows("x,y\n" + line + "\n")
    assert list(row.values.values()) == fields


FIELD = st.text(st.sampled_from('ab ",;|\t\n\u00e9'), max_size=6)


@given(
    table=st.lists(st.tuples(FIELD, FIELD, FIELD), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    ends=st.sampled_from(["\n", "\r\n"]),
    every=st.booleans(),
)
def test_what_the_csv_module_writes_is_read(table, delimiter, ends, every):
    stream = io.StringIO()
    quoting = csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=ends, quoting=quoting)
    writer.writerows([("one", "two", "three"), *table])
    found = rows(stream.getvalue(), ["one", "two", "three"])
    assert [tuple(row.values.values()) for row in found] == table
    again = csv.reader(io.StringIO(stream.getvalue(), newline=""), delimiter=delimiter)
    lines, last = [], 0
    for _ in again:
        lines.append(last + 1)
        last = again.line_num
    assert [row.line for row in found] == lines[1:]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("a;b\n['112', '112'];x\n", ";"),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\nx, y\tz\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a,b\n1;2,3;4\n", ","),
        ('a;b\n"x\ny, z\n,,,";2\n', ";"),
        ('"a";"b"\n"1";"2"\n', ";"),
        ("a,b\n", ","),
        ("a;b\n" + "\n".join(f'"l{k},\n{k}\n";{k}' for k in range(150)), ";"),
    ],
)
def test_the_delimiter_is_told_by_the_first_records(content, delimiter):
    assert rows(content) == rows(content, delimiter=delimiter)
    assert all(set(row.values) == {"a", "b"} for row in rows(content))


@pytest.mark.parametrize(("one", "other"), [",;", ";,"])
def test_wanted_columns_decide_on_the_delimiter(one, other):
    content = f"x{other}text{one}label\na{other}b{one}1\n"
    assert [row.values for row in rows(content, ["label"])] == [{"label": "1"}]


@pytest.mark.parametrize(
    "content",
    [
        "a,x;b\n1,2,3;4\n",
        # after 200 lines, a quote is still open
        "a,x;b\n" + "".join(f'"l{k}\n\n";{k}\n' for k in range(150)),
    ],
)
def test_records_of_equal_length_decide_on_the_delimiter(content):
    assert all(set(row.values) == {"a,x", "b"} for row in rows(content))


def test_a_tsv_file_has_tabs_whatever_else_stands_there(tmp_path):
    path = tmp_path / "t.TSV"
    path.write_text("a,b\tc\n1,2\t3\n")
    assert [row.values for row in read_table(path)] == [{"a,b": "1,2", "c": "3"}]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_byte_order_marks(ends, encoding):
    content = ends.join(["text,n", f'"a{ends}b",1', "ü,2", ""]).encode(encoding)
    assert rows(content) == [
        Row(2, {"text": "a\nb", "n": "1"}),
        Row(4, {"text": "ü", "n": "2"}),
    ]


def test_another_encoding():
    content = "text,n\ncaf\u00e9,1\n".encode("latin-1")
    assert rows(content, encoding="latin-1")[0].values["text"] == "caf\u00e9"
    with pytest.raises(
        ValueError, match=r"standard input: line 2, column 4: byte 10 \(value 233\)"
    ):
        rows(content)


@pytest.mark.parametrize("size", [131_073, 200_000, 3 * CHUNK + 1])
def test_a_long_field_is_read_whole(size):
    (row,) = rows('text,n\n"' + "\u00e9" * size + '",1\n')
    assert row.values["text"] == "\u00e9" * size
    assert csv.field_size_limit() == 131_072


def test_a_packed_file(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert list(read_table(path)) == [Row(2, {"a": "1", "b": "2"})]
    path.write_bytes(gzip.compress(b"a,b\n1,2\n" * 99)[:-9])
    with pytest.raises(ValueError, match=r"t.csv.gz: expected a whole archive; got a damaged"):
        list(read_table(path))
    path.write_bytes(b"a,b\n")
    with pytest.raises(ValueError, match="damaged"):
        list(read_table(path))


def test_rows_come_as_they_are_read():
    content = b"a,b\n" + b"1,2\n" * 100_000 + b"\xff"
    stream = io.BytesIO(content)
    found = read_table(stream)
    assert next(found) == Row(2, {"a": "1", "b": "2"})
    assert stream.tell() <= 2 * CHUNK
    with pytest.raises(ValueError, match="line 100002, column 1: byte 400004"):
        list(found)


@pytest.mark.parametrize(
    ("content", "columns", "words"),
    [
        ('a,b\n1,"x\ny"\n2\n', None, r"line 4: expected 2 fields between ',', .*; got 1"),
        ("a,b\n1,2,3\n", None, "line 2: expected 2 fields .* got 3"),
        ('a,b\n1,"x\n2,3\n', None, r"line 2, column 3: expected a closing quote; got the file's"),
        ('a,b\n"1\n2","x\n3\n', None, "line 3, column 4: expected a closing quote"),
        (
            'a,b\n"1"2,3\n',
            ["a"],
            "line 2, column 4: expected ',' .* after a closing quote; got '2'",
        ),
        ('a,b\n"1" ,3\n', ["a"], "line 2, column 4: .* got ' '"),
        ("", None, "expected a header and rows; got nothing, it is empty"),
        ("\n\n", None, "it is empty"),
        ("0,-0.1,0,0.1\n", None, "line 1: .* got '0' as columns 1 and 3; .* looks like data"),
        ("a,b,a\n1,2,3\n", ["b"], "different names of columns; got 'a' as columns 1 and 3$"),
        (
            "text,label\n",
            ["texts"],
            r"line 1: .*'texts' \(is it 'text'\?\); got .*'text', 'label'$",
        ),
        ("Review,label\n", ["review"], r"expected a column 'review' \(is it 'Review'\?\)"),
        (
            "good,1\nbad,0\n",
            ["text"],
            "expected a column 'text'; .* the first line looks like data",
        ),
        ("a" * 100 + ",b\n", ["text"], "looks like data"),
        ("\n\na,b\n", ["c"], "line 3: expected a column 'c'"),
    ],
)
def test_errors(content, columns, words):
    with pytest.raises(ValueError, match=words):
        rows(content, columns)


def test_an_error_stays_short():
    with pytest.raises(ValueError, match="expected a column") as caught:
        rows(",".join(f"column{k}" for k in range(5000)) + "\n", ["x" * 1000])
    assert len(str(caught.value)) < 700


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        list(read_table(tmp_path / "none.csv"))
    with pytest.raises(ValueError, match="expected one file in it; got 0"):
        list(read_table(tmp_path))
    with pytest.raises(TypeError, match="source: expected a path or a stream of bytes; got int 5"):
        list(read_table(5))


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n"])
def test_a_delimiter_is_one_character(delimiter):
    with pytest.raises(ValueError, match="delimiter: expected one character"):
        rows("a,b\n", delimiter=delimiter)


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "sep=;\r"])
def test_the_first_line_that_excel_writes(first):
    found = rows(f"{first}\na,b;c\n1;2\n3;4\n")
    assert found == [Row(3, {"a,b": "1", "c": "2"}), Row(4, {"a,b": "3", "c": "4"})]
    with pytest.raises(ValueError, match="line 3: expected 2 fields between ';'"):
        rows(f"{first}\na;b\n1\n")


def test_what_looks_like_that_line():
    assert rows("sep=\tb\n1\t2\n") == [Row(2, {"sep=": "1", "b": "2"})]
    assert rows("separator\nx\n") == [Row(2, {"separator": "x"})]
    assert rows("sep=\t\na\tb\n1\t2\n") == [Row(3, {"a": "1", "b": "2"})]
    with pytest.raises(ValueError, match="expected a header and rows; got nothing"):
        rows("sep=;\n")


HARD = [
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u0645\u0631\u062d\u0628\u0627, \u05e9\u05dc\u05d5\u05dd",
    "e\u0301 \u00e9 A\u030a",
    "\u202ertl\u202c \ufeff\u200b",
    "\u65e5\u672c\u8a9e",
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("chunk", [5000, CHUNK])
def test_characters_stay_as_they_are(encoding, chunk, monkeypatch):
    monkeypatch.setattr("pyrnn.data.readers.source.CHUNK", chunk)  # which ends inside of some
    table = "".join(f'{k},"{text}"\n' for k, text in enumerate(HARD * 200))
    found = rows(f"n,text\n{table}".encode(encoding))
    assert [row.values["text"] for row in found] == HARD * 200


def test_the_wrong_line_is_named_and_not_guessed():
    with pytest.raises(ValueError, match=r"line 4: expected 2 fields between ',', .*; got 1"):
        rows('a,b\n1,"x\ny"\n2\n')
    with pytest.raises(ValueError, match="line 3, column 3: expected a closing quote"):
        rows('a,b\n1,x\n2,"never\nclosed\n\n')
    with pytest.raises(ValueError, match=r"columns 1 and 3; the first line looks like data"):
        rows("0,-0.1,0,0.1\n1,2,3,4\n")
    with pytest.raises(ValueError, match="line 3, column 3: byte 10 "):
        rows(b"a,b\n1,x\n2,\xe9\n")
    (row,) = rows("a;b\n['112', '112'];1\n")
    assert row.values == {"a": "['112', '112']", "b": "1"}
    (row,) = rows("a,b\n" + "x" * 200_000 + ",1\n")
    assert len(row.values["a"]) == 200_000
