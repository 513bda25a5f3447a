"""How a row of a table of wrong calls is held against what happens."""

from __future__ import annotations

import re
from typing import Any

import pytest

Row = tuple[str, type[Exception], str]


def table(rows: list[Row]) -> Any:
    """The rows as parameters of a test, each named by its call. A call stands in one row only."""
    calls = [call for call, _, _ in rows]
    assert len(set(calls)) == len(calls)
    return pytest.mark.parametrize(("call", "error", "message"), rows, ids=calls)


def expect(call: str, error: type[Exception], message: str, names: dict[str, Any]) -> None:
    """The call raises this error, and its message begins as the row's, where " ... " is any text.

    Every message names an argument first. Those of a wrong argument go on with what was expected
    and what was got, those of a call that comes at the wrong time (RuntimeError) with the way out.
    """
    assert re.match(r"[\w .,()\[\]]+: ", message), "the row does not begin with a name"
    with pytest.raises(error) as caught:
        eval(call, names)
    said = str(caught.value)
    pattern = ".*".join(map(re.escape, message.split(" ... ")))
    assert re.match(pattern, said, re.DOTALL), f"got: {said}"
    if error is not RuntimeError:
        assert "expected" in said, f"says not what was expected: {said}"
        assert "got" in said or "missing" in said, f"says not what was given: {said}"
