"""The 62 GeMAPS functionals of each utterance, by openSMILE (Section 4.2, [15])."""

import hashlib
import logging
import os
import stat
import struct
from collections.abc import Callable, Iterable

import joblib
import numpy as np
import pandas as pd
import soundfile
import tqdm

from cada_tf.cache import FeatureCache, cache_directory
from cada_tf.errors import InputError
from cada_tf.smile import FEATURE_NAMES, FEATURE_SET, VERSION, Smile, functionals, make_smile

SAMPLING_RATE = 16_000
"""Hz. The recordings of both of the paper's corpora have this rate."""
SHORTEST = 0.06
"""Seconds. openSMILE has no value for any functional of less."""
LONGEST = 1800
"""Seconds. openSMILE takes half a megabyte of memory for each, and far longer than any utterance,
functionals mean nothing."""
LOWEST_RATE, HIGHEST_RATE = 1000, 768_000
"""Hz. Beyond them a header is broken, and openSMILE may take the whole process with it."""
MOST_SAMPLES = 1 << 28
"""In all channels of a recording: a gigabyte. Small files may claim, or unfold to, far more."""
LOUDEST = 8
"""The largest sample, where full scale is 1. Decoders and hot mixes reach a few times that; numbers
of 16 bits that were saved as floats pass 8 in all that is louder than 72 dB below full scale."""
TOLERATED = 8
"""Bytes that a WAV file may lack; some programs count the padding of its chunks wrongly."""
BEGINNINGS = (b"RIFF", b"RIFX", b"RF64", b"riff", b"NIST", b"FORM", b".snd", b"fLaC", b"OggS")
BEGINNINGS += (b"ID3", b"\xff")
"""Of audio files. Given others, the MP3 decoder writes notes of its own to the standard error."""
NO_FILE = 7
"""libsndfile's number of the error that it takes a file without any frame of MP3 for."""
NAMED = 10
"""Unusable recordings that are named before the program ends."""
REMEDY = "Replace the file, or leave it out with --skip_bad_files."

log = logging.getLogger("cada_tf")

Result = tuple[str, np.ndarray | None] | InputError
"""Digest and functionals (None if not known yet) of a recording, or why it cannot be used."""


def has_features(corpus: pd.DataFrame) -> bool:
    """Whether the corpus already carries all functionals."""
    return set(FEATURE_NAMES) <= set(corpus.columns)


def add_features(
    corpus: pd.DataFrame,
    *,
    sampling_rate: int = SAMPLING_RATE,
    cache_dir: str | os.PathLike | None = None,
    jobs: int | None = None,
    skip_bad_files: bool = False,
) -> pd.DataFrame:
    """The corpus with its functionals, measured where it does not bring them.

    Args:
        corpus: a table indexed by ``file`` (see ``cada_tf.corpora.corpus``).
        sampling_rate: in Hz; 0 keeps the files' own.
        cache_dir: where measured functionals are kept; see ``cache.cache_directory``.
        jobs: threads; None for one a core.
        skip_bad_files: leave unusable recordings out, each named in the log, rather
            than raise.

    Returns:
        The corpus with the columns ``FEATURE_NAMES``, float32.

    Raises:
        InputError: a recording is unreadable, truncated, shorter than 60 ms or longer than
            half an hour, digital silence, of an absurd sampling rate or loudness, or the same
            as another one.
    """
    if has_features(corpus):
        return corpus
    name = corpus.attrs["name"]
    cache = open_cache(sampling_rate, cache_dir)
    smile = make_smile(sampling_rate or None)

    # Reading and hashing is bound by memory: threads would only slow it.
    files = tqdm.tqdm(corpus.index, f"{name}: cache", disable=None, leave=False)
    results = [look_up(file, cache) for file in files]
    mark_duplicates(corpus.index, results)
    unknown = [i for i, result in enumerate(results) if lacks_vector(result)]
    items = [(corpus.index[i], results[i][0]) for i in unknown]
    measured = in_threads(lambda item: measure(*item, smile, cache), items, jobs, name)
    for i, result in zip(unknown, measured, strict=True):
        results[i] = result
    bad = [result for result in results if isinstance(result, InputError)]
    report(name, bad, len(corpus), skip_bad_files)
    return join(corpus, results)


