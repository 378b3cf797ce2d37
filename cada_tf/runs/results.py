"""The results table of a run, ``results.csv``.

It has one row per method, number of examples, trial and fold. Each addition writes the whole file
anew, in one order, so that it is never torn, and ends the same whatever the order of the work and
its interruptions.
"""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import pandas as pd

from cada_tf.config import Spread
from cada_tf.errors import InputError
from cada_tf.folders import make_folder, unwritable
from cada_tf.runs.record import (
    Record,
    check_method_sources,
    check_settings,
    find_record,
    update_record,
)
from cada_tf.runs.results_file import KEY, read_results
from cada_tf.storage import sweep, write_atomically

if TYPE_CHECKING:
    from cada_tf.protocol.cell import Cell

log = logging.getLogger("cada_tf")


class Results:
    """The results of one run, held by one process at a time.

    Args:
        folder: the output directory; made if need be.
        settings, grid, method_sources, method_options: see ``Record``.
        columns: the columns that are the same in each row; see ``results_file.conditions``.
        methods: in the order in which the rows are kept.
        option: that names the folder, for messages.
        wait: whether to wait for a process that holds them, rather than to raise.

    Raises:
        InputError: the folder is in use, unless it is waited for; it cannot be written, or holds
            results of other settings, of other code of a method, or that cannot be read.
    """

    def __init__(
        self,
        folder: str | Path,
        settings: Mapping[str, object],
        grid: Mapping[str, object],
        columns: Mapping[str, object],
        methods: Iterable[str],
        method_sources: Mapping[str, str] | None = None,
        method_options: Mapping[str, object] | None = None,
        *,
        option: str = "output_dir",
        wait: bool = False,
    ) -> None:
        self.folder = Path(folder)
        self.columns = dict(columns)
        self.order = {name: place for place, name in enumerate(methods)}
        self.lock = lock_folder(self.folder, option, wait=wait)
        try:
            for written in (self.folder, self.folder / "cells"):
                sweep(written)  # under the lock nobody else writes there
            options, sources = method_options or {}, method_sources or {}
            check_folder(self.folder, settings, options, sources)
            self.table = read_results(self.path) if self.path.exists() else None
            now = Record(settings, grid, method_options=options, method_sources=sources)
            update_record(self.folder, find_record(self.folder), now)
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> Path:
        return self.folder / "results.csv"

    def done(self) -> set[tuple]:
        """The (method, examples or None, trial, fold) that have a row."""
        if self.table is None:
            return set()
        rows = self.table[KEY].itertuples(index=False)
        return {(m, None if pd.isna(n) else int(n), int(t), int(f)) for m, n, t, f in rows}

    def add(self, rows: list[dict]) -> None:
        """Adds rows (KEY, ua, the recall of each class, epochs) and writes the table.

        A row that is there already, as a cluster may compute it again after a loss, is left out.
        """
        new = pd.DataFrame([self.columns | row for row in rows]).astype({"examples": "Int64"})
        table = new if self.table is None else pd.concat([self.table, new])
        table = table.drop_duplicates(KEY)
        places = table["method"].map(self.order)
        table = table.assign(place=places).sort_values(["place", *KEY[1:]], kind="stable")
        self.table = table.drop(columns="place").reset_index(drop=True)
        write_atomically(self.path, self.table.to_csv(index=False))

    def close(self) -> None:
        """Lets other processes use the folder."""
        self.lock.release()


def lock_folder(
    folder: Path, option: str = "output_dir", *, wait: bool = False
) -> filelock.FileLock:
    """Makes a directory of results if need be, and locks it.

    Args:
        folder: the directory.
        option: that names it, for messages.
        wait: whether to wait, which is logged, while another process has locked it.

    Raises:
        InputError: another process has locked it, or it cannot be written.
    """
    lock = filelock.FileLock(make_folder(folder, option) / ".lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        if not wait:
            raise InputError(
                f"expected {folder} to be free, found another run at work in it. Wait for it, or "
                "choose another.",
                option=option,
            ) from error
        log.info("another process is at work in %s: waiting for it", folder)
        lock.acquire()
    except OSError as error:
        raise unwritable(folder, error, option) from error
    return lock


def check_folder(
    folder: Path,
    settings: Mapping[str, object],
    method_options: Mapping[str, object],
    method_sources: Mapping[str, str],
    part: bool = False,
) -> None:
    """Refuses an output directory with results of other settings or of other code of a method.

    Args:
        folder: the output directory; it need not be there yet.
        settings, method_options, method_sources: see ``Record``.
        part: whether ``settings`` are only some of them.
    """
    record, path = find_record(folder), folder / "results.csv"
    check_settings(folder, record, settings, method_options, part=part)
    if path.exists():
        methods = read_results(path)["method"].unique()
        check_method_sources(folder, record, method_sources, methods)


def rows_of(table: pd.DataFrame, cell: "Cell") -> pd.DataFrame:
    """The rows of a cell in a results table."""
    rows, size = table[table["method"] == cell.method], cell.examples
    return rows[rows["examples"].isna() if size is None else rows["examples"] == size]


def summarise(table: pd.DataFrame, spread: Spread = Spread.TRIALS) -> pd.DataFrame:
    """Mean and standard deviation of UA in each cell.

    Args:
        table: of ``read_results``.
        spread: over the trials' means, or over all folds.

    Returns:
        One row per method and number of examples, in the table's order: mean and std (with
        n − 1; NaN of a single value), both in [0, 1], trials, the number of trials, and
        results, that of pairs of trial and fold.
    """
    cell = ["method", "examples"]
    per_trial = table.groupby([*cell, "trial"], dropna=False, sort=False)["ua"].mean()
    folds, trials = (
        values.groupby(cell, dropna=False, sort=False)
        for values in (table.set_index(cell)["ua"], per_trial)
    )
    values = folds if spread is Spread.FOLDS else trials
    summary = {"mean": values.mean(), "std": values.std(ddof=1)}
    summary |= {"trials": trials.size(), "results": folds.size()}
    return pd.DataFrame(summary).reset_index()
