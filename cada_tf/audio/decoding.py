"""Opening and decoding of recordings; whatever is wrong with one is reported in one line."""

import os
import stat
import struct

import numpy as np
import soundfile

from cada_tf.errors import InputError
from cada_tf.text import printable

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
MAX_MISSING_BYTES = 8
"""Bytes that a WAV file may lack; some programs count the padding of its chunks wrongly."""
MAGIC_BYTES = (b"RIFF", b"RIFX", b"RF64", b"riff", b"NIST", b"FORM", b".snd", b"fLaC", b"OggS")
MAGIC_BYTES += (b"ID3", b"\xff")
"""First bytes of audio files. Given others, the MP3 decoder prints messages of its own."""
NO_MP3_FRAME = 7
"""libsndfile's number of the error that it takes a file without any frame of MP3 for."""
OR_LEAVE_OUT = ", or leave it out with `skip_bad_files`."
"""The end of a remedy; of no use to who has chosen so."""
REMEDY = f"Replace the file{OR_LEAVE_OUT}"


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
        # Not all at once: a header may promise more than there is memory.
        step, blocks, length = MAX_SAMPLES // 32 // sound.channels, [], 0
        while not blocks or blocks[-1].shape[1] == step:
            blocks.append(decode(sound, step))
            length += blocks[-1].shape[1]
            check_length(file, length / sound.samplerate, length * sound.channels)
        check_whole(sound, length)
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, 1), sound.samplerate


def open_audio(file: str) -> soundfile.SoundFile:
    """A recording that is open for reading; the caller closes it.

    Raises:
        InputError: it cannot be opened, or is not audio.
    """
    header = first_bytes(file)
    if not header:
        raise InputError(f"{file}: expected audio, found an empty file. {REMEDY}")
    if not header.startswith(MAGIC_BYTES):
        raise InputError(f"{file}: expected audio, found a file of another kind. {REMEDY}")
    try:
        return soundfile.SoundFile(os.fsencode(file))  # of a str it takes those in UTF-8 alone
    except Exception as error:  # each decoder has exceptions of its own
        raise undecodable(file, error) from error


def first_bytes(file: str) -> bytes:
    """The first 12 bytes of a file; fewer if it has no more."""
    try:
        mode = os.stat(file).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # to open a pipe may take forever
            raise InputError(f"{file}: expected a file, found a pipe or a device. {REMEDY}")
        with open(file, "rb") as stream:
            return stream.read(12)
    except OSError as error:
        raise unreadable(file, error) from error


def decode(sound: soundfile.SoundFile, count: int) -> np.ndarray:
    """The next ``count`` samples ``[channels, samples]``, float32; fewer at the end."""
    try:
        return sound.read(count, dtype="float32", always_2d=True).T
    except Exception as error:  # each decoder has exceptions of its own
        raise undecodable(os.fsdecode(sound.name), error) from error


def check_length(name: str, duration: float, samples: float) -> None:
    """Refuses audio with too many seconds, or too many samples in all channels, at once."""
    if duration > MAX_DURATION or samples > MAX_SAMPLES:
        raise InputError(
            f"{name}: expected at most {MAX_DURATION // 60} min of audio and {MAX_SAMPLES} samples "
            f"at once, found more. Cut it into pieces. {REMEDY}"
        )


def check_whole(sound: soundfile.SoundFile, length: int) -> None:
    """Refuses a recording of ``length`` samples per channel if its header promises more."""
    file = os.fsdecode(sound.name)
    # A compressed file's length may be an estimate; a WAV file's header is compared by byte.
    missing = missing_bytes(first_bytes(file), os.stat(file).st_size)
    if missing > MAX_MISSING_BYTES or length < 0.9 * sound.frames:
        raise InputError(
            f"{file}: expected as much audio as its header says, found it truncated. {REMEDY}"
        )


def unreadable(file: str, error: OSError) -> InputError:
    """The error for a recording that the file system does not let be read."""
    return InputError(
        f"{file}: expected a readable recording, found: {error.strerror or error}. {REMEDY}"
    )


def undecodable(file: str, error: Exception) -> InputError:
    """The error for a file that a decoder makes no audio of."""
    text = getattr(error, "error_string", str(error))  # libsndfile's, without the file's name
    if getattr(error, "code", None) == NO_MP3_FRAME:  # of a file that begins as MP3 does
        text = "No MP3 in it."
    reason = text.splitlines()[0] if text else type(error).__name__
    return InputError(f"{file}: expected audio, could not decode it: {reason} {REMEDY}")


def reason_of(error: InputError, name: str) -> str:
    """The problem of the recording ``name`` alone: the message without its name and remedy."""
    return str(error).removeprefix(f"{printable(name)}: ").removesuffix(f" {REMEDY}")


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
