"""The archive of a run: its corpora, and the predictions, histories and networks of its cells.

``source.parquet`` and ``target.parquet`` are the corpora with their features, and
``cells/METHOD-EXAMPLES.npz`` is the ``CellRecord`` of a cell. All of it is written before the rows
that it belongs to, so that it is never behind the table.
"""

import functools
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from cada_tf.audio.feature_set import FeatureConfig, feature_names
from cada_tf.config import Config
from cada_tf.errors import InputError
from cada_tf.methods import config_of
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem, make_problem
from cada_tf.runs.cell_record import CellRecord, Outcome
from cada_tf.runs.record import read_record
from cada_tf.storage import write_atomically


class Archive:
    """The archive of a run, in its output directory.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.records: dict[Cell, CellRecord] = {}

    def keep(self, source: pd.DataFrame, target: pd.DataFrame) -> None:
        """Writes the corpora, with paths relative to the folder that their files share.

        What is there already is not replaced: a directory holds results of the same corpora.
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
            columns = ["file", "speaker", "emotion", "class", "corpus", *feature_names(corpus)]
            table = corpus[[name for name in columns if name in corpus]].to_parquet(index=False)
            write_atomically(path, table)

    def add(self, problem: Problem, outcomes: Iterable[Outcome]) -> None:
        """Adds networks, and writes the records of their cells."""
        changed = {}
        for outcome in outcomes:
            changed[outcome.cell] = record = self.load_or_empty(outcome.cell, problem)
            record.add(outcome)
        (self.folder / "cells").mkdir(exist_ok=True)
        for cell, record in changed.items():
            write_atomically(self.path(cell), record.to_bytes())

    def path(self, cell: Cell) -> Path:
        """The file of a cell's record."""
        return self.folder / "cells" / f"{cell.name}.npz"

    def load_or_empty(self, cell: Cell, problem: Problem) -> CellRecord:
        """The record of a cell; an empty one where there is none, or one of other corpora."""
        if cell not in self.records:
            empty = CellRecord.empty(problem.folds, len(problem.target))
            try:
                found = self.load(cell)
            except InputError:
                found = empty
            fits = found.y_pred.shape[1:] == empty.y_pred.shape[1:]
            self.records[cell] = found if fits else empty
        return self.records[cell]

    def load(self, cell: Cell) -> CellRecord:
        """The record of a cell.

        Raises:
            InputError: there is none, or its file cannot be read.
        """
        path = self.path(cell)
        try:
            return CellRecord.read(path)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{path}: expected what a run keeps of {cell.method}, found "
                f"{'nothing' if isinstance(error, FileNotFoundError) else 'something else'}. "
                "Run experiments.run anew with these settings in another directory."
            ) from error

    def corpus(self, role: str) -> pd.DataFrame:
        """The ``source`` or the ``target``, with its features, as ``make_corpus`` has it.

        Raises:
            InputError: it was not kept, or its file cannot be read.
        """
        path = self.folder / f"{role}.parquet"
        try:
            table = pd.read_parquet(path).set_index("file")
            config = table.attrs.get("features")  # of JSON; earlier runs did not write it
            table.attrs = {
                "name": str(self.settings[role]).partition(" (")[0],
                "features": FeatureConfig(*config) if config else None,
            }
            return table
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}: expected the {role} of a run, found "
                f"{'nothing' if isinstance(error, FileNotFoundError) else 'something else'}. "
                "Name the directory of a run of this version."
            ) from error

    @functools.cached_property
    def settings(self) -> dict:
        """The settings of the run, and its number of trials.

        Raises:
            InputError: there is no run.json, or it is not what a run writes.
        """
        record = read_record(self.folder)
        trials = {"trials": record.grid.get("trials")}
        return {**record.settings, **record.method_options, **trials}

    @functools.cached_property
    def problem(self) -> Problem:
        """The corpora and the protocol of the run, from which its splits follow."""
        settings = {name: int(self.settings[name]) for name in ("seed", "trials", "folds")}
        return make_problem(self.corpus("source"), self.corpus("target"), **settings)

    @functools.cached_property
    def config(self) -> Config:
        """The options of the run; those of methods that are not loaded are left out."""
        return config_of(self.settings)
