"""The paths of the recordings that a table names."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger("cada_tf")


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
