"""Settings: each stated once, with its name, type, range, default and help.

A class of settings is a frozen dataclass whose fields are declared by `whole`, `number`, `switch`,
`choice` ... From that one declaration follow

    the check      in the constructor; NumPy's numbers are numbers
    the docstring  of the class
    JSON           to_json, from_json
    the command    its option, its key in a TOML file, its line of --help (pyrnn/cli)

    @dataclass(frozen=True)
    class Config(Settings):
        hidden_size: int = whole(256, "Hidden units per layer.", least=1, short="hidden")
        dropout: float = number(0.0, "Share of the outputs that is dropped.", least=0, below=1)

        def check(self) -> None:          # what concerns several of them
            ...

kinds.py         the kinds of values
declarations.py  whole, number, switch ...: one a kind
settings.py      the base class
"""

from __future__ import annotations

from pyrnn.settings.declarations import (
    OTHERS,
    SETTING,
    Setting,
    assignments,
    choice,
    like,
    names,
    number,
    numbers,
    one_or_two,
    path,
    string,
    switch,
    switch_or_whole,
    table,
    whole,
    wholes,
)
from pyrnn.settings.kinds import (
    STDIN,
    Assignments,
    Choice,
    FilePath,
    FilePaths,
    Kind,
    Names,
    Number,
    Numbers,
    OneOrTwo,
    Switch,
    SwitchOrWhole,
    Table,
    Text,
    Whole,
    Wholes,
)
from pyrnn.settings.settings import Settings, unknown_name

__all__ = [
    "Settings",
    "Setting",
    "SETTING",
    "OTHERS",
    "STDIN",
    "unknown_name",
    "whole",
    "number",
    "numbers",
    "one_or_two",
    "switch",
    "switch_or_whole",
    "choice",
    "string",
    "wholes",
    "names",
    "assignments",
    "path",
    "table",
    "like",
    "Kind",
    "Whole",
    "Number",
    "Numbers",
    "OneOrTwo",
    "Switch",
    "SwitchOrWhole",
    "Choice",
    "Text",
    "Wholes",
    "Names",
    "Assignments",
    "FilePath",
    "FilePaths",
    "Table",
]
