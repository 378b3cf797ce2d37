"""What a run keeps beside its rows, for pictures: corpora, answers, histories, networks.

``source.parquet`` and ``target.parquet`` are the corpora with their functionals, and
``cells/METHOD-EXAMPLES.npz`` holds what the networks of a cell answered in each test fold, how
their training went, and the networks of the first trial. All is written before the rows that it
belongs to, so that it is never behind the table.
"""

import dataclasses
import functools
import io
import json
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.storage import write_atomically
from cada_tf.errors import InputError
from cada_tf.audio.features import FEATURE_NAMES
from cada_tf.methods.methods import Cell
from cada_tf.protocol.problem import Problem, Split, make_problem
from cada_tf.config import Readings
from cada_tf.training.stack import Fitted

MISSING = -1
"""In place of the answer of a network that is not there yet."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A trained network, whose it is, and the seconds that it took."""

    cell: Cell
    split: Split
    fitted: Fitted
    seconds: float


@dataclasses.dataclass
class Trace:
    """What is kept of a cell, of T trials and K folds so far.

    Args:
        guess: the class that each utterance of the target was given in the fold that tested
            it, ``[T, n]``, int8; ``MISSING`` where there is none yet.
        seconds: of each network's training, ``[T, K]``; NaN where there is none yet.
        history: name → values ``[T, K, epochs]`` (see ``cada_tf.training.history``), NaN likewise and
            after the end of a training.
        weights: of the classifiers of the first trial, ``[K, …]`` each, NaN likewise.
    """

    guess: np.ndarray
    seconds: np.ndarray
    history: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    weights: list[np.ndarray] = dataclasses.field(default_factory=list)

    @classmethod
    def empty(cls, folds: int, utterances: int) -> "Trace":
        return cls(np.full((0, utterances), MISSING, np.int8), np.full((0, folds), np.nan))

    @property
    def done(self) -> np.ndarray:
        """Which networks are there, ``[T, K]``, bool."""
        return ~np.isnan(self.seconds)

    def add(self, outcome: Outcome) -> None:
        """Takes a network in."""
        trial, fold = outcome.split.trial, outcome.split.fold
        trials, folds = max(trial + 1, len(self.guess)), self.seconds.shape[1]
        self.guess = grown(self.guess, (trials, self.guess.shape[1]), MISSING)
        self.guess[trial, outcome.split.test] = outcome.fitted.guess
        self.seconds = grown(self.seconds, (trials, folds))
        self.seconds[trial, fold] = outcome.seconds
        for name, values in outcome.fitted.history.items():
            known = self.history.get(name, np.zeros((0, folds, 0), np.float32))
            known = grown(known, (trials, folds, max(len(values), known.shape[2])))
            known[trial, fold] = np.nan
            known[trial, fold, : len(values)] = values
            self.history[name] = known
        if trial == 0:
            weights = outcome.fitted.weights
            if not self.weights:
                self.weights = [np.full((folds, *w.shape), np.nan, np.float32) for w in weights]
            for kept, values in zip(self.weights, weights, strict=True):
                kept[fold] = values

    def to_bytes(self) -> bytes:
        """As a file of NumPy's."""
        arrays = {f"history/{name}": values for name, values in self.history.items()}
        arrays |= {f"weights/{place}": values for place, values in enumerate(self.weights)}
        stream = io.BytesIO()
        np.savez(stream, guess=self.guess, seconds=self.seconds, **arrays)
        return stream.getvalue()

    @classmethod
    def read(cls, path: Path) -> "Trace":
        """What ``to_bytes`` gives, from a file."""
        with np.load(path) as file:
            parts = {name: file[name] for name in file.files}
        history = {
            name.removeprefix("history/"): parts[name]
            for name in parts
            if name.startswith("history/")
        }
        count = sum(name.startswith("weights/") for name in parts)
        weights = [parts[f"weights/{place}"] for place in range(count)]
        return cls(parts["guess"], parts["seconds"], history, weights)


