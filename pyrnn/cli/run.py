"""A run of `pyrnn train`: data and settings, trained and saved; a new one, or one that goes on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pyrnn.cli.families import HELD_OUT
from pyrnn.cli.inputs import PARALLEL, in_words, parallel_paths, read_file, read_named
from pyrnn.cli.options import changed, flag, given
from pyrnn.cli.settings_file import errors_name_the_place
from pyrnn.files.content import Content
from pyrnn.files.parallel import Parallel
from pyrnn.files.run_folder import LAST
from pyrnn.files.run_sources import (
    RUN,
    Place,
    RunSources,
    SeveralSources,
    Source,
    place_of,
)
from pyrnn.files.several import Several
from pyrnn.training import REASONS
from pyrnn.training.resumption import of_a_run

if TYPE_CHECKING:
    from pyrnn.models.model import Model
    from pyrnn.training import RunResult, TrainingOptions

Found = Content | Parallel | Several

# What a run may read, as the options have it; and which part it is of a tree that has such
FILES = {"data": "train", "valid": "valid", "test": "test"}


@dataclass(frozen=True)
class FromFiles:
    """Data out of files of the user's, as the family of a model has them.

    valid: a tuple as the data, or the share that is held out, or None. sources: the files.
    """

    sources: RunSources
    data: tuple[Any, ...]
    valid: tuple[Any, ...] | float | None = None
    test: tuple[Any, ...] | None = None

    @classmethod
    def named(cls, model: Model, columns: Any, values: Mapping[str, Any]) -> FromFiles:
        """What a command line names. Raises ValueError as the model's reader."""
        valid, encoding = values["valid"], values["encoding"]
        found: dict[str, Found] = {}
        for name, part in FILES.items():
            content = read_named(name, values, encoding, part, parallel=model.parallel)
            if content is not None:
                found[name] = content
        if "data" not in found:
            options = " and ".join(map(flag, PARALLEL["data"]))
            raise click.UsageError(f"Missing argument 'DATA', or {options}, two files.")
        if isinstance(found.get("valid"), Parallel) and valid not in (None, HELD_OUT):
            options = " and ".join(map(flag, PARALLEL["valid"]))
            raise click.UsageError(f"--valid: expected no share beside {options}; got {valid}")
        columns = model.settled_columns(found["data"], columns)
        places = {name: place_of(content) for name, content in found.items()}
        sources = RunSources(
            data=places["data"],
            valid=places.get("valid", valid or None),
            test=places.get("test"),
            columns=columns.to_json(),
            encoding=encoding,
        )
        return cls._read(model, columns, sources, found)

    @classmethod
    def again(
        cls, model: Model, sources: RunSources, folder: Path, values: Mapping[str, Any]
    ) -> FromFiles:
        """The files of a run as they were: from where the user says they are now, else from where
        they were. A test file may be a new one.

        Raises ValueError for one that is no longer there or no longer what it was.
        """
        found: dict[str, Found] = {}
        for name, part in FILES.items():
            source, path = getattr(sources, name), values[name]
            if isinstance(source, Place):
                found[name] = _files_as_they_were(name, source, values, folder, sources.encoding)
            elif name == "test":
                encoding = sources.encoding
                new = read_named(name, values, encoding, part, parallel=model.parallel)
                if new is not None:
                    found[name] = new
            elif (two := parallel_paths(name, values)) or path not in (None, source):
                said = "nothing" if source is None else f"a share of {source} of its data"
                raise ValueError(
                    f"--{name}: expected none; the run in {folder} holds out {said}; got "
                    f"{' and '.join(two or (str(path),))}"
                )
        columns = model.Columns.from_json(sources.columns or {})
        return cls._read(model, columns, sources.at(found), found)

    @classmethod
    def _read(
        cls, model: Model, columns: Any, sources: RunSources, found: Mapping[str, Any]
    ) -> FromFiles:
        read: dict[str, Any] = {
            name: model.read_file(content, columns) for name, content in found.items()
        }
        if sources.split is not None:
            read = _cut(read["data"], sources.split)
        elif isinstance(sources.valid, float):
            read["valid"] = sources.valid
        return cls(sources, **read)


