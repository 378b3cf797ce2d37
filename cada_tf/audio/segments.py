"""A recording in pieces, read one by one, so that a long one is never in memory whole."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import soundfile

from cada_tf.audio.decoding import check_length, check_rate, check_whole, decode, open_audio
from cada_tf.errors import InputError

Sound = tuple[np.ndarray, int]
"""Samples ``[channels, samples]``, float32, and their rate in Hz."""


@dataclasses.dataclass(frozen=True)
class Piece:
    """Part of a recording.

    Args:
        start, end: in seconds; None of a recording that cannot be opened, and ``end`` of what
            cannot be read from ``start`` on.
        sound: what is there, or why there is nothing.
    """

    start: float | None
    end: float | None
    sound: Sound | Exception


def pieces(file: str, seconds: float) -> Iterator[Piece]:
    """The pieces [0, s), [s, 2s) … of a recording.

    A last one shorter than half of s is joined to the one before. What cannot be read is a
    piece, too, the last.

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
            for piece in cut(sound, size):
                yield piece
                start = piece.end
    except Exception as error:  # as of a file that vanishes meanwhile
        yield Piece(start, None, error)


def cut(sound: soundfile.SoundFile, size: int) -> Iterator[Piece]:
    """The pieces of a recording, of ``size`` samples a channel.

    Raises:
        InputError: it cannot be decoded any further, or is shorter than its header says.
    """
    rate, at, last, ended = sound.samplerate, 0, decode(sound, size), False
    if not last.size:
        check_whole(sound, 0)  # lest what is cut off at once be told of twice
    while not ended:
        following = read_on(sound, size)
        failed = isinstance(following, Exception)
        ended = failed or 2 * following.shape[1] < size
        if ended and not failed:
            last = np.concatenate([last, following], 1)
        end = at + last.shape[1]
        yield Piece(at / rate, end / rate, (last, rate))
        at, last = end, following
    if failed:
        raise following
    check_whole(sound, at)


def read_on(sound: soundfile.SoundFile, size: int) -> np.ndarray | InputError:
    """The next samples, or why there are none, so that those before are not lost."""
    try:
        return decode(sound, size)
    except InputError as error:
        return error