class Archive:
    """The archive of a run, in its output directory.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.traces: dict[Cell, Trace] = {}

    def keep(self, source: pd.DataFrame, target: pd.DataFrame) -> None:
        """Writes the corpora, with paths relative to the folder that their files share.

        What is there already is left: a run's directory holds results of the same corpora.
        """
        for role, corpus in (("source", source), ("target", target)):
            path = self.folder / f"{role}.parquet"
            if path.exists():
                continue
            corpus = corpus.sort_index().reset_index()
            folders = {os.path.dirname(file) for file in corpus["file"]}
            base = os.path.commonpath(folders) if len({*map(os.path.isabs, folders)}) == 1 else ""
            if base:
                corpus["file"] = [os.path.relpath(file, base) for file in corpus["file"]]
            columns = ["file", "speaker", "emotion", "class", "corpus", *FEATURE_NAMES]
            table = corpus[[name for name in columns if name in corpus]].to_parquet(index=False)
            write_atomically(path, table)

    def add(self, problem: Problem, outcomes: Iterable[Outcome]) -> None:
        """Takes networks in, and writes what they change."""
        changed = {}
        for outcome in outcomes:
            changed[outcome.cell] = trace = self.known(outcome.cell, problem)
            trace.add(outcome)
        (self.folder / "cells").mkdir(exist_ok=True)
        for cell, trace in changed.items():
            write_atomically(self.path(cell), trace.to_bytes())

    def path(self, cell: Cell) -> Path:
        return self.folder / "cells" / f"{cell.name}.npz"

    def known(self, cell: Cell, problem: Problem) -> Trace:
        """The trace of a cell; an empty one where there is none that fits."""
        if cell not in self.traces:
            empty = Trace.empty(problem.folds, len(problem.target))
            try:
                found = self.trace(cell)
            except InputError:
                found = empty
            self.traces[cell] = found if found.guess.shape[1:] == empty.guess.shape[1:] else empty
        return self.traces[cell]

    def trace(self, cell: Cell) -> Trace:
        """What was kept of a cell.

        Raises:
            InputError: nothing, or a file that cannot be read.
        """
        path = self.path(cell)
        try:
            return Trace.read(path)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{path}: expected what a run keeps of {cell.method}, found "
                f"{'nothing' if isinstance(error, FileNotFoundError) else 'something else'}. "
                "Run experiments.run anew with these flags in another --output_dir."
            ) from error

    def corpus(self, role: str) -> pd.DataFrame:
        """The ``source`` or the ``target``, with its functionals, as ``make_corpus`` has it.

        Raises:
            InputError: it was not kept, or its file cannot be read.
        """
        path = self.folder / f"{role}.parquet"
        try:
            table = pd.read_parquet(path).set_index("file")
            table.attrs["name"] = str(self.settings[role]).partition(" (")[0]
            return table
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                f"{path}: expected the {role} of a run, found "
                f"{'nothing' if isinstance(error, FileNotFoundError) else 'something else'}. "
                "Name the --output_dir of a run of this version."
            ) from error

    @functools.cached_property
    def settings(self) -> dict:
        """The flags of the run.

        Raises:
            InputError: there is no run.json, or it is none.
        """
        try:
            record = json.loads((self.folder / "run.json").read_text())
            return record["settings"] | {"trials": record["grid"]["trials"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{self.folder / 'run.json'}: expected the settings of a run, found "
                f"{'nothing' if isinstance(error, FileNotFoundError) else 'something else'}. "
                "Name the --output_dir of a run."
            ) from error

    @functools.cached_property
    def problem(self) -> Problem:
        """The corpora and the protocol of the run, from which its splits follow."""
        settings = {name: int(self.settings[name]) for name in ("seed", "trials", "folds")}
        return make_problem(self.corpus("source"), self.corpus("target"), **settings)

    @functools.cached_property
    def readings(self) -> Readings:
        """The readings of the run."""
        return Readings.of(self.settings)


def grown(values: np.ndarray, shape: tuple[int, ...], filling: float = np.nan) -> np.ndarray:
    """An array in the corner of a larger one."""
    if values.shape == shape:
        return values
    larger = np.full(shape, filling, values.dtype)
    larger[tuple(map(slice, values.shape))] = values
    return larger
