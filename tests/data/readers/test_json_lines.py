"""An object of JSON a line."""

from __future__ import annotations

import io

import pytest

from pyrnn.data.readers import Row, read_json_lines


def rows(content, columns=None):
    return list(read_json_lines(io.BytesIO(content.encode()), columns))


def test_values_are_those_of_json():
    content = (
        '{"text": "a\\nb\u2028", "label": 1}\r\n\n {"text": "", "label": "NA", "more": null}\n'
    )
    assert rows(content) == [
        Row(1, {"text": "a\nb\u2028", "label": 1}),
        Row(3, {"text": "", "label": "NA", "more": None}),
    ]
    assert rows(content, ["label"]) == [Row(1, {"label": 1}), Row(3, {"label": "NA"})]
    assert rows("") == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            '{"text": "a"}\n{"text" "b"}\n',
            "line 2, column 9: expected an object of JSON in a line; got .*text",
        ),
        ('["a"]\n', r"line 1: expected an object of JSON in each line; got '\[\"a\"\]'"),
        ('{"text": NaN}\n', "line 1: expected finite numbers; got NaN"),
        ('{"text": 1, "text": 2}\n', "line 1: the name 'text' stands twice"),
        (
            '\n{"Text": "a"}\n',
            r"line 2: expected a column 'text' \(is it 'Text'\?\); got .* 'Text'",
        ),
        ("{}\n", "line 1: expected a column 'text'; got the columns none"),
        ('{"text": ' + "[" * 5000 + "\n", "line 1: expected lists and objects at most 64 deep"),
    ],
)
def test_errors(content, words):
    with pytest.raises(ValueError, match=words):
        rows(content, ["text"])
