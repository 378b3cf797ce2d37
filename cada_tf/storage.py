"""Atomic writing of files and folders."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path


def write_atomically(path: str | os.PathLike, data: bytes | str, *, durable: bool = True) -> None:
    """Writes a file so that a reader, or a crash, sees the old content or the new, never part.

    Args:
        path: of the file.
        data: its content; a str is encoded in UTF-8.
        durable: waits for the disk. Without, the machine's own crash, though no other, may
            leave part of the content.
    """
    path = Path(path)
    data = data.encode() if isinstance(data, str) else data
    # Unlike tempfile's, it has the permissions of the user's other files, and so needs no look
    # at the umask, which is the process's and must not be set in threads.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
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
    prefix = f".{path.name}."
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=prefix) as folder:
            new = Path(folder) / path.name
            yield new
            fsync_folder(new) if new.is_dir() else fsync_file(new)
            os.replace(new, path)
    except OSError as error:
        if error.errno and prefix in str(error.filename or prefix):
            error.filename = str(path)  # the user's, rather than the temporary's or none
        raise


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