def _cut(data: tuple[Any, ...], split: tuple[float, float, float]) -> dict[str, Any]:
    """The parts of a text that a run of once cut by shares."""
    (text,) = data
    first, second, reported = split
    train, valid, test = text.parts((first, second, max(0.0, 1 - first - second)))
    cut = {"data": train, "valid": valid, **({"test": test} if reported else {})}
    return {name: (part,) for name, part in cut.items() if part}


def _files_as_they_were(
    name: str, source: Place, values: Mapping[str, Any], folder: Path, encoding: str
) -> Found:
    """A file of a run, or several; of two parallel ones, what the user names now must be two."""
    one, two, part = values[name], parallel_paths(name, values), FILES[name]
    options = PARALLEL[name]
    if isinstance(source, SeveralSources):
        moved = _moved(name, source, one, encoding, part)
        each = zip(source, moved, strict=True)
        return Several(_as_it_was(name, *which, folder, encoding, part, "FOLDER") for which in each)
    if isinstance(source, Source):
        if two is not None:
            raise ValueError(f"{flag(options[0])}: expected --{name}; the run in {folder} has one "
                             f"file there; got {two[0]} and {two[1]}")  # fmt: skip
        return _as_it_was(name, source, one, folder, encoding, part)
    if one is not None:
        raise ValueError(f"--{name}: expected {' and '.join(map(flag, options))}; the run in "
                         f"{folder} has two files there; got {one}")  # fmt: skip
    files = zip(options, source, two or (None, None), strict=True)
    return Parallel(*(_as_it_was(*which, folder, encoding, part) for which in files))


def _moved(
    name: str, sources: SeveralSources, folder: str | None, encoding: str, part: str
) -> list[Content | None]:
    """The files of a run in a folder, where they stand as they did in the one that held them all,
    or side by side; None for each that is not there, and may be where it was.

    Others may have its name: it is the one that holds what the run read.
    """
    if folder is None:
        return [None] * len(sources)
    if not Path(folder).is_dir():
        raise ValueError(
            f"{flag(name)}: expected the folder that holds the run's {len(sources)} files now; got "
            f"{folder}"
        )
    paths = [Path(str(source.path)) for source in sources]
    home = os.path.commonpath([path.parent for path in paths])
    places = [(Path(folder, path.relative_to(home)), Path(folder, path.name)) for path in paths]
    found = [
        [read_file(p, encoding, part, beside=True) for p in each if p.is_file() or p.is_dir()]
        for each in places
    ]
    return [_fitting(*each) for each in zip(sources, found, strict=True)]


def _fitting(source: Source, found: Sequence[Content]) -> Content | None:
    """The one of them that holds what a file of a run held; None where that may be where it was.
    Where it is nowhere, the first of them, which an error is to name."""
    fitting = [content for content in found if content.sha256 == source.sha256]
    there = source.path is not None and Path(source.path).exists()
    return next(iter(fitting or ([] if there else found)), None)


def _as_it_was(name: str, source: Source, given: str | Content | None, folder: Path, encoding: str,
               part: str, now: str = "FILE") -> Content:  # fmt: skip
    """A file of a run: the given one, or that of the path that it had. name: of its option; now:
    what that takes."""
    if given is None and source.path is None:
        raise ValueError(
            f"{folder}: the run read its {name} from standard input; give it again with "
            f"{flag(name)} {now}, or - for standard input"
        )
    if isinstance(given, Content):
        content = given
    elif given is not None:
        content = read_file(given, encoding, part, beside=True)
    else:
        try:
            content = Content.of(str(source.path), encoding, part)
        except (OSError, ValueError) as error:
            words = in_words(error)
            raise ValueError(
                f"{words}; if it has moved, {flag(name)} {now} says to where"
            ) from error
    if content.sha256 != source.sha256:
        what = " in one of its files, or others" if content.is_folder else ""
        raise ValueError(
            f"{content.name}: expected the {name} that the run in {folder} began with (SHA-256 "
            f"{source.sha256[:12]}...); got other data{what} ({content.sha256[:12]}...); "
            f"{flag(name)} {now} names {'a file' if now == 'FILE' else 'the folder'} that holds it"
        )
    return content


