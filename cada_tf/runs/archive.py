"""The archive of a run: its corpora, and the predictions, histories and networks of its cells.

``source.parquet`` and ``target.parquet`` are the corpora with their features, and
``cells/METHOD-EXAMPLES.npz`` is the ``CellRecord`` of a cell. All of it is written before the rows
that it belongs to, so that it is never behind the table.
"""

import functools
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from cada_tf.config import Config, Draw, FoldsBy
from cada_tf.errors import InputError
from cada_tf.methods import config_of
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem, make_problem
from cada_tf.runs.cell_record import CellRecord, Outcome
from cada_tf.runs.kept_corpus import holds, read_kept, to_kept
from cada_tf.runs.record import ADDED_LATER, FILE, read_record
from cada_tf.storage import write_atomically

T = TypeVar("T")

log = logging.getLogger("cada_tf")


class Archive:
    """The archive of a run, in its output directory.

    Args:
        folder: of the run.
        complete: whether all networks that have a row were kept, as by this version.
    """

    def __init__(self, folder: str | Path, *, complete: bool = False) -> None:
        self.folder, self.complete = Path(folder), complete
        self.records: dict[Cell, CellRecord] = {}

    def keep(self, source: pd.DataFrame, target: pd.DataFrame) -> None:
        """Writes the corpora, unless they are there already.

        A file that holds anything else, as after damage, is replaced, which is logged.
        """
        for role, corpus in (("source", source), ("target", target)):
            path = self.folder / f"{role}.parquet"
            found = path.exists()
            if found and holds(path, corpus):
                continue
            if found:
                log.warning("%s: expected the %s, found something else: written anew", path, role)
            write_atomically(path, to_kept(corpus))

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

    def lost(self, rows: set[tuple], cells: Iterable[Cell], problem: Problem) -> set[tuple]:
        """Those of ``rows`` whose networks the records of ``cells`` lack, as after damage.

        A cell that has no record at all has lost none, unless the archive was ``complete``:
        earlier versions kept no networks.

        Args:
            rows: (method, examples or None, trial, fold) of the rows that are there.
            cells: whose records are looked at.
            problem: of the run.

        Raises:
            InputError: a directory is in the place of a record.
        """
        kept = {cell for cell in cells if self.complete or self.path(cell).exists()}
        there = {
            (cell.method, cell.examples, trial, fold)
            for cell in kept
            for trial, fold in np.argwhere(self.load_or_empty(cell, problem).done).tolist()
        }
        return {row for row in rows if Cell(*row[:2]) in kept} - there

    def load_or_empty(self, cell: Cell, problem: Problem) -> CellRecord:
        """The record of a cell; an empty one where there is none that can be used."""
        if cell not in self.records:
            empty = CellRecord.empty(problem.folds, len(problem.target))
            self.records[cell] = self.find(cell, problem) or empty
        return self.records[cell]

    def find(self, cell: Cell, problem: Problem | None = None) -> CellRecord | None:
        """The record of a cell; None where there is none, or one that ``load`` would refuse.

        The latter is logged.

        Raises:
            InputError: a directory is in its place, and nothing can be written there.
        """
        path = self.path(cell)
        if path.is_dir():
            raise InputError(f"{path}: expected a file, found a directory. Move it elsewhere.")
        if not path.exists():
            return None
        try:
            return self.load(cell, problem)
        except InputError as error:
            log.warning("%s", error)
            return None

    def load(self, cell: Cell, problem: Problem | None = None) -> CellRecord:
        """The record of a cell.

        Args:
            cell: of the run.
            problem: what it must be of; None for the run's own.

        Raises:
            InputError: there is none, or its file is damaged or of another run.
        """
        path = self.path(cell)
        expected = f"{path}: expected what a run keeps of {cell.method}, found"
        other = f"{expected} something else. When the run goes on, its networks are trained anew."
        try:
            record = CellRecord.read(path)
        except FileNotFoundError as error:
            raise InputError(
                f"{expected} nothing. Run experiments.run anew with these settings in another "
                "directory."
            ) from error
        except (OSError, ValueError) as error:
            raise InputError(other) from error
        if not record.fits(problem or self.problem):
            raise InputError(other)
        return record

    def corpus(self, role: str) -> pd.DataFrame:
        """The ``source`` or the ``target``, with its features, as ``make_corpus`` has it.

        Raises:
            InputError: it was not kept, or its file cannot be read.
        """
        path = self.folder / f"{role}.parquet"
        try:
            table = read_kept(path)
        except (OSError, ValueError) as error:
            raise InputError(
                f"{path}: expected the {role} of a run, found "
                f"{'nothing' if isinstance(error, FileNotFoundError) else 'something else'}. "
                "Name the directory of a run of this version, or let the run go on: it writes "
                "its corpora anew."
            ) from error
        described = self.setting(role, str)  # with its size behind
        table.attrs["name"] = described.rpartition(" (")[0] or described
        return table

    @functools.cached_property
    def settings(self) -> dict:
        """The settings of the run, and its number of trials.

        Raises:
            InputError: there is no run.json, or it is not what a run writes.
        """
        record = read_record(self.folder)
        trials = {"trials": record.grid.get("trials")}
        return {**ADDED_LATER, **record.settings, **record.method_options, **trials}

    def setting(self, name: str, convert: Callable[[object], T]) -> T:
        """A setting of the run.

        Raises:
            InputError: ``convert`` refuses it, or there is none.
        """
        try:
            return convert(self.settings[name])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{self.folder / FILE}: expected {name} among the settings of a run, found "
                f"{str(self.settings.get(name))[:40]!r}. Restore it, or choose another directory."
            ) from error

    @functools.cached_property
    def problem(self) -> Problem:
        """The corpora and the protocol of the run, from which its splits follow.

        Raises:
            InputError: a setting or a corpus that they need cannot be read.
        """
        settings = {name: self.setting(name, int) for name in ("seed", "trials", "folds")}
        choices = {
            "folds_by": self.setting("folds_by", FoldsBy),
            "drawn": self.setting("draw", Draw),
        }
        return make_problem(self.corpus("source"), self.corpus("target"), **settings, **choices)

    @functools.cached_property
    def config(self) -> Config:
        """The options of the run; those of methods that are not loaded are left out."""
        return config_of(self.settings)
