"""Which files of a folder are taken for recordings, and the log line on the others."""

import collections
import logging
import os
from pathlib import PurePath

from cada_tf.audio.formats import AUDIO_SUFFIXES

MAX_NAMED = 3
"""Files that are named of those that are passed over."""

log = logging.getLogger("cada_tf")


def is_recording(path: PurePath) -> bool:
    """Whether a file is taken for a recording, by its path below the folder that was named."""
    return not is_hidden(path) and path.suffix.lower() in AUDIO_SUFFIXES


def is_hidden(path: PurePath) -> bool:
    """Whether a file or a folder above it is hidden."""
    # macOS leaves hidden ``._03a01Fa.wav`` beside each file that it unpacks.
    return any(part.startswith(".") for part in path.parts)


class PassedOver:
    """The files of a folder that are no recordings by their names: counted, and some named.

    Args:
        folder: for the log.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = folder
        self.kinds: collections.Counter[str] = collections.Counter()
        self.first: list[str] = []

    def add(self, path: PurePath) -> None:
        """Counts one, by its path below the folder."""
        kind = "hidden" if is_hidden(path) else path.suffix.lower() or "without suffix"
        self.kinds[kind] += 1
        if len(self.first) < MAX_NAMED:
            self.first.append(str(path))

    def report(self) -> None:
        """Logs them in one line, if there are any."""
        total = self.kinds.total()
        if total:
            log.info(
                "%s: files passed over, no recordings by their names: %d (%s), %s",
                *(self.folder, total),
                ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items())),
                ", ".join(self.first) + ", …" * (total > MAX_NAMED),
            )
