"""Properties of a corpus's recordings: duration, rate, channels, clipping, and what is wrong."""

import dataclasses
import hashlib
import math
import os

import numpy as np
import pandas as pd

from cada_tf.audio.feature_cache import FeatureCache
from cada_tf.audio.feature_set import DEFAULT_FEATURE_SET, FeatureSet
from cada_tf.audio.features import (
    Result,
    in_threads,
    join,
    lacks_vector,
    look_up,
    make_feature_set,
    mark_duplicates,
    measure,
    open_cache,
)
from cada_tf.audio.problems import reason_of
from cada_tf.audio.utterance import read_utterance
from cada_tf.errors import InputError

FULL_SCALE = 32767 / 32768
"""The largest sample of 16 bits. A loud recording reaches it, too, but only for a moment."""
MIN_CLIPPED_RUN = 3
"""Consecutive samples at full scale from which on they count as clipped."""
DIGITAL_SILENCE = 1.5 / 32768
"""The largest sample of it: a step of 16 bits, which dither leaves. A microphone gives more."""
MIN_SILENCE = 0.01
"""Seconds of digital silence that count; recordings begin and end with a sample of zero by chance.
"""
QUIET = 0.01
"""The largest sample of what is quiet, as a share of the recording's largest: 40 dB below it."""


@dataclasses.dataclass(frozen=True)
class AudioProperties:
    """Properties of one recording; NaN where it cannot be decoded.

    Args:
        duration: in seconds.
        sampling_rate: in Hz.
        channels: their number.
        clipped: share of the samples; see ``clipped_share``.
        silent: whether the mean of the channels never changes.
        digital_silence: seconds of it before and after the rest, together; 0 if it is less than
            ``MIN_SILENCE``.
        quiet: seconds of what is quiet there, digital silence included.
        audio: a digest of the samples and their rate; empty where it cannot be decoded.
    """

    duration: float = math.nan
    sampling_rate: float = math.nan
    channels: float = math.nan
    clipped: float = math.nan
    silent: bool = False
    digital_silence: float = math.nan
    quiet: float = math.nan
    audio: str = ""


def examine_recordings(
    corpus: pd.DataFrame,
    sampling_rate: int,
    cache_dir: str | os.PathLike | None,
    jobs: int | None,
    feature_set: str | FeatureSet = DEFAULT_FEATURE_SET,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Opens all recordings of a corpus.

    Args:
        corpus: a table indexed by ``file`` (see ``cada_tf.corpora.corpus``).
        sampling_rate, cache_dir, jobs, feature_set: as for ``features.add_features``.

    Returns:
        One row per recording: the fields of ``AudioProperties``, ``problem`` and ``detail``.
        And the features of those without a problem.
    """
    features = make_feature_set(feature_set, sampling_rate)
    cache = open_cache(features, cache_dir)
    files, name = list(corpus.index), corpus.attrs["name"]
    examined = in_threads(lambda file: examine(file, features, cache), files, jobs, name)
    results = [result for result, _ in examined]
    problems = [problem_of(*pair, features.min_duration) for pair in examined]
    mark_duplicates(corpus, results)
    table = pd.DataFrame([properties for _, properties in examined], index=corpus.index)
    bad = [isinstance(result, InputError) for result in results]
    table["problem"] = [p or "duplicate" * b for p, b in zip(problems, bad, strict=True)]
    table["detail"] = [
        reason_of(result, file) if b else ""
        for file, result, b in zip(files, results, bad, strict=True)
    ]
    if all(bad):
        return table, pd.DataFrame(columns=list(features.names), dtype=np.float32)
    return table, join(corpus, results, features)[list(features.names)]


def examine(file: str, features: FeatureSet, cache: FeatureCache) -> tuple[Result, AudioProperties]:
    """Digest and features of a recording, or why it has none; and its properties."""
    result = look_up(file, cache)
    if isinstance(result, InputError):
        return result, AudioProperties()
    try:
        signal, rate = read_utterance(file)
    except InputError as error:
        return error, AudioProperties()
    silence = around(signal, DIGITAL_SILENCE) / rate
    properties = AudioProperties(
        duration=signal.shape[1] / rate,
        sampling_rate=rate,
        channels=len(signal),
        clipped=clipped_share(signal),
        silent=bool(signal.size) and np.ptp(signal.mean(0)) == 0,
        digital_silence=silence if silence >= MIN_SILENCE else 0.0,
        quiet=around(signal, max(DIGITAL_SILENCE, QUIET * np.abs(signal).max(initial=0))) / rate,
        audio=hashlib.sha256(f"{rate} {signal.shape}".encode() + signal.tobytes()).hexdigest(),
    )
    if lacks_vector(result):
        result = measure(file, result[0], features, cache)
    return result, properties


def problem_of(result: Result, properties: AudioProperties, min_duration: float) -> str:
    """The kind of problem that a recording has; empty if none."""
    if not isinstance(result, InputError):
        return ""
    if math.isnan(properties.duration):
        return "unreadable"
    if properties.duration < min_duration:
        return "too short"
    return "silent" if properties.silent else "unmeasurable"


def around(signal: np.ndarray, limit: float) -> int:
    """How many samples per channel before the first and after the last one beyond a limit.

    Args:
        signal: samples ``[channels, samples]``.
        limit: the largest absolute value of what is counted.

    Example:
        >>> around(np.array([[0, 0.1, 0.5, 0, -0.3, 0.1]]), 0.2)
        3
    """
    beyond = np.flatnonzero((np.abs(signal) > limit).any(0))
    return signal.shape[1] - (int(beyond[-1] - beyond[0]) + 1 if len(beyond) else 0)


def clipped_share(signal: np.ndarray) -> float:
    """Share of the samples that are in runs of at least ``MIN_CLIPPED_RUN`` at full scale.

    Args:
        signal: samples ``[channels, samples]``, float32 in [-1, 1].

    Example:
        >>> clipped_share(np.array([[0.5, 1, 1, 1, 0, 1, 1, 0, -1, 0.2]]))
        0.3
    """
    if signal.shape[1] < MIN_CLIPPED_RUN:
        return 0.0
    full = np.abs(signal) >= FULL_SCALE
    starts = np.lib.stride_tricks.sliding_window_view(full, MIN_CLIPPED_RUN, axis=1).all(2)
    clipped = np.zeros_like(full)
    for shift in range(MIN_CLIPPED_RUN):
        clipped[:, shift : shift + starts.shape[1]] |= starts
    return float(clipped.mean())