@dataclass(frozen=True)
class Run:
    """What is trained, on what, how, and where it goes.

    done: the steps of a run that goes on; None for a new one.
    """

    model: Model
    options: TrainingOptions
    files: FromFiles
    folder: Path
    done: int | None = None

    @classmethod
    def again(cls, folder: Path, context: click.Context, values: Mapping[str, Any]) -> Run:
        """The run in a folder, but for what the user changes now.

        Raises FileNotFoundError for a folder without a checkpoint, CheckpointError for a damaged
        one, ValueError for a file or a setting that is not the run's.
        """
        from pyrnn.models.families import load

        model: Model = load(folder / LAST)
        assert model.trained is not None  # a checkpoint says how it came to be
        with of_a_run(folder / LAST):
            stored = model.Options.from_json(model.trained["options"])
        with errors_name_the_place(context):
            options = changed(stored, context, values)
        if (folder / RUN).exists():
            for name in given(context) & {"encoding", "column"}:
                raise click.UsageError(
                    f"--{name} is for a run that was begun in Python; {folder / RUN} says it"
                )
            files = FromFiles.again(model, RunSources.read(folder), folder, values)
        else:
            files = _of_a_run_from_python(model, folder, values)
        return cls(model, options, files, folder, done=model.trained["steps"])

    def train(self, *, overwrite: bool = False) -> int:
        """Train, save, report; returns the exit status."""
        self._check_test()
        loop = self.model.training(
            *self.files.data,
            valid=self.files.valid,
            options=self.options,
            folder=self.folder,
            resume=self.done is not None,
            overwrite=overwrite,
        )
        click.echo(repr(self.model), err=True)
        self.files.sources.write(self.folder)  # now that the folder is the run's
        result = self.model.run(loop, progress=True)
        # A run that was begun in Python has none
        self.model.columns = self.model.Columns.from_json(self.files.sources.columns or {})
        self.model.save(self.folder)
        self._report(result)
        if result.reason == "interrupted":  # whoever sent the signal is in haste
            words = f"interrupted; pyrnn train --resume {self.folder} goes on from here"
            click.echo(words, err=True)
            return 128 + int(loop.interruption.signal or 0)
        if self.files.test is not None:
            click.echo(f"test: {metrics_in_words(self.model.evaluate(*self.files.test))}")
        return 0

    def _check_test(self) -> None:
        """Find out before the training, not after it, that the test data cannot be scored."""
        model, files = self.model, self.files
        if files.test is None:
            return
        if self.done is None:
            model.training(*files.data, valid=files.valid, options=self.options)  # it builds it
        try:
            model.batches(model.read(*files.test), self.options, train=False)
        except ValueError as error:
            raise ValueError(f"test data: {error}") from error

    def _report(self, result: RunResult) -> None:
        if result.best is not None:
            words = metrics_in_words(result.best.metrics)
            click.echo(f"best validation: {words}, at step {result.best.step}")
        for remark in self.model.remarks():
            click.echo(remark)
        if result.steps == self.done and result.reason != "interrupted":
            why, limit = REASONS[result.reason], flag(result.reason)  # it has its setting's name
            click.echo(f"nothing was left to do: {why}; a higher {limit} lets it go on", err=True)
        click.echo(f"saved in {self.folder}")


def metrics_in_words(metrics: Mapping[str, float]) -> str:
    """loss 1.2345, accuracy 0.5000."""
    return ", ".join(f"{name} {value:.4f}" for name, value in metrics.items())


def _of_a_run_from_python(model: Model, folder: Path, values: Mapping[str, Any]) -> FromFiles:
    """The files of a run that no command line has begun, as this one names them."""
    if values["data"] is None and parallel_paths("data", values) is None:
        raise click.ClickException(
            f"{folder}: has no {RUN}, which would say where its data are; --data FILE says it, "
            "and --valid FILE or --valid SHARE what it is validated on"
        )
    known = model.Columns.declared()
    named = {
        name: known[name].kind.parse(column) if name in known else column
        for name, column in values["column"].items()
    }
    try:
        columns = model.Columns.of(model.columns, **named)
    except TypeError as error:
        raise click.UsageError(f"--column: {error}") from error
    return FromFiles.named(model, columns, values)
