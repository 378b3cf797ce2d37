"""Segments of a recording, read one by one, so that a long one is never in memory whole."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import soundfile

from cada_tf.audio.decoding import (
    MAX_SAMPLES,
    check_length,
    check_rate,
    check_whole,
    decode,
    open_audio,
    read_audio,
)
from cada_tf.errors import InputError

Sound = tuple[np.ndarray, int]
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
    sound: Sound | Exception


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
            check_rate(file, sound.samplerate)
            size, start = round(seconds * sound.samplerate), 0.0
            check_length(file, seconds, size * sound.channels)
            for segment in split(sound, size):
                yield segment
                start = segment.end
    except Exception as error:  # as of a file that vanishes meanwhile
        yield Segment(start, None, error)


def split(sound: soundfile.SoundFile, size: int) -> Iterator[Segment]:
    """The segments of a recording, of ``size`` samples per channel.

    Raises:
        InputError: it cannot be decoded any further, or is shorter than its header says.
    """
    rate, at, last, ended = sound.samplerate, 0, decode(sound, size), False
    if not last.size:
        check_whole(sound, 0)  # raises before a segment without samples is yielded
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
    check_whole(sound, at)


def read_on(sound: soundfile.SoundFile, size: int) -> np.ndarray | InputError:
    """The next samples, or the error of reading them, so that those before are not lost."""
    try:
        return decode(sound, size)
    except InputError as error:
        return error


def read_segment(file: str, start: float, end: float | None) -> Sound:
    """The segment [start, end) of a recording, of which nothing else is read.

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
        rate, first = sound.samplerate, round(start * sound.samplerate)
        check_rate(file, rate)
        size = sound.frames - first if end is None else round(end * rate) - first
        if first >= sound.frames:
            raise outside(file, start, end, sound.frames / rate)
        check_length(file, size / rate, size * sound.channels)
        sound.seek(first)
        samples = decode_blocks(sound, size)
        found = first + samples.shape[1]
        if samples.shape[1] < size - max(1, TOLERANCE * rate):
            check_whole(sound, found)
            raise outside(file, start, end, found / rate)
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


def decode_blocks(sound: soundfile.SoundFile, size: int) -> np.ndarray:
    """The next ``size`` samples ``[channels, samples]``, float32; fewer at the end.

    Not all at once, as a header may promise more than there is memory.
    """
    step, blocks, missing = MAX_SAMPLES // 32 // sound.channels, [], size
    while not blocks or (missing and blocks[-1].shape[1] == step):
        blocks.append(decode(sound, min(step, missing)))
        missing -= blocks[-1].shape[1]
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, 1)
