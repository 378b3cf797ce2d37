"""What is kept of the networks of a cell besides their rows."""

import dataclasses
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Split

if TYPE_CHECKING:
    from cada_tf.training.fitted import Fitted

MISSING = -1
"""The class of an utterance whose network is not there yet."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A trained network, its cell and split, and how long its training took in seconds."""

    cell: Cell
    split: Split
    fitted: "Fitted"
    seconds: float


@dataclasses.dataclass
class CellRecord:
    """Predictions, histories and networks of a cell, of T trials and K folds so far.

    Args:
        y_pred: the class of each utterance of the target, as predicted in the fold that tests it,
            ``[T, n]``, int8; ``MISSING`` where there is none yet.
        seconds: of each network's training, ``[T, K]``; NaN where there is none yet.
        history: name → values ``[T, K, epochs]`` (see ``cada_tf.training.history``), NaN likewise
            and after the end of a training.
        weights: of the classifiers of the first trial, ``[K, …]`` each, NaN likewise.
        logits: of each utterance in the first trial, ``[n, outputs]``, NaN likewise; None where
            there is no network of it yet, or one of a version that did not keep them.
    """

    y_pred: np.ndarray
    seconds: np.ndarray
    history: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    weights: list[np.ndarray] = dataclasses.field(default_factory=list)
    logits: np.ndarray | None = None

    @classmethod
    def empty(cls, folds: int, utterances: int) -> "CellRecord":
        """The record of a cell without networks."""
        return cls(np.full((0, utterances), MISSING, np.int8), np.full((0, folds), np.nan))

    @property
    def done(self) -> np.ndarray:
        """Which networks are there, ``[T, K]``, bool."""
        return ~np.isnan(self.seconds)

    def add(self, outcome: Outcome) -> None:
        """Adds a network."""
        trial, fold = outcome.split.trial, outcome.split.fold
        trials, folds = max(trial + 1, len(self.y_pred)), self.seconds.shape[1]
        self.y_pred = enlarge(self.y_pred, (trials, self.y_pred.shape[1]), MISSING)
        self.y_pred[trial, outcome.split.test] = outcome.fitted.y_pred
        self.seconds = enlarge(self.seconds, (trials, folds))
        self.seconds[trial, fold] = outcome.seconds
        for name, values in outcome.fitted.history.items():
            known = self.history.get(name, np.zeros((0, folds, 0), np.float32))
            known = enlarge(known, (trials, folds, max(len(values), known.shape[2])))
            known[trial, fold] = np.nan
            known[trial, fold, : len(values)] = values
            self.history[name] = known
        if trial == 0:
            weights = outcome.fitted.weights
            if not self.weights:
                self.weights = [np.full((folds, *w.shape), np.nan, np.float32) for w in weights]
            for kept, values in zip(self.weights, weights, strict=True):
                kept[fold] = values
            logits = outcome.fitted.test_logits
            if self.logits is None:
                shape = self.y_pred.shape[1], logits.shape[1]
                self.logits = np.full(shape, np.nan, np.float32)
            self.logits[outcome.split.test] = logits

    def to_bytes(self) -> bytes:
        """The content of an .npz file."""
        arrays = {f"history/{name}": values for name, values in self.history.items()}
        arrays |= {f"weights/{place}": values for place, values in enumerate(self.weights)}
        if self.logits is not None:
            arrays["logits"] = self.logits
        stream = io.BytesIO()
        np.savez(stream, guess=self.y_pred, seconds=self.seconds, **arrays)
        return stream.getvalue()

    @classmethod
    def read(cls, path: Path) -> "CellRecord":
        """Reads what ``to_bytes`` gives from a file."""
        with np.load(path) as file:
            parts = {name: file[name] for name in file.files}
        history = {
            name.removeprefix("history/"): parts[name]
            for name in parts
            if name.startswith("history/")
        }
        count = sum(name.startswith("weights/") for name in parts)
        weights = [parts[f"weights/{place}"] for place in range(count)]
        return cls(parts["guess"], parts["seconds"], history, weights, parts.get("logits"))


def enlarge(values: np.ndarray, shape: tuple[int, ...], fill: float = np.nan) -> np.ndarray:
    """An array in the first corner of a larger one."""
    if values.shape == shape:
        return values
    larger = np.full(shape, fill, values.dtype)
    larger[tuple(map(slice, values.shape))] = values
    return larger
