"""The folders that programs write to: outputs, checked before the work, and the cache."""

import functools
import logging
import os
import tempfile
from pathlib import Path

import platformdirs

from cada_tf.errors import InputError

ENVIRONMENT = "CADA_CACHE"

log = logging.getLogger("cada_tf")


def cache_directory(path: str | os.PathLike | None = None) -> Path:
    """The folder for what can be made again: ``path``, ``$CADA_CACHE`` or the user's cache.

    Where it cannot be made, a warning says so, and it is one that ends with the process.

    Raises:
        InputError: it is a file.
    """
    chosen = path or os.environ.get(ENVIRONMENT) or platformdirs.user_cache_dir("cada_tf")
    folder = Path(chosen).expanduser()
    if folder.exists() and not folder.is_dir():
        raise InputError(
            f"expected a folder at {folder}, found a file. Choose another.", option="cache_dir"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return temporary_cache(folder, error)
    return folder


def cache_folder(path: str | os.PathLike | None, *parts: str) -> Path:
    """A folder that can be written below ``cache_directory(path)``.

    Where that cannot be written, likewise.

    Raises:
        InputError: as ``cache_directory``.
    """
    folder = cache_directory(path).joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try_to_write(folder)
    except OSError as error:
        folder = temporary_cache(folder, error).joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def temporary_cache(folder: Path, error: OSError) -> Path:
    """A cache instead of one that cannot be written; it is deleted when the process ends."""
    if not _temporary_folder.cache_info().currsize:  # said once
        log.warning(
            "%s: expected a cache that can be written, found: %s. What is made is not kept.",
            *(error.filename or folder, error.strerror),
        )
    return Path(_temporary_folder().name)


@functools.cache
def _temporary_folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="cada_tf-")


def try_to_write(folder: Path) -> None:
    """Writes to a folder for a moment; raises ``OSError`` if that is not possible.

    Permissions alone do not say, of a file system that is full, or read-only to the superuser.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"0")


def check_output(path: str | os.PathLike, option: str = "output") -> Path:
    """The path of a file to be written, checked before the work that it is to hold.

    Raises:
        InputError: its folder is missing or cannot be written, or no file can take its place.
    """
    path, real = Path(path), Path(os.path.realpath(path))
    if not real.parent.is_dir():
        raise InputError(f"expected a folder at {path.parent}, found none. Make it.", option=option)
    if real.exists() and not real.is_file():
        raise InputError(
            f"expected a file, found a folder or a device at {path}. Choose another.",
            option=option,
        )
    _require_writable(real.parent, path.parent, option)
    return path


def check_output_folder(path: str | os.PathLike, option: str = "output_dir") -> Path:
    """The path of a folder to be made and written to, checked likewise; nothing is made.

    Raises:
        InputError: it cannot be made or written, or is a file.
    """
    path = Path(path)
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    _require_writable(there, path, option)
    return path


def _require_writable(there: Path, folder: Path, option: str) -> None:
    try:
        try_to_write(there)
    except OSError as error:
        raise unwritable(folder, error, option) from error


def unwritable(folder: Path, error: OSError, option: str) -> InputError:
    """The error for a folder, which an option names, that cannot be written."""
    return InputError(
        f"expected a folder that can be written at {folder}, found: {error.strerror}. "
        "Choose another.",
        option=option,
    )


def make_folder(path: str | os.PathLike, option: str) -> Path:
    """Makes a folder, if need be, that an option names.

    Raises:
        InputError: it cannot be made, or is a file.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error, option) from error
    return folder
