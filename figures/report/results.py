"""The run that a page is of: its results, and what else it has kept."""

from __future__ import annotations

import dataclasses
import functools
import math
from pathlib import Path
from typing import TYPE_CHECKING

from cada_tf import runs
from cada_tf.runs.record import FILE, Record, read_record
from figures import command, comparisons
from figures.labels import caveats, grid_of

if TYPE_CHECKING:
    import pandas as pd

    from cada_tf.evaluation import clustered


@dataclasses.dataclass(frozen=True)
class Run:
    """A run.

    Args:
        folder: its directory.
        table: of ``read_results``.
        planned: the (trials, folds) of a complete cell; None if that is not known.
        record: its run.json; None where there is none.
        method: the one that is compared with its rivals.
        answers: of ``runs.read_answers``.
    """

    folder: Path
    table: pd.DataFrame
    planned: tuple[int, int] | None
    record: Record | None
    method: str
    answers: clustered.Answers | None

    @functools.cached_property
    def archive(self) -> runs.Archive:
        """What it has kept beside its results."""
        return runs.Archive(self.folder)

    @property
    def source(self) -> str:
        """The name of its source."""
        return self.table["source"].iloc[0]

    @property
    def target(self) -> str:
        """The name of its target."""
        return self.table["target"].iloc[0]

    @property
    def methods(self) -> list[str]:
        """Names of its methods, in the order of its results."""
        return list(self.table["method"].unique())

    @property
    def sizes(self) -> list[int]:
        """Its numbers of labelled examples, ascending."""
        return sorted(map(int, self.table["examples"].dropna().unique()))

    @property
    def grid(self) -> tuple[int, int]:
        """The (trials, folds) of a complete cell."""
        return grid_of(self.table, self.planned)

    @functools.cached_property
    def notes(self) -> list[str]:
        """What a reader must know of all of it, a sentence each."""
        cells = self.table.groupby(["method", "examples"], dropna=False).size()
        conditions = runs.conditions_of(self.table)
        return caveats(conditions, self.methods, cells, math.prod(self.grid))

    @functools.cached_property
    def leads(self) -> pd.DataFrame:
        """``compare_with_rivals`` of its method."""
        return comparisons.compare_with_rivals(self.table, self.method, self.grid[1], self.answers)


def read_run(path: Path, method: str) -> Run:
    """A run.

    Args:
        path: of its directory, or of its results.csv.
        method: the one that is compared.

    Raises:
        InputError: there is no run, or its files are not what a run writes.
    """
    table, planned = command.read_run(path)
    folder = command.folder_of(path)
    record = read_record(folder) if (folder / FILE).exists() else None
    return Run(folder, table, planned, record, method, runs.read_answers(folder, table))
