"""The 62 GeMAPS functionals of each utterance, by openSMILE (Section 4.2, [15])."""

import hashlib
import logging
import os
from collections.abc import Callable, Iterable

import joblib
import numpy as np
import pandas as pd
import tqdm

from cada_tf.audio.decoding import (
    REMEDY,
    check_length,
    check_rate,
    check_samples,
    read_audio,
    unreadable,
)
from cada_tf.audio.feature_cache import FeatureCache
from cada_tf.audio.opensmile import (
    FEATURE_NAMES,
    FEATURE_SET,
    VERSION,
    Smile,
    functionals,
    make_smile,
)
from cada_tf.errors import InputError
from cada_tf.storage import cache_directory

SAMPLING_RATE = 16_000
"""Hz. The recordings of both of the paper's corpora have this rate."""
SHORTEST = 0.06
"""Seconds. openSMILE has no value for any functional of less."""
NAMED = 10
"""Unusable recordings that are named before the program ends."""

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
