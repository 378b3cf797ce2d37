"""A recording that is open for reading: by libsndfile, or by the user's ffmpeg."""

import abc
import os
import struct

import numpy as np
import soundfile

from cada_tf.audio.problems import REMEDY, undecodable
from cada_tf.errors import InputError

MAX_MISSING_BYTES = 8
"""Bytes that a WAV file may lack; some programs count the padding of its chunks wrongly."""

SKIPPED = 1 << 20
"""Samples, in all channels, that are decoded at a time where a recording cannot be sought in."""


class Sound(abc.ABC):
    """A recording that is open for reading; a context manager, which closes it.

    Attributes:
        file: its path.
        rate: the sampling rate in Hz.
        channels: their number.
    """

    file: str
    rate: int
    channels: int

    @abc.abstractmethod
    def decode(self, count: int) -> np.ndarray:
        """The next ``count`` samples ``[channels, samples]``, float32; fewer at the end.

        Raises:
            InputError: they cannot be decoded.
        """

    def skip(self, count: int) -> int:
        """Passes over the next ``count`` samples; returns how many there were."""
        skipped = 0
        while skipped < count:
            found = self.decode(min(count - skipped, SKIPPED // self.channels)).shape[1]
            if not found:
                break
            skipped += found
        return skipped

    @abc.abstractmethod
    def check_whole(self, length: int) -> None:
        """Refuses a recording that ended after ``length`` samples per channel but is longer."""

    @abc.abstractmethod
    def close(self) -> None:
        """Ends the reading."""

    def __enter__(self) -> "Sound":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LibsndfileSound(Sound):
    """A recording that libsndfile decodes.

    Args:
        file: its path.
        start: its first 12 bytes.

    Raises:
        InputError: it cannot be opened, or is not audio.
    """

    def __init__(self, file: str, start: bytes) -> None:
        self.file, self.start = file, start
        try:
            self.sound = soundfile.SoundFile(os.fsencode(file))  # of a str it takes UTF-8 alone
        except Exception as error:  # each decoder has exceptions of its own
            raise undecodable(file, error) from error
        self.rate, self.channels = self.sound.samplerate, self.sound.channels

    def decode(self, count: int) -> np.ndarray:
        try:
            return self.sound.read(count, dtype="float32", always_2d=True).T
        except Exception as error:  # each decoder has exceptions of its own
            raise undecodable(self.file, error) from error

    def skip(self, count: int) -> int:
        try:
            return self.sound.seek(min(count, self.sound.frames))
        except Exception as error:  # each decoder has exceptions of its own
            raise undecodable(self.file, error) from error

    def check_whole(self, length: int) -> None:
        # A compressed file's length may be an estimate; a WAV file's header is compared by byte.
        missing = missing_bytes(self.start, os.stat(self.file).st_size)
        if missing > MAX_MISSING_BYTES or length < 0.9 * self.sound.frames:
            raise InputError(
                f"{self.file}: expected as much audio as its header says, found it truncated. "
                f"{REMEDY}"
            )

    def close(self) -> None:
        self.sound.close()


def missing_bytes(header: bytes, found: int) -> int:
    """How many bytes a WAV file lacks of what its header says; decoders ignore that.

    Args:
        header: the first 12 bytes of a file; of another kind of file nothing is lacking.
        found: bytes in the file.
    """
    if len(header) < 12 or header[:4] != b"RIFF" or header[8:] != b"WAVE":
        return 0
    (size,) = struct.unpack("<I", header[4:8])
    # Programs that write to a pipe do not know the size and leave 0 or nearly 2**32.
    unknown = size == 0 or size >= 2**32 - 2**16
    return 0 if unknown else max(0, size + 8 - found)
