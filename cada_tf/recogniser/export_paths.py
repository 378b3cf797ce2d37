"""Where an export goes: a file or a new folder, in a folder that exists."""

import os
from collections.abc import Callable
from pathlib import Path

from cada_tf.errors import InputError
from cada_tf.storage import replace_atomically


def resolve(path: str | os.PathLike) -> Path:
    """The path, with ``~`` expanded, if there is a folder to put it in.

    Raises:
        InputError: there is none.
    """
    path = Path(path).expanduser()
    if not path.parent.is_dir():
        raise InputError(
            f"{path}: expected a folder at {path.parent} to write it to, found none. Make it."
        )
    return path


def write_folder(folder: str | os.PathLike, kind: str, write: Callable[[Path], None]) -> Path:
    """Has a new folder written, atomically.

    Args:
        folder: in a folder that exists.
        kind: what it is for, for messages.
        write: what writes it, at the path that it is given.

    Raises:
        InputError: there is something at ``folder`` already, or no folder to put it in.
        OSError: it cannot be written, such as to a full disk.
    """
    folder = resolve(folder)
    if os.path.lexists(folder):
        raise InputError(
            f"{folder}: expected a new folder for {kind}, found one that is there already, "
            "or a file. Remove it, or name another."
        )
    try:
        with replace_atomically(folder) as new:
            write(new)
    except OSError as error:
        error.filename = str(folder)  # the user's, rather than the temporary's or none
        raise
    return folder
