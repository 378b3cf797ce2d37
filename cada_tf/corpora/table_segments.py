"""The columns ``start`` and ``end`` of a table, by which its rows are segments of recordings.

Times are as audformat writes them (``0 days 00:00:01.500000``) or in seconds; an empty start is the
recording's, and so is an empty end.
"""

import math
from pathlib import Path

import pandas as pd

from cada_tf.corpora.table_file import texts
from cada_tf.errors import InputError

START, END = "start", "end"


def has_segments(frame: pd.DataFrame, path: Path) -> bool:
    """Whether rows are of segments.

    Raises:
        InputError: there is a start without an end, or the other way round.
    """
    found = [name for name in (START, END) if name in frame]
    if len(found) == 1:
        missing = END if found == [START] else START
        raise InputError(
            f"{path}: expected the columns {START!r} and {END!r} of segments, or neither, found "
            f"{found[0]!r} alone. Add {missing!r} (its cells may be empty), or remove the other."
        )
    return bool(found)


def times(column: pd.Series, path: Path) -> list[float | None]:
    """Times in seconds, of text as audformat writes it or of numbers; None for an empty cell.

    Raises:
        InputError: a cell is something else.
    """
    found = []
    for line, text in zip(column.index, texts(column), strict=True):
        try:
            found.append(seconds(text))
        except (ValueError, OverflowError) as error:
            raise InputError(
                f"{path}, {column.index.name} {line}, column {column.name}: expected a time, in "
                f"seconds or such as '0 days 00:00:01.5', found {text!r}. Correct it."
            ) from error
    return found


def seconds(text: str) -> float | None:
    """A time in seconds; None of an empty text.

    Raises:
        ValueError, OverflowError: it is none.

    Example:
        >>> seconds("0 days 00:01:01.500000"), seconds("2.5"), seconds("NaT")
        (61.5, 2.5, None)
    """
    if text in ("", "NaT"):
        return None
    try:
        value = float(text)
    except ValueError:
        value = pd.Timedelta(text).total_seconds()
    if not math.isfinite(value) or abs(value) >= 2**31:
        raise ValueError("no time")
    return value
