"""Segments of a recording, read one by one, so that a long one is never in memory whole."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from cada_tf.audio.decoding import (
    check_length,
    check_rate,
    decode_blocks,
    open_audio,
    read_audio,
)
from cada_tf.audio.sound import Sound
from cada_tf.errors import InputError

Samples = tuple[np.ndarray, int]
"""Samples ``[channels, samples]``, float32, and their rate in Hz."""
TOLERANCE = 0.01
"""Seconds that a segment may end after its recording: tools round times to hundredths."""


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


def read_segment(file: str, start: float, end: float | None) -> Samples:
    """The segment [start, end) of a recording, after which nothing is read.

    Args:
        file: the recording.
        start: in seconds.
        end: likewise; None for the recording's end.

    Raises:
        InputError: the segment is empty or not inside of the recording, or this cannot be read.
    """
    if start == 0 and end is None:
        return read_audio(file)
    check_times(file, start, end)
    with open_audio(file) as sound:
        rate, first = sound.rate, round(start * sound.rate)
        check_rate(file, rate)
        size = None if end is None else max(1, round(end * rate) - first)
        check_length(file, (size or 0) / rate, (size or 0) * sound.channels)
        at = sound.skip(first)
        samples = decode_blocks(sound, size)
        length = at + samples.shape[1]
        missing = 0 if size is None else size - samples.shape[1]
        if at < first or not samples.size or missing > max(1, TOLERANCE * rate):
            sound.check_whole(length)
            raise outside(file, start, end, length / rate)
    return samples, rate


def check_times(file: str, start: float, end: float | None) -> None:
    """Refuses a segment that no recording has."""
    if start < 0:
        found = f"{start:g} s. Correct it."
        raise InputError(f"{file}: expected a segment's start from 0 s on, found {found}")
    if end is not None and end <= start:
        kind = "an empty one" if end == start else "one that ends before it starts"
        found = f"{kind}, from {start:g} to {end:g} s. Correct it."
        raise InputError(f"{file}: expected a segment of some length, found {found}")


def outside(file: str, start: float, end: float | None, length: float) -> InputError:
    """The error for a segment that is not inside of its recording; times in seconds."""
    until = "its end" if end is None else f"{end:g} s"
    return InputError(
        f"{file}: expected a segment inside of the recording's {length:.3f} s, found one from "
        f"{start:g} s to {until}. Correct it."
    )
