"""Atomic writing of files and folders."""

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

DAY = 24 * 60 * 60
"""In seconds: the age from which on a temporary file is that of a process that was killed."""
TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{8}\.tmp", re.DOTALL)


def write_atomically(path: str | os.PathLike, data: bytes | str, *, durable: bool = True) -> None:
    """Writes a file so that a reader, or a crash, sees the old content or the new, never part.

    Args:
        path: of the file.
        data: its content; a str is encoded in UTF-8.
        durable: waits for the disk. Without, the machine's own crash, though no other, may
            leave part of the content. It also removes what processes that were killed a day ago
            have left of the file; a cache of many files is swept once for all.
    """
    path = Path(path)
    if durable:
        sweep(path.parent, DAY, path.name)
    data = data.encode() if isinstance(data, str) else data
    # Unlike tempfile's, it has the permissions of the user's other files, and so needs no look
    # at the umask, which is the process's and must not be set in threads.
    temporary = temporary_beside(path)
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):  # such as of a file system that is read-only by now
            temporary.unlink()
        if isinstance(error, OSError) and error.errno:
            error.filename = str(path)  # the user's, rather than the temporary's or none
        raise


@contextlib.contextmanager
def replace_atomically(path: Path) -> Iterator[Path]:
    """Yields a path for a new file or folder, which replaces ``path`` at the end of the block.

    If the block raises, ``path`` stays as it is. A folder can only replace what is not there.
    """
    try:
        with temporary_folder(path) as folder:
            new = folder / path.name
            yield new
            fsync_folder(new) if new.is_dir() else fsync_file(new)
            os.replace(new, path)
    except OSError as error:
        if error.errno and f".{path.name}." in str(error.filename or f".{path.name}."):
            error.filename = str(path)  # the user's, rather than the temporary's or none
        raise


@contextlib.contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """Yields a new folder beside ``path``, for what is to replace it; removed in the end.

    Those that processes which were killed a day ago have left there are removed, too.
    """
    sweep(path.parent, DAY, path.name)
    folder = temporary_beside(path)
    folder.mkdir(0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def temporary_beside(path: Path) -> Path:
    """A path for what is to replace ``path``, of the form that ``sweep`` knows."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")


def sweep(folder: str | os.PathLike, older_than: float = 0, name: str | None = None) -> None:
    """Removes the temporary files and folders that killed processes have left in a folder.

    Args:
        folder: where they are; it need not be there. Those in folders below stay.
        older_than: age in seconds from which on they are removed; others may be in use. 0 for
            all, where nobody else writes.
        name: of the file or folder that they were to replace; None for any.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            replaced = TEMPORARY.fullmatch(entry.name)
            if replaced and name in (None, replaced[1]):
                _remove(Path(entry.path), older_than)


def _remove(path: Path, older_than: float) -> None:
    """Removes a file or a folder unless it, or what is in it, has changed of late."""
    with contextlib.suppress(OSError):  # one more remnant is no reason to end
        is_folder = path.is_dir() and not path.is_symlink()
        paths = [path, *path.rglob("*")] if is_folder else [path]
        changed = max(each.lstat().st_mtime for each in paths)
        if older_than and time.time() - changed < older_than:
            return
        if is_folder:
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_file():
            path.unlink()


def fsync_folder(folder: Path) -> None:
    """Writes a new folder to the disk, with the permissions of the user's other folders."""
    for path in (folder, *folder.rglob("*")):
        if path.is_file():
            fsync_file(path)
        else:
            path.chmod(0o777 & ~current_umask())


def fsync_file(path: str | os.PathLike) -> None:
    """Writes a new file to the disk, with the permissions of the user's other files."""
    os.chmod(path, 0o666 & ~current_umask())
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def current_umask() -> int:
    """The process's umask, which can only be read by setting it."""
    umask = os.umask(0)
    os.umask(umask)
    return umask


def open_regular(path: str | os.PathLike) -> BinaryIO:
    """Opens a file to read its bytes.

    Raises:
        OSError: there is none, or a directory, a FIFO or a device, for which it never waits.
    """
    return open(path, "rb", opener=_open_without_waiting)


def _open_without_waiting(path: str | os.PathLike, flags: int) -> int:
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # absent on Windows
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a file with bytes of its own", os.fspath(path))
