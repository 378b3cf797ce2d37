"""Files that are whole or not there, and the cache of features made of them."""

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
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


class FeatureCache:
    """Feature vectors on disk, one small file each, found by the digest of their recording.

    An entry is the vector (float32, little-endian) followed by a SHA-256 of the
    entry's own name and the vector. What is torn, changed or moved from another name
    or another cache fails that check and counts as absent. Entries appear whole
    (``os.replace``), so that processes may share a cache and be killed at any moment.

    Args:
        folder: the cache directory.
        kind: what the vectors are: feature set, its version and settings.
        length: number of values in a vector.
    """

    def __init__(self, folder: str | os.PathLike, kind: str, length: int) -> None:
        self.folder = os.path.join(folder, "features", kind)
        self.kind = kind
        self.length = length

    def get(self, digest: str) -> np.ndarray | None:
        """The vector ``[length]``, float32, of a recording; None if there is no sound entry."""
        try:
            with open(self.path(digest), "rb") as file:
                entry = file.read()
        except OSError:
            return None
        payload, check = entry[: 4 * self.length], entry[4 * self.length :]
        if check != self.check(digest, payload):
            return None
        return np.frombuffer(payload, "<f4").astype(np.float32)

    def put(self, digest: str, vector: np.ndarray) -> None:
        """Keeps the vector ``[length]`` of a recording, in place of any earlier entry."""
        payload = np.asarray(vector, "<f4").tobytes()
        path = self.path(digest)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_atomically(path, payload + self.check(digest, payload))

    def path(self, digest: str) -> str:
        return os.path.join(self.folder, digest[:2], digest)

    def check(self, digest: str, payload: bytes) -> bytes:
        return hashlib.sha256(f"{self.kind}/{digest}/".encode() + payload).digest()
