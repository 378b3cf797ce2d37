"""Tables that name recordings or segments of them, such as audformat's, with their other columns.

A table has the column ``file``, relative to its folder. With ``start`` and ``end`` each row is a
segment: time as audformat writes it (``0 days 00:00:01.500000``) or in seconds; an empty end is
the recording's. One of the columns ``class``, ``emotion`` and ``label`` may label the row.
"""

import dataclasses
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.corpora.audformat_folder import HEADER, PREFERRED
from cada_tf.corpora.table_features import finite_numbers
from cada_tf.corpora.table_file import (
    TABLES,
    read_cells,
    require_columns,
    texts,
)
from cada_tf.corpora.table_paths import file_cells, names_beside
from cada_tf.corpora.table_segments import END, START, has_segments, times
from cada_tf.recogniser.table_row import TableRow

FILE = "file"
LABELS = ("class", "emotion", "label")
"""Columns that may hold labels; the first one that is there does."""

log = logging.getLogger("cada_tf")


@dataclasses.dataclass(frozen=True)
class RecordingTable:
    """A table of recordings; iterates over its rows.

    Args:
        path: of the table.
        rows: in its order.
        columns: the names of its other columns.
        segmented: whether its rows are of segments.
        label_column: the column with labels; None if there is none.
        measured: whether its rows have the features that were asked for.
    """

    path: Path
    rows: list[TableRow]
    columns: tuple[str, ...]
    segmented: bool
    label_column: str | None
    measured: bool = False

    def __iter__(self) -> Iterator[TableRow]:
        return iter(self.rows)


def read_table(path: Path, features: Sequence[str] = ()) -> RecordingTable:
    """The recordings that a table names, relative to its folder.

    Args:
        path: of the table.
        features: names of columns that are features, if all of them are there.

    Raises:
        InputError: it is no table, has no column ``file``, an empty cell in it, ``start`` without
            ``end``, a time that is none, or a feature that is no finite number.
    """
    return table_of(read_cells(path, numbers=set(features)), path, features)


def table_of(frame: pd.DataFrame, path: Path, features: Sequence[str]) -> RecordingTable:
    """As ``read_table``, of the table's cells."""
    require_columns(frame, path, FILE)
    vectors = features_of(frame, path, features)
    if vectors is not None:
        frame = frame.drop(columns=list(features))
    names = names_beside(path, file_cells(frame, path))
    files = [os.path.join(path.parent, name) for name in names]
    segmented = has_segments(frame, path)
    starts = times(frame[START], path) if segmented else [None] * len(frame)
    ends = times(frame[END], path) if segmented else [None] * len(frame)
    label_column = next((name for name in LABELS if name in frame), None)
    others = [name for name in frame.columns if name not in (FILE, START, END)]
    cells = {name: [text or None for text in texts(frame[name])] for name in others}
    labels = cells[label_column] if label_column else [None] * len(frame)
    rows = [
        TableRow(
            name=file,
            path=file,
            start=(start or 0.0) if segmented else None,
            end=end,
            label=label or "",
            cells=dict(zip(others, values, strict=True)),
            features=None if vectors is None else vectors[place],
        )
        for place, (file, start, end, label, *values) in enumerate(
            zip(files, starts, ends, labels, *cells.values(), strict=True)
        )
    ]
    columns = tuple(map(str, others))
    return RecordingTable(path, rows, columns, segmented, label_column, vectors is not None)


def features_of(frame: pd.DataFrame, path: Path, features: Sequence[str]) -> np.ndarray | None:
    """The features of each row, ``[n, F]``, float32; None if not all of them are there."""
    if not features or not set(features) <= set(frame.columns):
        return None
    log.info("%s: has the model's features; its recordings are not opened", path)
    return finite_numbers(frame[list(features)], path).to_numpy()


def database_table(
    folder: str | os.PathLike, features: Sequence[str] = ()
) -> RecordingTable | None:
    """The table of an audformat database that is to be predicted; None if there is no one.

    The choice is logged.

    Args:
        folder: of the database, or any other.
        features: see ``read_table``.
    """
    if not os.path.isfile(os.path.join(folder, HEADER)):
        return None
    # Of a table that is there as CSV and as Parquet, the latter.
    paths = {path.stem: path for path in sorted(Path(folder).glob("db.*")) if path.suffix in TABLES}
    frames = {path: read_cells(path, numbers=set(features)) for path in paths.values()}
    tables = [table_of(cells, path, features) for path, cells in frames.items() if FILE in cells]
    table = choose_table(tables)
    if table is not None:
        log.info("%s: a database of audformat; predicting the recordings of %s", folder, table.path)
    elif tables:
        log.info(
            "%s: a database of audformat with the tables %s; predicting all recordings below. "
            "Name the file of one for its segments and labels.",
            *(folder, ", ".join(table.path.name for table in tables)),
        )
    return table


def choose_table(tables: list[RecordingTable]) -> RecordingTable | None:
    """The only table with labels, else the one of them that covers the database.

    Where none has labels, likewise of all; None if that leaves several.
    """
    choice = [table for table in tables if table.label_column] or tables
    names = [f"db.{name}" for name in PREFERRED]
    for candidates in (choice, [table for table in choice if table.path.stem in names]):
        if len(candidates) == 1:
            return candidates[0]
    return None
