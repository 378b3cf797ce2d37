"""The results of a run on disk: a tidy table, and beside it what made it.

``results.csv`` has one row a method, number of examples, trial and fold. It is written
anew, whole and in one order at each step, so that it is never torn and ends the same
whatever the order of the work and its interruptions. ``run.json`` holds the settings
that the rows depend on, the grid that was asked for, and the versions of the libraries.
"""

import importlib.metadata
import json
import logging
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import pandas as pd

from cada_tf.storage import write_atomically
from cada_tf.errors import InputError
from cada_tf.config import Spread

if TYPE_CHECKING:
    from cada_tf.methods.methods import Cell

log = logging.getLogger("cada_tf")

KEY = ["method", "examples", "trial", "fold"]
LIBRARIES = ("cada-tf", "tensorflow", "keras", "numpy", "pandas", "scikit-learn", "opensmile")


class Results:
    """The results of one run, held by one process at a time.

    Args:
        folder: the output directory; made if need be.
        settings: what each row depends on: flag → value, JSON types.
        grid: what rows there are to be, likewise; it may grow from run to run.
        columns: the columns that are the same in each row: source, target, transductive.
        methods: in the order in which the rows are kept.

    Raises:
        InputError: the folder is in use, cannot be written, or holds results of other
            settings or ones that cannot be read.
    """

    def __init__(
        self,
        folder: str | Path,
        settings: Mapping[str, object],
        grid: Mapping[str, object],
        columns: Mapping[str, object],
        methods: Iterable[str],
    ) -> None:
        self.folder = Path(folder)
        self.columns = dict(columns)
        self.order = {name: place for place, name in enumerate(methods)}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.lock = filelock.FileLock(self.folder / ".lock")
            self.lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise InputError(
                f"--output_dir: expected {folder} to be free, found another run at work in it. "
                "Wait for it, or choose another."
            ) from error
        except OSError as error:
            raise InputError(
                f"--output_dir: expected a folder that can be written at {folder}, found: "
                f"{error.strerror}. Choose another."
            ) from error
        record = read_record(self.folder)
        check_settings(self.folder, record, settings)
        self.table = read_results(self.path) if self.path.exists() else None
        self.write_record(record, {"settings": settings, "grid": grid, "versions": versions()})

    @property
    def path(self) -> Path:
        return self.folder / "results.csv"

    def write_record(self, earlier: dict | None, record: dict) -> None:
        """Writes run.json, if it would change; says so if the rows come of several versions."""
        record = json.loads(json.dumps(record))
        if earlier == record:
            return
        if earlier and earlier["versions"] != record["versions"]:
            known = earlier["versions"]
            changed = [name for name, now in record["versions"].items() if known.get(name) != now]
            log.warning(
                "%s holds results of other versions of %s, which may differ slightly",
                self.folder,
                ", ".join(changed),
            )
        write_atomically(self.folder / "run.json", json.dumps(record, indent=2) + "\n")

    def done(self) -> set[tuple]:
        """The (method, examples or None, trial, fold) that have a row."""
        if self.table is None:
            return set()
        rows = self.table[KEY].itertuples(index=False)
        return {(m, None if pd.isna(n) else int(n), int(t), int(f)) for m, n, t, f in rows}

    def add(self, rows: list[dict]) -> None:
        """Adds rows (KEY, ua, a recall a class, epochs) and writes the table.

        What was computed twice, as a cluster may do after a loss, is there once.
        """
        new = pd.DataFrame([self.columns | row for row in rows]).astype({"examples": "Int64"})
        table = new if self.table is None else pd.concat([self.table, new])
        table = table.drop_duplicates(KEY)
        places = table["method"].map(self.order)
        table = table.assign(place=places).sort_values(["place", *KEY[1:]], kind="stable")
        self.table = table.drop(columns="place").reset_index(drop=True)
        write_atomically(self.path, self.table.to_csv(index=False))

    def close(self) -> None:
        self.lock.release()


