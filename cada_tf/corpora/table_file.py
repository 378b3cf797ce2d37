"""Reading of tables (CSV, TSV or Parquet), with the place of each cell for messages."""

import collections
import contextlib
import csv
import logging
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet

from cada_tf.corpora.table_columns import COLUMNS, column_names
from cada_tf.corpora.table_dialect import SEPARATORS, Dialect, find_dialect
from cada_tf.errors import InputError
from cada_tf.storage import open_regular
from cada_tf.text import one_line

PARQUET = ".parquet"
TABLES = (*SEPARATORS, PARQUET)
SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
SAMPLE = 100
"""Rows by which columns of numbers are found."""
EXACT = {}
"""Arguments of pandas with which it reads a number as ``float`` does."""
if tuple(map(int, pd.__version__.split(".")[:2])) < (3, 1):
    EXACT["float_precision"] = "round_trip"

log = logging.getLogger("cada_tf")


def read_cells(
    path: Path, *, quoting: int = csv.QUOTE_MINIMAL, numbers: Collection[str] | None = ()
) -> pd.DataFrame:
    """Reads a table, and logs what is unusual about it (see ``table_dialect``, ``table_columns``).

    Args:
        path: a file whose suffix is ``.csv``, ``.tsv`` or ``.parquet``.
        quoting: one of the ``csv`` module's constants.
        numbers: columns that are read as numbers, float32 if all their cells are finite ones; None
            for all that begin with some numbers, but for those of ``table_columns``.

    Returns:
        Its columns, with the names of ``table_columns``. The index, named ``line`` for text (the
        header is line 1) and ``row`` for Parquet (the first is 1), locates a cell in messages.
        Other cells of text files are str, so that a speaker 03 stays 03.

    Raises:
        InputError: the file is missing, of another kind, unreadable or without rows, or two of
            its columns have the same name.
    """
    if not path.is_file():
        found = "a directory" if path.is_dir() else "nothing"
        raise InputError(f"{path}: expected a table, found {found}. Check the path.")
    suffix = path.suffix.lower()
    if suffix not in TABLES:
        remedy = "Save it as CSV" if suffix in SPREADSHEETS else "Convert or rename it"
        raise InputError(
            f"{path}: expected a table .csv, .tsv or .parquet, found {suffix or 'no suffix'}. "
            f"{remedy}."
        )
    try:
        frame = (
            _read_parquet(path, numbers)
            if suffix == PARQUET
            else _read_text(path, quoting, numbers)
        )
    except InputError:
        raise
    except Exception as error:  # Arrow and pandas have a dozen for what is damaged
        raise InputError(
            f"{path}: expected a table that can be read as {suffix}, found: "
            f"{one_line(str(error), 500)}. Check the file."
        ) from error
    if frame.empty:
        raise InputError(f"{path}: expected rows, found none. Check the file.")
    return frame


def log_remarks(path: Path, remarks: list[str]) -> None:
    """Logs what was recognised in a table, if anything."""
    if remarks:
        log.info("%s: %s", path, "; ".join(remarks))


def _read_text(path: Path, quoting: int, numbers: Collection[str] | None) -> pd.DataFrame:
    dialect = find_dialect(path, quoting)
    names, renamed = column_names(dialect.header, path, numbers or ())
    log_remarks(path, [*dialect.remarks(), *renamed])
    if numbers is None:
        first = _parse(path, dialect, names, quoting, set(names).difference(COLUMNS), rows=SAMPLE)
        numbers = {name for name in first if _sound(first[name])}
    with contextlib.suppress(ValueError):
        return _finite(_parse(path, dialect, names, quoting, numbers, kind=np.float32), numbers)
    # A cell of theirs is something else, and a message must quote it.
    found = _parse(path, dialect, names, quoting, numbers)
    numbers = {name for name in found.columns.intersection(list(numbers)) if _sound(found[name])}
    return _parse(path, dialect, names, quoting, numbers, kind=np.float64)


