"""The feature columns that a table may bring, checked."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from cada_tf.audio.features import registered_names
from cada_tf.errors import InputError

OTHER_COLUMNS = ("file", "start", "end", "speaker", "emotion", "class")
"""What else may stand in a table with features; all others are taken for a mistake."""


def known_names() -> set[str]:
    """The features of all registered sets."""
    return set().union(*registered_names())


def feature_columns(cells: pd.DataFrame, path: Path) -> pd.DataFrame | None:
    """The features of each row, those of a registered set.

    Args:
        cells: as ``table_file.read_cells`` returns them.
        path: of the table, for messages.

    Returns:
        The features in the set's order, float32, with the index of ``cells``; None if the
        table has no feature of any set.

    Raises:
        InputError: some of them are missing, there are columns beyond them and
            ``OTHER_COLUMNS``, or a value is not a finite number.
    """
    names = max(registered_names(), key=lambda known: len(cells.columns.intersection(known)))
    missing = [name for name in names if name not in cells.columns]
    if len(missing) == len(names):
        return None
    if missing:
        raise InputError(
            f"{path}: expected all {len(names)} feature columns or none, found "
            f"{len(missing)} missing: {_first(missing)}. Add them, or remove the others to "
            "measure the recordings."
        )
    surplus = [name for name in cells.columns if name not in (*names, *OTHER_COLUMNS)]
    if surplus:
        raise InputError(
            f"{path}: expected the {len(names)} feature columns and "
            f"{', '.join(OTHER_COLUMNS)} alone, found {len(surplus)} surplus: {_first(surplus)}. "
            "Remove them."
        )
    return _finite(cells[list(names)], path)


def _first(names: list, limit: int = 3) -> str:
    return ", ".join(map(str, names[:limit])) + (", …" if len(names) > limit else "")


def _finite(cells: pd.DataFrame, path: Path) -> pd.DataFrame:
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
