"""The names of a table's columns, as people write them."""

import collections
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pandas as pd

from cada_tf.corpora.emotion_names import common_name
from cada_tf.errors import InputError
from cada_tf.text import shown

COLUMNS = ("file", "start", "end", "speaker", "emotion", "class", "label")
"""What is found in any case and with blanks around it; other names only without the blanks."""
FILE_NAMES = ("filename", "file_name", "filepath", "file_path", "path")
"""Names of the column ``file`` in a table that has none, if it has one of them."""
LABEL = "label"
"""A name of the column ``class`` or ``emotion``; its cells decide (see ``resolve_label``)."""


def is_known(name: str) -> bool:
    """Whether a name is that of a column that we read, in one of its spellings."""
    return simplified(name) in (*COLUMNS, *FILE_NAMES)


def simplified(name: object) -> str:
    """A name in lower case, without blanks around it."""
    return str(name).strip().casefold()


def column_names(
    names: Sequence[str], path: Path, others: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """The names by which a table's columns are known here.

    Args:
        names: as they are in the table.
        path: of the table, for messages.
        others: further names that must not come twice.

    Returns:
        A name for each, and what differs by more than blanks, in words.

    Raises:
        InputError: two columns get the same name.
    """
    stripped = [str(name).strip() for name in names]
    found = [simplified(name) if simplified(name) in COLUMNS else name for name in stripped]
    if "file" not in found:
        found = ["file" if simplified(name) in FILE_NAMES else name for name in found]
    counts = collections.Counter(found)
    for name in {*COLUMNS, *others}:
        if counts[name] > 1:
            twice = [repr(shown(old)) for old, new in zip(names, found, strict=True) if new == name]
            raise InputError(
                f"{path}: expected one column {name!r}, found {' and '.join(twice)}. Rename or "
                "remove one."
            )
    pairs = zip(stripped, found, strict=True)
    return found, [f"column {shown(old)} as {new}" for old, new in pairs if old != new]


def resolve_label(
    cells: pd.DataFrame, emotions: Iterable[str], path: Path
) -> tuple[pd.DataFrame, list[str]]:
    """The table with its column ``label``, if it has no class and no emotion, named as one of them.

    It holds emotions if all of its labels are emotions that are known, and classes if none is.

    Args:
        cells: as ``table_file.read_cells`` returns them.
        emotions: those that are known, in lower case, by their own or common names.
        path: of the table, for messages.

    Returns:
        The table, and what was recognised, in words.

    Raises:
        InputError: some of the labels are known emotions, and some are not.
    """
    if LABEL not in cells or "class" in cells or "emotion" in cells:
        return cells, []
    labels = {simplified(label) for label in cells[LABEL].dropna()} - {""}
    emotions = set(emotions)
    known = {label for label in labels if {label, common_name(label)} & emotions}
    if known and known != labels:
        raise InputError(
            f"{path}: expected emotions or classes in column {LABEL!r}, found what may be either: "
            f"{shown(min(known))} is a known emotion, {shown(min(labels - known))} is not. Rename "
            "the column to emotion or class."
        )
    name = "emotion" if known else "class"
    return cells.rename(columns={LABEL: name}), [f"column {LABEL} as {name}"]