def open_cache(sampling_rate: int, cache_dir: str | os.PathLike | None = None) -> FeatureCache:
    """The cache of functionals that are measured at a sampling rate (see ``add_features``)."""
    kind = f"{FEATURE_SET.name}-{VERSION}-{sampling_rate or 'own'}"
    return FeatureCache(cache_directory(cache_dir), kind, len(FEATURE_NAMES))


def join(corpus: pd.DataFrame, results: list[Result]) -> pd.DataFrame:
    """The utterances that could be measured, with their functionals."""
    good = [i for i, result in enumerate(results) if not isinstance(result, InputError)]
    kept = corpus.iloc[good]
    vectors = np.stack([results[i][1] for i in good])
    columns = pd.DataFrame(vectors, index=kept.index, columns=list(FEATURE_NAMES))
    extended = pd.concat([kept, columns], axis=1)
    extended.attrs = dict(corpus.attrs)
    return extended


def look_up(file: str, cache: FeatureCache) -> Result:
    """Digest of a recording, and its functionals if they are known."""
    try:
        digest = digest_of(file)
    except InputError as error:
        return error
    return digest, cache.get(digest)


def measure(file: str, digest: str, smile: Smile, cache: FeatureCache) -> Result:
    """Measures a recording, and keeps the functionals at once."""
    try:
        vector = measure_file(file, smile)
    except InputError as error:
        return error
    cache.put(digest, vector)
    return digest, vector


def lacks_vector(result: Result) -> bool:
    """Whether the recording is usable so far, and yet to be measured."""
    return not isinstance(result, InputError) and result[1] is None


def in_threads(function: Callable, items: list, jobs: int | None, name: str) -> list:
    """``function`` of each item, in order, with a progress bar when a person looks on."""
    # openSMILE releases Python's lock, so threads scale and start at once.
    if not items:
        return []
    parallel = joblib.Parallel(n_jobs=jobs or -1, prefer="threads", return_as="generator")
    calls = parallel(joblib.delayed(function)(item) for item in items)
    return list(tqdm.tqdm(calls, f"{name}: features", total=len(items), disable=None, leave=False))


def digest_of(file: str) -> str:
    """SHA-256 of the file's bytes, in hexadecimal."""
    try:
        with open(file, "rb") as stream:
            return hashlib.sha256(stream.read()).hexdigest()
    except OSError as error:
        raise unreadable(file, error) from error


def measure_file(file: str, smile: Smile) -> np.ndarray:
    """The functionals ``[62]``, float32, of one recording.

    Raises:
        InputError: the recording is unusable; the message says why.
    """
    return measure_signal(file, *read_audio(file), smile)


def measure_signal(name: str, signal: np.ndarray, rate: int, smile: Smile) -> np.ndarray:
    """The functionals ``[62]``, float32, of a recording or of a piece of one.

    Args:
        name: for messages.
        signal: samples ``[channels, samples]``, float32 in [-1, 1].
        rate: sampling rate in Hz.
        smile: see ``make_smile``.

    Raises:
        InputError: it is unusable; the message says why.
    """
    check_rate(name, rate)
    duration = signal.shape[1] / rate
    check_length(name, duration, duration * (smile.process.sampling_rate or rate))
    if duration < SHORTEST:
        raise InputError(
            f"{name}: expected at least {1000 * SHORTEST:.0f} ms of audio, "
            f"found {1000 * duration:.0f} ms. {REMEDY}"
        )
    check_samples(name, signal)
    vector = functionals(smile, signal, rate)
    broken = np.flatnonzero(~np.isfinite(vector))
    if len(broken):
        raise InputError(
            f"{name}: expected finite functionals, found {vector[broken[0]]} for "
            f"{FEATURE_NAMES[broken[0]]} ({len(broken)} of {len(vector)}). {REMEDY}"
        )
    return vector


def check_rate(name: str, rate: int) -> None:
    """Refuses a sampling rate, in Hz, that only a broken header has."""
    if rate < LOWEST_RATE:
        bound = f"{LOWEST_RATE} Hz or more"
    elif rate > HIGHEST_RATE:
        bound = f"{HIGHEST_RATE} Hz or less"
    else:
        return
    raise InputError(f"{name}: expected a sampling rate of {bound}, found {rate} Hz. {REMEDY}")


