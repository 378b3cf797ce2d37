"""Opening and decoding of recordings; whatever is wrong with one is reported in one line."""

import os
import stat

import numpy as np

from cada_tf.audio.ffmpeg import FFmpegSound
from cada_tf.audio.formats import MAGIC_BYTES, MAGIC_LENGTH, demuxer_of
from cada_tf.audio.problems import REMEDY, unreadable
from cada_tf.audio.sound import LibsndfileSound, Sound
from cada_tf.errors import InputError

MAX_DURATION = 1800
"""Seconds. openSMILE takes half a megabyte of memory for each, and far longer than any utterance,
functionals mean nothing."""
MIN_RATE, MAX_RATE = 1000, 768_000
"""Hz. Beyond them a header is broken, and openSMILE may take the whole process with it."""
MAX_SAMPLES = 1 << 28
"""In all channels of a recording: a gigabyte. Small files may claim, or unfold to, far more."""
MAX_AMPLITUDE = 8
"""The largest sample, where full scale is 1. Decoders and hot mixes reach a few times that; numbers
of 16 bits that were saved as floats pass 8 in all that is louder than 72 dB below full scale."""


def check_rate(name: str, rate: int) -> None:
    """Refuses a sampling rate, in Hz, that only a broken header has."""
    if rate < MIN_RATE:
        bound = f"{MIN_RATE} Hz or more"
    elif rate > MAX_RATE:
        bound = f"{MAX_RATE} Hz or less"
    else:
        return
    raise InputError(f"{name}: expected a sampling rate of {bound}, found {rate} Hz. {REMEDY}")


def check_samples(name: str, signal: np.ndarray) -> None:
    """Refuses samples ``[channels, samples]`` that are no sound, or of another type."""
    peak = np.abs(signal).max()
    if not np.isfinite(peak):
        raise InputError(f"{name}: expected audio, found samples that are not numbers. {REMEDY}")
    if peak > MAX_AMPLITUDE:
        raise InputError(
            f"{name}: expected samples in [-1, 1], found {peak:.6g}, as if integers were saved as "
            f"floats. {REMEDY}"
        )
    if np.ptp(signal.mean(0)) == 0:
        raise InputError(f"{name}: expected speech, found digital silence. {REMEDY}")


def read_audio(file: str) -> tuple[np.ndarray, int]:
    """Samples ``[channels, samples]``, float32 in [-1, 1], and the sampling rate in Hz.

    Raises:
        InputError: not audio, empty, too long, or shorter than its header promises.
    """
    with open_audio(file) as sound:
        samples = decode_blocks(sound)
        sound.check_whole(samples.shape[1])
        return samples, sound.rate


def decode_blocks(sound: Sound, size: int | None = None) -> np.ndarray:
    """The next ``size`` samples ``[channels, samples]``, float32, or all; fewer at the end.

    Not all at once: a header may promise more than there is memory.

    Raises:
        InputError: they cannot be decoded, or are too many.
    """
    most, blocks, length = MAX_SAMPLES // 32 // sound.channels, [], 0
    while True:
        step = most if size is None else min(most, size - length)
        blocks.append(sound.decode(step))
        length += blocks[-1].shape[1]
        check_length(sound.file, length / sound.rate, length * sound.channels)
        if blocks[-1].shape[1] < step or length == size:
            return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, 1)


def open_audio(file: str) -> Sound:
    """A recording that is open for reading; the caller closes it.

    Raises:
        InputError: it cannot be opened, or is not audio.
    """
    start = first_bytes(file)
    if not start:
        raise InputError(f"{file}: expected audio, found an empty file. {REMEDY}")
    if demuxer := demuxer_of(start):
        return FFmpegSound(file, demuxer)
    if not start.startswith(MAGIC_BYTES):
        raise InputError(f"{file}: expected audio, found a file of another kind. {REMEDY}")
    return LibsndfileSound(file, start)


def first_bytes(file: str) -> bytes:
    """The first 12 bytes of a file; fewer if it has no more."""
    try:
        mode = os.stat(file).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # to open a pipe may take forever
            raise InputError(f"{file}: expected a file, found a pipe or a device. {REMEDY}")
        with open(file, "rb") as stream:
            return stream.read(MAGIC_LENGTH)
    except OSError as error:
        raise unreadable(file, error) from error


def check_length(name: str, duration: float, samples: float) -> None:
    """Refuses audio with too many seconds, or too many samples in all channels, at once."""
    if duration > MAX_DURATION or samples > MAX_SAMPLES:
        raise InputError(
            f"{name}: expected at most {MAX_DURATION // 60} min of audio and {MAX_SAMPLES} samples "
            f"at once, found more. Cut it into pieces. {REMEDY}"
        )
