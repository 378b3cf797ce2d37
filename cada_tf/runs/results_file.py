"""The results table of a run as it is read: ``results.csv``, each cell of it checked."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cada_tf.config import Config, Draw, FoldsBy, Scaling
from cada_tf.errors import InputError
from cada_tf.methods import METHODS
from cada_tf.runs.record import FILE, Record, read_record
from cada_tf.storage import open_regular
from cada_tf.text import shown

if TYPE_CHECKING:
    from cada_tf.protocol.problem import Problem

KEY = ["method", "examples", "trial", "fold"]
"""The columns that name a row."""
CONDITIONS = ("source", "target", "transductive", "folds_by", "draw", "scaling")
"""The columns that are the same in each row, in order.

``folds_by`` is there if they are not by utterance, ``draw`` if it is not stratified, ``scaling`` if
it is semi-supervised.
"""


def conditions(problem: "Problem", config: Config) -> dict[str, object]:
    """The columns of a run that are the same in each row."""
    found = {
        "source": problem.source.name,
        "target": problem.target.name,
        "transductive": config.scaling.transductive,
    }
    if problem.folds_by is not FoldsBy.UTTERANCE:
        found["folds_by"] = str(problem.folds_by)
    if problem.drawn is not Draw.STRATIFIED:
        found["draw"] = str(problem.drawn)
    if config.scaling.semi_supervised:
        found["scaling"] = str(config.scaling)
    return found


def conditions_of(table: pd.DataFrame) -> dict[str, object]:
    """Those of a results table."""
    return table[[name for name in CONDITIONS if name in table]].iloc[0].to_dict()


def read_results(path: str | Path) -> pd.DataFrame:
    """A results table: one row per method, number of examples, trial and fold.

    Columns: source, target, transductive, method, examples (Int64, empty where a method
    takes none), trial, fold (from 0), ua and recall_CLASS (in [0, 1]), epochs (after which the
    weights that were tested were saved); and folds_by, "speaker", where the folds keep speakers
    apart, draw, "random", where examples are drawn without regard to class, and scaling, where it
    is semi-supervised.

    Raises:
        InputError: the file is missing or is no such table; or run.json, if it stands beside it,
            is not what a run writes, or not of these rows.
    """
    path = Path(path)
    record = read_record(path.parent) if (path.parent / FILE).exists() else None
    try:
        with open_regular(path) as file:
            # Read as text, since pandas 2 would not give every float back exactly.
            table = pd.read_csv(file, dtype=str)
        absent = {"source", "target", "transductive", *KEY, "ua", "epochs"} - set(table.columns)
        if absent or table.drop(columns="examples").isna().any(axis=None):
            raise ValueError(f"columns {', '.join(sorted(absent))} absent" if absent else "gaps")
        shared = [name for name in CONDITIONS if name in table]
        if len(table[shared].drop_duplicates()) != 1:
            raise ValueError("rows of several runs" if len(table) else "no rows")
        if table.duplicated(KEY).any():
            raise ValueError("the same method, examples, trial and fold twice")
        table = with_shown_names(table)
        check_cells(table, record)
        table["transductive"] = table["transductive"] == "True"
        table["examples"] = table["examples"].astype(float).astype("Int64")
        table = table.astype(dict.fromkeys(["ua", *recall_columns(table)], float)).astype(
            dict.fromkeys(["trial", "fold", "epochs"], int)
        )
        check_ua(table)
        return table
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: expected a results table, found: {str(error).splitlines()[0]}. "
            "Restore it, or start anew in another directory."
        ) from error


def with_shown_names(table: pd.DataFrame) -> pd.DataFrame:
    """The table with names, of classes in columns too, that can be shown anywhere."""
    names = {column: table[column].map(shown) for column in ("source", "target", "method")}
    return table.assign(**names).rename(columns=shown)


def recall_columns(table: pd.DataFrame) -> list[str]:
    """The names of the columns with the recall of a class; earlier versions wrote none."""
    return [column for column in table.columns if column.startswith("recall_")]


def check_cells(table: pd.DataFrame, record: Record | None) -> None:
    """Compares the cells of a table, as text, with what a run writes.

    Args:
        table: as in results.csv.
        record: of the run, for its number of folds and its methods; None where that is not known.

    Raises:
        ValueError: one is something else.
    """
    for column in ("ua", *recall_columns(table)):
        share = pd.to_numeric(table[column], errors="coerce")
        require(table[column], share.between(0, 1), "a number from 0 to 1")
    for column in ("trial", "fold", "epochs"):
        require(table[column], table[column].str.fullmatch("[0-9]{1,9}"), "a whole number")
    sizes = table["examples"].dropna()
    require(sizes, sizes.str.fullmatch(r"[0-9]{1,9}(\.0)?"), "a whole number")
    require(table["transductive"], table["transductive"].isin(["True", "False"]), "True or False")
    enrolled = [choice for choice in Scaling if choice.semi_supervised]
    for column, choices in {"folds_by": FoldsBy, "draw": Draw, "scaling": enrolled}.items():
        if column in table:
            known = [*map(str, choices)]
            require(table[column], table[column].isin(known), f"any of {', '.join(known)}")
    if record:
        known = {**METHODS, **record.method_sources}
        require(table["method"], table["method"].isin(known), f"any of {', '.join(known)}")
        folds = record.settings.get("folds")
        if isinstance(folds, int):
            require(table["fold"], table["fold"].astype(int) < folds, f"a number below {folds}")


def check_ua(table: pd.DataFrame) -> None:
    """Compares the UA of each row with its recalls, if they are there.

    Raises:
        ValueError: it is not their mean, as when a number was truncated.
    """
    recalls = recall_columns(table)
    if recalls:
        mean = table[recalls].mean(axis=1)
        require(table["ua"], (table["ua"] - mean).abs() < 1e-9, "the mean of the recalls")


def require(cells: pd.Series, fit: pd.Series, expected: str) -> None:
    """Refuses a column of results.csv where a cell does not fit; ``fit`` says which do.

    Raises:
        ValueError: one does not; the header is line 1.
    """
    bad = cells[~fit]
    if len(bad):
        raise ValueError(
            f"{str(bad.iloc[0])!r} in line {bad.index[0] + 2}, column {cells.name}, instead of "
            f"{expected}"
        )
