"""The texts of a command that trains: named on its line, cut into parts, and found fit or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from pyrnn.cli.inputs import Content, TextFile
from pyrnn.cli.sections import SectionArgument, SectionOption
from pyrnn.cli.settings import given

if TYPE_CHECKING:
    from pyrnn.data import Parts, Tokenizer
    from pyrnn.models import LanguageModelConfig

Command = TypeVar("Command", bound=Callable[..., Any])

FILES = "Files"
SPLIT = (0.9, 0.05, 0.05)
NAMES = ("text", "valid", "test")  # of the texts, as the options have them

file_option = partial(click.option, cls=SectionOption, section=FILES)


def text_options(command: Command) -> Command:
    """TEXT and the options that say what is cut from it or stands beside it, as a decorator."""
    decorators = [
        click.argument(
            "text",
            cls=SectionArgument,
            section=FILES,
            help="The text, a UTF-8 file.",
            type=TextFile(),
        ),
        file_option(
            "--split",
            nargs=3,
            type=float,
            default=SPLIT,
            show_default=True,
            metavar="X Y Z",
            help="Shares of TEXT, in order: training, validation, test.",
        ),
        file_option("--valid", type=TextFile(), help="Validation text; TEXT is then all training."),
        file_option("--test", type=TextFile(), help="Test text, beside --valid."),
        file_option(
            "--report-test/--no-report-test",
            is_flag=True,
            default=False,
            help="At the end, score the test text too.",
        ),
    ]
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


class Texts(NamedTuple):
    """What a model is trained on.

    text: cut by the shares of `split`, or all for training where there is a `valid`.
    report_test: whether the test text is to be scored at the end.
    """

    text: Content
    valid: Content | None = None
    test: Content | None = None
    split: tuple[float, float, float] = SPLIT
    report_test: bool = False

    @classmethod
    def of(cls, context: click.Context, values: dict[str, Any]) -> Texts:
        """The texts that a command's values name.

        Of --valid and --split, which exclude each other, the command line's has precedence over
        the settings file's. Raises click.UsageError where both say both, and for a test text
        without a validation text.
        """
        texts = cls(*(values[name] for name in (*NAMES, "split", "report_test")))
        own = given(context, by=(ParameterSource.COMMANDLINE,))
        both = texts.valid is not None and "split" in given(context)
        if both and ("split" in own) == ("valid" in own):
            raise click.UsageError("--split cuts TEXT; with --valid, TEXT is all training")
        if both and "split" in own:
            texts = texts._replace(valid=None, test=None if "test" not in own else texts.test)
        if texts.valid is None and texts.test is not None:
            raise click.UsageError("--test goes with --valid")
        return texts

    def parts(self, unit: str) -> Parts:
        """The training, validation and test text; the last is empty unless it is to be reported.

        Raises click.BadParameter for a file that is no text, ValueError for shares that are none.
        """
        from pyrnn.data import Parts, split_text

        text, valid, test = (
            "" if content is None else content.text(unit)
            for content in (self.text, self.valid, self.test)
        )
        parts = split_text(text, self.split) if self.valid is None else Parts(text, valid, test)
        if self.report_test and not parts.test:
            raise click.UsageError("--report-test: there is no test text")
        return parts if self.report_test else parts._replace(test="")

    @contextmanager
    def named_in_errors(self) -> Iterator[None]:
        """Adds to the error of a text that is too short the options that say which text it is."""
        from pyrnn.data import TextTooShortError

        try:
            yield
        except TextTooShortError as error:
            hint = (
                "--split gives each part its share of TEXT, --valid names a validation text of "
                "its own"
                if self.valid is None
                else "TEXT is the training text, --valid and --test name the others"
            )
            raise click.ClickException(f"{error}; {hint}") from error


def tokenizer_of(parts: Parts, config: LanguageModelConfig) -> Tokenizer:
    """The tokenizer of the texts. Raises TextTooShortError where the training text is empty."""
    from pyrnn.data import TextTooShortError

    # A word that is new in the validation text shall be unknown there, as it will be elsewhere. A
    # character would be an error: the few that a long text has not are given their place.
    text = parts.train if config.unit == "words" else parts.train + parts.valid
    if not parts.train:
        raise TextTooShortError("the training text is empty")
    return config.tokenizer(text)


def check_held_out(tokenizer: Tokenizer, parts: Parts) -> None:
    """Find out before the training, not after it, that a text held out cannot be scored."""
    from pyrnn.data import TextTooShortError, UnknownTokenError

    for name, text in (("validation", parts.valid), ("test", parts.test)):
        try:
            tokens = len(tokenizer.encode(text))
        except UnknownTokenError as error:
            raise click.ClickException(f"{name} text: {error} (--unknown replace)") from error
        if text and tokens < 2:
            raise TextTooShortError(f"{name} text: expected at least 2 tokens; got {tokens}")
