"""Utterances by name: a recording, or a segment of one as a media fragment.

``a.wav#t=1.5,3.25`` is what is between 1.5 and 3.25 s of ``a.wav``, and ``a.wav#t=1.5,`` all from
there on, as in the W3C's Media Fragments. So a corpus of segments is indexed by strings, like any.
"""

import functools
import hashlib
import os
import re

from cada_tf.audio.decoding import read_audio
from cada_tf.audio.problems import unreadable
from cada_tf.audio.segments import Samples, read_segment

FRAGMENT = re.compile(r"(?P<file>.+)#t=(?P<start>\d+(?:\.\d+)?),(?P<end>\d+(?:\.\d+)?)?", re.DOTALL)


def segment_name(file: str, start: float, end: float | None) -> str:
    """The name of a segment; times in seconds, ``end`` None for the recording's end.

    Example:
        >>> segment_name("a.wav", 0.5, 61.25), segment_name("a.wav", 0, None)
        ('a.wav#t=0.5,61.25', 'a.wav#t=0,')
    """
    first, last = ("" if time is None else f"{time:.9f}" for time in (start, end))
    return f"{file}#t={first.rstrip('0').rstrip('.')},{last.rstrip('0').rstrip('.')}"


def split_name(name: str) -> tuple[str, float | None, float | None]:
    """The recording, start and end of an utterance; no start of a whole recording.

    Example:
        >>> split_name("a.wav#t=0.5,61.25"), split_name("a.wav")
        (('a.wav', 0.5, 61.25), ('a.wav', None, None))
    """
    match = FRAGMENT.fullmatch(name)
    if match is None or os.path.exists(name):  # a file may have any name
        return name, None, None
    return match["file"], float(match["start"]), float(match["end"]) if match["end"] else None


def read_utterance(name: str) -> Samples:
    """Samples ``[channels, samples]``, float32 in [-1, 1], and the sampling rate in Hz.

    Raises:
        InputError: the recording cannot be read, or the segment is not inside of it.
    """
    file, start, end = split_name(name)
    return read_audio(file) if start is None else read_segment(file, start, end)


def digest_of(name: str) -> str:
    """SHA-256 of the recording's bytes, and of the times of a segment of it; hexadecimal.

    Raises:
        InputError: the recording cannot be read.
    """
    file, start, end = split_name(name)
    try:
        state = os.stat(file)
        digest = file_digest(file, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise unreadable(file, error) from error
    if start is None:
        return digest
    return hashlib.sha256(f"{digest}#t={start},{end}".encode()).hexdigest()


@functools.lru_cache(maxsize=1)  # the segments of a recording follow one another
def file_digest(file: str, _modified: int, _size: int) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with open(file, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()