def read_record(folder: Path) -> dict | None:
    """The run.json of an output directory; None where there is none yet.

    Raises:
        InputError: it is no such file, or there are results without one.
    """
    path = folder / "run.json"
    if not path.exists():
        if (folder / "results.csv").exists():
            raise InputError(
                f"{path}: expected the settings of results.csv, found nothing. "
                "Choose another --output_dir."
            )
        return None
    try:
        record = json.loads(path.read_text())
        if not all(isinstance(record[part], dict) for part in ("settings", "grid", "versions")):
            raise TypeError
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise InputError(
            f"{path}: expected the settings of an earlier run, found something else. "
            "Choose another --output_dir."
        ) from error
    return record


def check_settings(
    folder: Path, record: dict | None, settings: Mapping[str, object], part: bool = False
) -> None:
    """Refuses settings other than those of the rows in an output directory.

    Args:
        folder: the output directory.
        record: its run.json.
        settings: flag → value.
        part: whether ``settings`` are only some of them.

    Raises:
        InputError: one of them differs.
    """
    if record is None:
        return
    earlier, settings = record["settings"], json.loads(json.dumps(settings))
    for name in settings if part else sorted({*settings, *earlier}):
        if settings.get(name) != earlier.get(name):
            raise InputError(
                f"--output_dir: {folder} holds results of other flags: --{name} was "
                f"{shown(earlier.get(name))}, now it is {shown(settings.get(name))}. Choose "
                f"another --output_dir, or the flags of {folder / 'run.json'}."
            )


def shown(value: object) -> str:
    """A setting as it is written in a flag."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that results may depend on."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def read_results(path: str | Path) -> pd.DataFrame:
    """A results table: one row a method, number of examples, trial and fold.

    Columns: source, target, transductive, method, examples (Int64, empty where a method
    takes none), trial, fold (from 0), ua and recall_CLASS (in [0, 1]), epochs (whose
    weights were tested).

    Raises:
        InputError: the file is missing or is no such table.
    """
    try:
        # Read as text, since pandas 2 would not give every float back exactly.
        table = pd.read_csv(path, dtype=str)
        absent = {"source", "target", "transductive", *KEY, "ua", "epochs"} - set(table.columns)
        if absent or table.drop(columns="examples").isna().any(axis=None):
            raise ValueError(f"columns {', '.join(sorted(absent))} absent" if absent else "gaps")
        if len(table[["source", "target", "transductive"]].drop_duplicates()) != 1:
            raise ValueError("rows of several runs" if len(table) else "no rows")
        if table.duplicated(KEY).any():
            raise ValueError("the same method, examples, trial and fold twice")
        recall = [column for column in table.columns if column.startswith("recall_")]
        table["transductive"] = table["transductive"] == "True"
        table["examples"] = table["examples"].astype(float).astype("Int64")
        return table.astype(dict.fromkeys(["ua", *recall], float)).astype(
            dict.fromkeys(["trial", "fold", "epochs"], int)
        )
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path}: expected a results table, found: {str(error).splitlines()[0]}. "
            "Restore it, or start anew in another --output_dir."
        ) from error


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
        One row a method and number of examples, in the table's order: mean, std (of the
        population, in [0, 1]), trials, the number of trials, and results, that of pairs of
        trial and fold.
    """
    cell = ["method", "examples"]
    per_trial = table.groupby([*cell, "trial"], dropna=False, sort=False)["ua"].mean()
    folds, trials = (
        values.groupby(cell, dropna=False, sort=False)
        for values in (table.set_index(cell)["ua"], per_trial)
    )
    values = folds if spread is Spread.FOLDS else trials
    summary = {"mean": values.mean(), "std": values.std(ddof=0)}
    summary |= {"trials": trials.size(), "results": folds.size()}
    return pd.DataFrame(summary).reset_index()
