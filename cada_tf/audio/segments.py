"""Segments of a recording, read one by one, so that a long one is never in memory whole."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from cada_tf.audio.decoding import check_length, check_rate, open_audio
from cada_tf.audio.sound import Sound
from cada_tf.errors import InputError

Samples = tuple[np.ndarray, int]
"""Samples ``[channels, samples]``, float32, and their rate in Hz."""


@dataclasses.dataclass(frozen=True)
class Segment:
    """Part of a recording.

    Args:
        start, end: in seconds; both None if the recording cannot be opened, ``end`` if it
            cannot be read from ``start`` on.
        sound: its samples, or the reason why there are none.
    """

    start: float | None
    end: float | None
    sound: Samples | Exception


def read_segments(file: str, seconds: float) -> Iterator[Segment]:
    """The segments [0, s), [s, 2s) … of a recording.

    A last one shorter than half of s is joined to the one before. The part that cannot be read
    is a segment, too, the last.

    Args:
        file: the recording.
        seconds: s.
    """
    start = None
    try:
        with open_audio(file) as sound:
            check_rate(file, sound.rate)
            size, start = round(seconds * sound.rate), 0.0
            check_length(file, seconds, size * sound.channels)
            for segment in split(sound, size):
                yield segment
                start = segment.end
    except Exception as error:  # as of a file that vanishes meanwhile
        yield Segment(start, None, error)


def split(sound: Sound, size: int) -> Iterator[Segment]:
    """The segments of a recording, of ``size`` samples per channel.

    Raises:
        InputError: it cannot be decoded any further, or is shorter than its header says.
    """
    rate, at, last, ended = sound.rate, 0, sound.decode(size), False
    if not last.size:
        sound.check_whole(0)  # raises before a segment without samples is yielded
    while not ended:
        following = read_on(sound, size)
        failed = isinstance(following, Exception)
        ended = failed or 2 * following.shape[1] < size
        if ended and not failed:
            last = np.concatenate([last, following], 1)
        end = at + last.shape[1]
        yield Segment(at / rate, end / rate, (last, rate))
        at, last = end, following
    if failed:
        raise following
    sound.check_whole(at)


def read_on(sound: Sound, size: int) -> np.ndarray | InputError:
    """The next samples, or the error of reading them, so that those before are not lost."""
    try:
        return sound.decode(size)
    except InputError as error:
        return error