def check_samples(name: str, signal: np.ndarray) -> None:
    """Refuses samples ``[channels, samples]`` that are no sound, or of another type."""
    peak = np.abs(signal).max()
    if not np.isfinite(peak):
        raise InputError(f"{name}: expected audio, found samples that are not numbers. {REMEDY}")
    if peak > LOUDEST:
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
        step, blocks, length = MOST_SAMPLES // 32 // sound.channels, [], 0
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
    if not header.startswith(BEGINNINGS):
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


def decode(sound: soundfile.SoundFile, most: int) -> np.ndarray:
    """The next samples ``[channels, samples]``, float32, at most so many; fewer at the end."""
    try:
        return sound.read(most, dtype="float32", always_2d=True).T
    except Exception as error:  # each decoder has exceptions of its own
        raise undecodable(os.fsdecode(sound.name), error) from error


def check_length(name: str, duration: float, samples: float) -> None:
    """Refuses audio of so many seconds, and samples in all channels, that is too long at once."""
    if duration > LONGEST or samples > MOST_SAMPLES:
        raise InputError(
            f"{name}: expected at most {LONGEST // 60} min of audio and {MOST_SAMPLES} samples at "
            f"once, found more. Cut it into pieces. {REMEDY}"
        )


def check_whole(sound: soundfile.SoundFile, length: int) -> None:
    """Refuses a recording of ``length`` samples a channel if its header promises more."""
    file = os.fsdecode(sound.name)
    # A compressed file's length may be an estimate; a WAV file's header is compared by byte.
    missing = missing_bytes(first_bytes(file), os.stat(file).st_size)
    if missing > TOLERATED or length < 0.9 * sound.frames:
        raise InputError(
            f"{file}: expected as much audio as its header says, found it truncated. {REMEDY}"
        )


def unreadable(file: str, error: OSError) -> InputError:
    """That the file system does not let a recording be read."""
    return InputError(
        f"{file}: expected a readable recording, found: {error.strerror or error}. {REMEDY}"
    )


def undecodable(file: str, error: Exception) -> InputError:
    """That a decoder makes no audio of a file."""
    text = getattr(error, "error_string", str(error))  # libsndfile's, without the file's name
    if getattr(error, "code", None) == NO_FILE:  # but the file is there, and begins as MP3 does
        text = "No MP3 in it."
    reason = text.splitlines()[0] if text else type(error).__name__
    return InputError(f"{file}: expected audio, could not decode it: {reason} {REMEDY}")


def reason_of(error: InputError, name: str) -> str:
    """What is wrong with the recording ``name``, without its name and what to do."""
    return str(error).removeprefix(f"{name}: ").removesuffix(f" {REMEDY}")


def missing_bytes(header: bytes, found: int) -> int:
    """How many bytes a WAV file lacks of what its header says; decoders pass over it.

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


def mark_duplicates(files: Iterable[str], results: list[Result]) -> None:
    """Puts an ``InputError`` in the place of each recording that an earlier one equals."""
    first: dict[str, str] = {}
    for position, (file, result) in enumerate(zip(files, results, strict=True)):
        if isinstance(result, InputError):
            continue
        original = first.setdefault(result[0], file)
        if original != file:
            results[position] = InputError(
                f"{file}: expected each recording once, found the same audio as {original}. "
                "Remove one, or leave it out with --skip_bad_files."
            )


def report(name: str, bad: list[InputError], total: int, skip: bool) -> None:
    """Raises for unusable recordings, or names each in the log if they may be skipped."""
    if not bad:
        return
    if len(bad) > 1 or skip:
        for error in bad if skip else bad[:NAMED]:
            log.warning("%s", error)
    if len(bad) == total:
        raise InputError(f"{name}: none of the {total} recordings can be used. First: {bad[0]}")
    if not skip:
        more = f" ({len(bad)} of {total} recordings of {name} cannot be used.)"
        raise InputError(f"{bad[0]}{more if len(bad) > 1 else ''}")
    log.warning("%s: left out %d of %d recordings", name, len(bad), total)
