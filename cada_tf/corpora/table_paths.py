"""The paths of the recordings that a table names."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from cada_tf.corpora.table_file import texts
from cada_tf.errors import InputError

log = logging.getLogger("cada_tf")


def file_cells(cells: pd.DataFrame, path: Path) -> list[str]:
    """The column ``file`` of a table, as it is.

    Args:
        cells: as ``table_file.read_cells`` returns them.
        path: of the table, for messages.

    Raises:
        InputError: a cell is empty.
    """
    files = texts(cells["file"])
    if "" in files:
        raise InputError(
            f"{path}, {cells.index.name} {cells.index[files.index('')]}, column file: expected "
            f"a path, found none ({files.count('')} such rows). Fill it in or remove the row."
        )
    return files


def names_beside(table: Path, names: Iterable[str]) -> list[str]:
    r"""Names of files relative to a table's folder, with the separators of this system.

    A name with Windows' separators, ``audio\a.wav``, becomes one with ours where nothing has the
    name as it is and a file has the other; how many do is logged.

    Args:
        table: the table's path.
        names: as its cells have them.
    """
    names = list(names)
    ours = [with_our_separators(table.parent, name) for name in names]
    changed = sum(old != new for old, new in zip(names, ours, strict=True))
    if changed:
        log.info(r"%s: paths read with / instead of \ between folders: %d", table, changed)
    return ours


def with_our_separators(folder: Path, name: str) -> str:
    """The name of a file in ``folder``, converted if only so it is there."""
    if "\\" not in name or os.sep == "\\" or os.path.lexists(os.path.join(folder, name)):
        return name
    converted = name.replace("\\", "/")
    return converted if os.path.isfile(os.path.join(folder, converted)) else name


def names_from(folder: Path, files: Iterable[str]) -> list[str]:
    """The paths of files from a folder; whole ones of those that are best found so."""
    paths = [path_from(folder, file) for file in files]
    if whole := [path for path in paths if os.path.isabs(path)]:
        log.info(
            "%d of %d files have no folder in common with %s and keep their whole paths, such as "
            "%s: do not move them",
            *(len(whole), len(paths), folder, whole[0]),
        )
    return paths


def path_from(folder: Path, file: str) -> str:
    """The path of a file from a folder, or its whole path if they have only the root in common."""
    start, end = os.path.abspath(folder), os.path.abspath(file)
    if not Path(end).is_relative_to(start):
        # Up from a folder that is a link leads elsewhere than its name says.
        start, parent = os.path.realpath(folder), os.path.realpath(os.path.dirname(end))
        end = os.path.join(parent, os.path.basename(end))
    try:
        common = os.path.commonpath([start, end])
    except ValueError:  # on Windows, of two drives
        return end
    return end if os.path.dirname(common) == common else os.path.relpath(end, start)
