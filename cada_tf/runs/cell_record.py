"""What is kept of the networks of a cell besides their rows."""

import dataclasses
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem, Split
from cada_tf.storage import open_regular

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
        """Reads what ``to_bytes`` gives from a file.

        Raises:
            OSError: there is no file.
            ValueError: it holds anything else.
        """
        parts = read_arrays(path)
        try:
            y_pred, seconds = parts.pop("guess"), parts.pop("seconds")
            logits = parts.pop("logits", None)
            history = {
                name.removeprefix("history/"): parts.pop(name)
                for name in list(parts)
                if name.startswith("history/")
            }
            weights = [parts.pop(f"weights/{place}") for place in range(len(parts))]
        except KeyError as error:
            raise ValueError(f"no array {error}") from error
        record = cls(y_pred, seconds, history, weights, logits)
        record.check()
        return record

    def check(self) -> None:
        """Compares dtypes and shapes with what the class says of them.

        Raises:
            ValueError: one is another, or there is no network.
        """
        require(self.y_pred, np.int8, None, None)
        if self.y_pred.min(initial=MISSING) < MISSING:
            raise ValueError("a class below 0")
        trials, utterances = self.y_pred.shape
        require(self.seconds, np.float64, trials, None)
        if not self.done.any():
            raise ValueError("no network")
        folds = self.seconds.shape[1]
        for values in self.history.values():
            require(values, np.float32, None, folds, None)
            if len(values) > trials:
                raise ValueError("a history of more trials than there are")
        width = None
        for kernel, bias in zip(self.weights[::2], self.weights[1::2], strict=True):
            require(kernel, np.float32, folds, width, None)
            width = kernel.shape[2]
            require(bias, np.float32, folds, 1, width)
        if self.logits is not None:
            require(self.logits, np.float32, utterances, width)

    def fits(self, problem: Problem) -> bool:
        """Whether it is of the utterances, folds, classes and features of a problem."""
        classes, features = len(problem.classes), problem.target.features.shape[1]
        return (
            self.y_pred.shape[1] == len(problem.target)
            and self.seconds.shape[1] == problem.folds
            and self.y_pred.max(initial=MISSING) < classes
            and (not self.weights or self.weights[0].shape[1] == features)
            and (self.logits is None or self.logits.shape[1] % classes == 0)
        )


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz file that is not compressed, by name.

    Raises:
        OSError: there is no file.
        ValueError: it is no such file, or damaged.
    """
    with open_regular(path) as stream:
        try:
            with zipfile.ZipFile(stream) as file:
                return {
                    member.filename.removesuffix(".npy"): read_array(file, member)
                    for member in file.infolist()
                }
        except Exception as error:  # zipfile and NumPy have a dozen for what is damaged
            raise ValueError(f"no sound .npz file: {error}") from error


def read_array(file: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """An array of an .npz file.

    Raises:
        ValueError: it is compressed. Only what is not is never larger than its file.
    """
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{member.filename} is compressed")
    with file.open(member) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def require(values: np.ndarray, dtype: type, *shape: int | None) -> None:
    """Refuses an array of another dtype or shape; None stands for any length.

    Raises:
        ValueError: it is.
    """
    lengths = zip(shape, values.shape, strict=False)
    fits = values.ndim == len(shape) and all(wanted in (None, n) for wanted, n in lengths)
    if values.dtype != dtype or not fits:
        raise ValueError(
            f"an array {values.shape} of {values.dtype} instead of {shape} of {np.dtype(dtype)}"
        )


def enlarge(values: np.ndarray, shape: tuple[int, ...], fill: float = np.nan) -> np.ndarray:
    """An array in the first corner of a larger one."""
    if values.shape == shape:
        return values
    larger = np.full(shape, fill, values.dtype)
    larger[tuple(map(slice, values.shape))] = values
    return larger
