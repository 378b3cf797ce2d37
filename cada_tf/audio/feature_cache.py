"""The cache of feature vectors, one small file each."""

import contextlib
import hashlib
import logging
import os

import numpy as np

from cada_tf.storage import DAY, open_regular, sweep, write_atomically

log = logging.getLogger("cada_tf")


class FeatureCache:
    """Feature vectors on disk, one small file each, found by the digest of their recording.

    An entry is the vector (float32, little-endian) followed by a SHA-256 of the
    entry's own name and the vector. What is torn, changed or moved from another name
    or another cache fails that check and counts as absent. Entries appear whole
    (``os.replace``), so that processes may share a cache and be killed at any moment. Where
    none can be written, one warning says so.

    Args:
        folder: the cache directory.
        kind: what the vectors are: feature set, its version and settings.
        length: number of values in a vector.
    """

    def __init__(self, folder: str | os.PathLike, kind: str, length: int) -> None:
        self.folder = os.path.join(folder, "features", kind)
        self.kind = kind
        self.length = length
        self.writable = True

    def sweep(self) -> None:
        """Removes what processes that were killed a day ago or earlier have left."""
        with contextlib.suppress(OSError):
            for entry in os.scandir(self.folder):
                sweep(entry.path, DAY)

    def get(self, digest: str) -> np.ndarray | None:
        """The vector ``[length]``, float32, of a recording; None if there is no sound entry."""
        try:
            with open_regular(self.path(digest)) as file:
                entry = file.read(4 * self.length + hashlib.sha256().digest_size + 1)
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
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            # Thousands of entries would wait for the disk; one that is lost is measured again.
            write_atomically(path, payload + self.check(digest, payload), durable=False)
        except OSError as error:
            if self.writable:  # threads may share this: two may warn
                self.writable = False
                log.warning(
                    "%s: expected a cache that can be written, found: %s. What is measured is not "
                    "kept.",
                    *(self.folder, error.strerror),
                )

    def path(self, digest: str) -> str:
        return os.path.join(self.folder, digest[:2], digest)

    def check(self, digest: str, payload: bytes) -> bytes:
        return hashlib.sha256(f"{self.kind}/{digest}/".encode() + payload).digest()
