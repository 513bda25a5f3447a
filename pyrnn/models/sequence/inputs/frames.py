"""Frames of numbers: standardised, and without gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from pyrnn.data import Packed, Standardizer, fill_gaps
from pyrnn.data.frames import first_place, in_precision
from pyrnn.data.layouts.cells import frames_of
from pyrnn.models.examples import packed
from pyrnn.models.sequence.inputs.truncation import truncated
from pyrnn.streaming import Scaling


class FrameInput:
    """Frames (N, I), each feature less its mean, divided by its deviation, of the training data.

    part, called, settings: see `text.TextInput`.
    """

    part: ClassVar[str] = "frames"
    called: ClassVar[str] = "frames of numbers"
    settings: ClassVar[tuple[str, ...]] = ()  # scale and gaps are of static features, too

    def __init__(self, scaler: Standardizer, config: Any) -> None:
        self.scaler, self.config = scaler, config

    @classmethod
    def fit(cls, inputs: Sequence[np.ndarray], config: Any) -> FrameInput:
        """The scaler of training data. Raises ValueError for steps of unequal width."""
        width = inputs[0].shape[1]
        for k, frames in enumerate(inputs):
            if frames.shape[1] != width:
                raise ValueError(
                    f"inputs[{k}]: expected {width} numbers a step, as before; got "
                    f"{frames.shape[1]}"
                )
        if config.scale == "none":
            return cls(Standardizer.none(width), config)
        try:
            return cls(Standardizer.fit(inputs), config)
        except ValueError as error:  # what the caller knows as inputs
            raise ValueError(str(error).replace("sequences", "inputs", 1)) from error

    @classmethod
    def from_json(cls, content: Any, config: Any) -> FrameInput:
        """Out of a file. Raises ValueError for anything else."""
        if not isinstance(content, Mapping):
            raise ValueError(f"frames: expected an object; got {content!r:.80}")
        return cls(Standardizer.from_json(content["scaler"]), config)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {"scaler": self.scaler.to_json()}

    def streamed(self) -> list[Any]:
        """What stands before the first layer. ValueError where gaps are filled."""
        if self.config.gaps != "error":
            raise ValueError(
                f"gaps: expected 'error' for a stream, whose frames are complete; got "
                f"{self.config.gaps!r}"
            )
        return [Scaling(self.scaler.mean, self.scaler.deviation)]

    @property
    def tokens(self) -> int:
        """None: its steps are numbers."""
        return 0

    @property
    def features(self) -> int:
        """I."""
        return self.scaler.size

    @staticmethod
    def takes(value: Any) -> bool:
        """Whether it may be frames: nothing else is taken for them."""
        try:
            return len(value) > 0
        except TypeError:  # which are none: `checked` says it
            return True

    @staticmethod
    def checked(value: Any, name: str, like: Any = None, config: Any = None) -> Any:
        """Frames (N, I). Raises TypeError, ValueError for none, naming what is wrong.

        like: what the model reads, once it is built. config: how it treats gaps; default an error.
        """
        gaps = "error" if config is None else config.gaps
        frames = frames_of(value, name)
        if like is not None and not len(frames):
            return frames[:, :1].repeat(like.features, axis=1)  # of no steps, whatever the width
        if like is not None and frames.shape[1] != like.features:
            alone = np.ndim(value) == 1 and len(frames) == like.features
            hint = "; a single sequence stands in a list, too" if alone else ""
            raise ValueError(
                f"{name}: expected {like.features} numbers a step, as the model was trained on; "
                f"got {frames.shape[1]}{hint}"
            )
        # It says what is amiss; gaps are filled once the means are known
        fill_gaps(frames, "error" if gaps == "error" else "zero", name=name)
        return frames

    @staticmethod
    def alike(values: list[np.ndarray]) -> list[np.ndarray]:
        """Sequences without steps, as empty lists are, have the width of the others."""
        width = next((each.shape[1] for each in values if len(each)), None)
        if width is None:
            return values
        return [each if len(each) else np.zeros((0, width), each.dtype) for each in values]

    @staticmethod
    def stored(inputs: Iterable[np.ndarray]) -> Packed:
        """Frames out of a file."""
        return packed(inputs)

    @staticmethod
    def in_words(value: np.ndarray) -> str:
        """What all inputs of a file have in common."""
        return f"{value.shape[1]} numbers a step"

    def steps_of(self, value: np.ndarray) -> int:
        """How many frames there are, N."""
        return len(value)

    def sequence(self, value: np.ndarray) -> np.ndarray:
        """Frames (N, I), float32 or float64 as the model has it."""
        frames = fill_gaps(truncated(value, self.config), self.config.gaps, self.scaler.mean)
        scaled = self.scaler.transform(frames)
        return in_precision("inputs", scaled, self.config.dtype, first_place)

    def shown(self, value: np.ndarray) -> str:
        """An input in a report."""
        return f"{len(value)} steps"

    def in_short(self) -> str:
        """12 numbers a step."""
        return f"{self.features} number{'s' if self.features > 1 else ''} a step"