def _parse(
    path: Path,
    dialect: Dialect,
    names: list[str],
    quoting: int,
    numbers: Collection[str],
    *,
    kind: type | None = None,
    rows: int | None = None,
) -> pd.DataFrame:
    """The cells of a text file.

    Args:
        path, dialect, quoting: of the file.
        names: of its columns.
        numbers: columns of the type ``kind``; the others are str.
        kind: None for what pandas finds.
        rows: how many are read; None for all.

    Raises:
        ValueError: it is no table, or a cell in one of ``numbers`` is not of their type.
    """
    written = [old for old, new in zip(dialect.header, names, strict=True) if new in numbers]
    kinds = collections.defaultdict(lambda: str, dict.fromkeys(written, kind))
    if kind is None:  # pandas finds it of columns that are not named
        kinds = dict.fromkeys(set(dialect.header).difference(written), str)
    with np.errstate(over="ignore"):  # what float32 cannot hold is found as infinite below
        frame = pd.read_csv(
            path,
            sep=dialect.separator,
            dtype=kinds,
            **EXACT,
            na_values=dict.fromkeys(written, ""),
            keep_default_na=False,
            skip_blank_lines=False,
            skipinitialspace=True,
            quoting=quoting,
            encoding=dialect.encoding,
            nrows=rows,
            low_memory=False,  # or a column may be of numbers in one part, and of text in the next
        )
    if not isinstance(frame.index, pd.RangeIndex):
        # pandas takes the first column for an index if lines are longer than the header.
        raise ValueError("more cells in a line than in the header")
    renamed = dict(zip(dialect.header, names, strict=True))
    frame.columns = [renamed.get(name, name) for name in frame.columns]
    if not frame.columns.is_unique:  # as where a line break in a name hides the next ones
        raise ValueError("columns of the same name")
    frame.index = pd.RangeIndex(2, 2 + len(frame), name="line")
    blank = np.ones(len(frame), bool)
    for _, column in frame.items():
        blank &= (column.isna() | (column == "")).to_numpy()
    return frame[~blank] if blank.any() else frame


def _finite(frame: pd.DataFrame, numbers: Collection[str]) -> pd.DataFrame:
    """The table, if all cells of some columns are finite numbers.

    Raises:
        ValueError: one may be none.
    """
    for name in frame.columns.intersection(list(numbers)):
        # pandas takes a column of nothing but True and False for one of 1 and 0.
        if not np.isfinite(frame[name]).all() or frame[name].isin([0, 1]).all():
            raise ValueError("what may be no finite number")
    return frame


def _sound(column: pd.Series) -> bool:
    """Whether all cells, as pandas has read them, are finite numbers."""
    return column.dtype.kind in "iuf" and bool(np.isfinite(column).all())


def _read_parquet(path: Path, numbers: Collection[str] | None) -> pd.DataFrame:
    with open_regular(path) as stream:
        table = pyarrow.parquet.read_table(stream)
    # Of pandas' metadata, which in a forged file may be anything, only unnamed indices are of use.
    table = table.replace_schema_metadata(None)
    table.validate(full=True)
    unnamed = [name for name in table.column_names if name.startswith("__index_level_")]
    table = table.drop_columns(unnamed)
    names, renamed = column_names(table.column_names, path, numbers or ())
    frame = table.rename_columns(names).to_pandas()
    log_remarks(path, renamed)
    frame.index = pd.RangeIndex(1, 1 + len(frame), name="row")
    return frame


def require_columns(frame: pd.DataFrame, path: Path, *names: str) -> None:
    """Checks that the columns are there.

    Raises:
        InputError: one is not; the message lists those that were found.
    """
    for name in names:
        if name not in frame.columns:
            found = [str(column) for column in frame.columns]
            more = f" and {len(found) - 8} more" if len(found) > 8 else ""
            raise InputError(
                f"{path}: expected a column {name!r}, found {', '.join(found[:8])}{more}. "
                "Add or rename it."
            )


def texts(column: pd.Series) -> list[str]:
    """The cells as text without blanks around it, the missing ones empty."""
    cells = zip(column.to_numpy(object), column.isna(), strict=True)
    return ["" if missing else str(cell).strip() for cell, missing in cells]
