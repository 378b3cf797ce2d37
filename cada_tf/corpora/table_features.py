"""The feature columns that a table may bring, checked."""

import logging
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.audio.columns import Columns
from cada_tf.audio.feature_registry import set_with_most
from cada_tf.audio.feature_set import LABEL_COLUMNS, FeatureSet
from cada_tf.errors import InputError

OTHER_COLUMNS = ("file", "start", "end", *LABEL_COLUMNS)
"""What is never a feature."""

log = logging.getLogger("cada_tf")


def feature_columns(cells: pd.DataFrame, path: Path, features: FeatureSet) -> pd.DataFrame | None:
    """The features of each row. Columns that are not used are named in the log.

    Args:
        cells: as ``table_file.read_cells`` returns them.
        path: of the table, for messages.
        features: the set that is wanted.

    Returns:
        The features in the set's order, those of ``Columns`` by name; float32, with the index of
        ``cells``. None if the table has no feature of the set.

    Raises:
        InputError: some of them are missing, there are features of another set too, or a value
            is not a finite number.
    """
    others = [name for name in cells.columns if name not in OTHER_COLUMNS]
    if isinstance(features, Columns):
        names = columns_with(features.prefix, cells, path)
    else:
        names = list(features.names) if has_all(cells, path, features) else []
        check_other_sets(set(others).difference(features.names), path, features)
    if unused := sorted(set(map(str, others)).difference(names)):
        log.info("%s: not used: %s", path, first_of(unused, 10))
    return finite_numbers(cells[names], path) if names else None


def numeric_columns(cells: pd.DataFrame) -> list[str]:
    """The columns with a number in their first cell, sorted, but for ``OTHER_COLUMNS``."""
    first = cells.head(1)
    return sorted(
        name
        for name in cells.columns.difference(OTHER_COLUMNS)
        if np.isfinite(_numbers(first[name])).all()
    )


def columns_with(prefix: str, cells: pd.DataFrame, path: Path) -> list[str]:
    """The columns of numbers whose names start with ``prefix``.

    Raises:
        InputError: there is none.
    """
    names = [name for name in numeric_columns(cells) if str(name).startswith(prefix)]
    if not names:
        which = f" whose names start with {prefix!r}" if prefix else ""
        raise InputError(
            f"{path}: expected columns of numbers{which}, found "
            f"{first_of(list(cells.columns))}. Choose others with `features`."
        )
    return names


def has_all(cells: pd.DataFrame, path: Path, features: FeatureSet) -> bool:
    """Whether a table has all features of a set.

    Raises:
        InputError: it has some of them.
    """
    names = features.names
    missing = [name for name in names if name not in cells.columns]
    if 0 < len(missing) < len(names):
        raise InputError(
            f"{path}: expected all {len(names)} feature columns or none, found "
            f"{len(missing)} missing: {first_of(missing)}. Add them, or remove the others to "
            "measure the recordings."
        )
    return not missing


def check_other_sets(others: Iterable[str], path: Path, features: FeatureSet) -> None:
    """Refuses columns, beside those of the set that is wanted, that are another set's.

    Raises:
        InputError: there are such columns.
    """
    other = set_with_most(others)
    if other is not None:
        name = features.config.feature_set
        raise InputError(
            f"{path}: expected the features of {name} alone, or none, found some of {other} "
            f"({first_of(sorted(others))}). Choose `features={other}`, or remove these columns."
        )


def first_of(names: list, limit: int = 3) -> str:
    """The first names of a list, for messages and the log."""
    more = f", … ({len(names)} in all)" if len(names) > limit else ""
    return ", ".join(map(str, names[:limit])) + more


def finite_numbers(cells: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Columns of a table as float32.

    Raises:
        InputError: a cell is no finite number.
    """
    values = np.empty(cells.shape, np.float32)
    with np.errstate(over="ignore"):  # what float32 cannot hold is found as infinite below
        for place, name in enumerate(cells.columns):
            values[:, place] = _numbers(cells[name])
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = bad[0]
        raise InputError(
            f"{path}, {cells.index.name} {cells.index[row]}, column {cells.columns[column]}: "
            f"expected a finite number, found {str(cells.iat[row, column])!r} "
            f"({len(bad)} such cells). {_remedy(str(cells.iat[row, column]))}"
        )
    return pd.DataFrame(values, index=cells.index, columns=list(cells.columns))


def _remedy(cell: str) -> str:
    """What to do about a cell that is no finite number."""
    # Not read: whether 1,234 is about one or above a thousand, the table does not say.
    if re.fullmatch(r"[-+]?\d*,\d+([eE][-+]?\d+)?", cell.strip()):
        return "Write numbers with a decimal point instead of a comma."
    return "Correct them or remove the rows."


def _numbers(column: pd.Series) -> np.ndarray:
    """The cells as floats, NaN for what is no number."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column.to_numpy()
    return np.array([_number(cell) for cell in column])


def _number(cell: object) -> float:
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        return np.nan
