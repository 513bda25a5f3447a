"""THE list of the families of models: the name on the command line, and the class."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from pyrnn.files.checkpoint import WRONG, CheckpointError, in_short
from pyrnn.files.model_folder import CONFIG, ModelFolderError, folder_format
from pyrnn.files.run_folder import LAST, read_run
from pyrnn.files.strict_json import shortened
from pyrnn.models.model import Model

FAMILIES = {
    "lm": "pyrnn.models.language_model:LanguageModel",
    "classify": "pyrnn.models.classifier:SequenceClassifier",
    "regress": "pyrnn.models.regressor:SequenceRegressor",
    "tag": "pyrnn.models.tagger:SequenceTagger",
    "translate": "pyrnn.models.seq2seq:Seq2Seq",
    "transcribe": "pyrnn.models.transcriber:Transcriber",
    "caption": "pyrnn.models.captioner:Captioner",
    "forecast": "pyrnn.models.forecaster:Forecaster",
}


def family(name: str) -> type[Model]:
    """The class of a family. Raises ValueError for a name that is not in FAMILIES."""
    place = FAMILIES.get(name) if isinstance(name, str) else None
    if place is None:
        known = ", ".join(FAMILIES)
        raise ValueError(f"family: expected one of {known}; got {shortened(name)}")
    module, _, attribute = place.partition(":")
    found: type[Model] = getattr(import_module(module), attribute)
    return found


def load(path: str | Path) -> Any:
    """A model of any family: what `Model.save` wrote to a folder, or a checkpoint of a run.

    path: the folder of a model or of a run, or a checkpoint file as best.safetensors.
    Nothing in the files is executed. Raises ValueError for an empty path, FileNotFoundError,
    ModelFolderError, CheckpointError for what is missing, damaged or of another kind.
    """
    if not str(path):  # which Path takes for the present folder
        raise ValueError("path: expected the folder of a model, or a checkpoint; got ''")
    path = Path(path)
    if path.is_dir() and not (path / CONFIG).exists() and (path / LAST).is_file():
        path = path / LAST  # a run that has not ended yet
    return kind_of(path).load(path)


def kind_of(path: Path) -> type[Model]:
    """The class of the model in a folder or a checkpoint file. Raises as `load`."""
    if path.is_file():
        checkpoint = read_run(path)
        try:
            return family(checkpoint["identity"]["family"])
        except WRONG as error:
            words = in_short(error)
            raise CheckpointError(f"{path}: expected a run's checkpoint; {words}") from error
    found = folder_format(path)
    for name in FAMILIES:
        if found == family(name).format():
            return family(name)
    raise ModelFolderError(
        f"{path / CONFIG}: expected a model of one of {', '.join(FAMILIES)}; got {shortened(found)}"
    )
