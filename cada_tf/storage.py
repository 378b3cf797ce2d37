"""Files that are whole or not there, and the folder for what can be made again."""

import os
import tempfile
from pathlib import Path

import platformdirs

from cada_tf.errors import InputError

ENVIRONMENT = "CADA_CACHE"


def cache_directory(path: str | os.PathLike | None = None) -> Path:
    """The folder for what can be made again: ``path``, ``$CADA_CACHE`` or the user's cache.

    Raises:
        InputError: it cannot be made, or is a file.
    """
    chosen = path or os.environ.get(ENVIRONMENT) or platformdirs.user_cache_dir("cada_tf")
    return make_folder(chosen, "cache_dir")


def make_folder(path: str | os.PathLike, flag: str) -> Path:
    """Makes a folder, if need be, that a flag names.

    Raises:
        InputError: it cannot be made, or is a file.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"--{flag}: expected a folder that can be written at {folder}, "
            f"found: {error.strerror}. Choose another."
        ) from error
    return folder


def write_atomically(path: str | os.PathLike, data: bytes | str) -> None:
    """Writes a file so that a reader, or a crash, sees the old content or the new, never part."""
    path = Path(path)
    data = data.encode() if isinstance(data, str) else data
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        sealed(temporary)
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno:
            error.filename = str(path)  # the user's, rather than the temporary's or none
        raise


def sealed(path: str | os.PathLike) -> None:
    """Brings a new file to the disk, with the permissions of any other of the user's."""
    os.chmod(path, 0o666 & ~current_umask())
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def current_umask() -> int:
    """The process's umask, which can only be read by setting it."""
    umask = os.umask(0)
    os.umask(umask)
    return umask
