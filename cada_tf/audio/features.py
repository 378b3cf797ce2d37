"""The features of each utterance: by default 62 GeMAPS functionals (Section 4.2, [15])."""

import collections
import functools
import logging
import os
from collections.abc import Callable

import joblib
import numpy as np
import pandas as pd
import tqdm

from cada_tf.audio.columns import Columns
from cada_tf.audio.decoding import check_length, check_rate, check_samples
from cada_tf.audio.feature_cache import FeatureCache
from cada_tf.audio.feature_registry import make_feature_set
from cada_tf.audio.feature_set import DEFAULT_FEATURE_SET, FeatureSet, feature_names
from cada_tf.audio.opensmile import FEATURE_NAMES  # noqa: F401  # public
from cada_tf.audio.problems import OR_LEAVE_OUT, REMEDY
from cada_tf.audio.utterance import digest_of, read_utterance
from cada_tf.errors import InputError
from cada_tf.folders import cache_directory
from cada_tf.paper import SAMPLING_RATE
from cada_tf.text import one_line
from cada_tf.threads import in_order

MAX_NAMED = 10
"""Unusable recordings that are named before the program ends."""

log = logging.getLogger("cada_tf")

Result = tuple[str, np.ndarray | None] | InputError
"""Digest and features (None if not known yet) of a recording, or why it cannot be used."""


def add_features(
    corpus: pd.DataFrame,
    *,
    sampling_rate: int = SAMPLING_RATE,
    cache_dir: str | os.PathLike | None = None,
    jobs: int | None = None,
    skip_bad_files: bool = False,
    feature_set: str | FeatureSet = DEFAULT_FEATURE_SET,
) -> pd.DataFrame:
    """The corpus with its features, measured where it does not bring them.

    Args:
        corpus: a table indexed by ``file`` (see ``cada_tf.corpora.corpus``).
        sampling_rate: in Hz; 0 keeps the files' own. A ``FeatureSet`` has its own.
        cache_dir: where measured features are kept; see ``folders.cache_directory``.
        jobs: threads; None for one per core.
        skip_bad_files: leave unusable recordings out, each named in the log, rather
            than raise.
        feature_set: what ``feature_registry.make_feature_set`` takes.

    Returns:
        The corpus with a column per feature, float32, and the set's ``FeatureConfig`` as
        ``attrs["features"]``.

    Raises:
        InputError: a recording is unreadable, truncated, shorter than the set's minimum (60 ms
            for openSMILE) or longer than half an hour, digital silence, of an absurd sampling
            rate or loudness, or the same as another one; the set fails on it, or gives a vector
            of another length or what is not finite; the corpus has other features; or there is
            no such set.
    """
    features = make_feature_set(feature_set, sampling_rate)
    if has_features(corpus, features):
        return select_features(corpus, features)
    name = corpus.attrs["name"]
    cache = open_cache(features, cache_dir)

    # Reading and hashing is bound by memory: threads would only slow it.
    files = tqdm.tqdm(corpus.index, f"{name}: cache", disable=None, leave=False)
    results = [look_up(file, cache) for file in files]
    mark_duplicates(corpus, results)
    unknown = [i for i, result in enumerate(results) if lacks_vector(result)]
    items = [(corpus.index[i], results[i][0]) for i in unknown]
    measured = in_threads(lambda item: measure(*item, features, cache), items, jobs, name)
    for i, result in zip(unknown, measured, strict=True):
        results[i] = result
    bad = [result for result in results if isinstance(result, InputError)]
    report(name, bad, len(corpus), skip_bad_files)
    return join(corpus, results, features)


def has_features(corpus: pd.DataFrame, features: FeatureSet) -> bool:
    """Whether the corpus already has all features of a set.

    Raises:
        InputError: it has others, or some of them; or it has none and the set is one of columns.
    """
    name, found, count = corpus.attrs["name"], feature_names(corpus), len(features.names)
    if isinstance(features, Columns):
        if not found:
            raise InputError(
                f"{name}: expected a table with columns of features, found recordings. Choose the "
                "set to measure them with.",
                option="features",
            )
        return True
    surplus = [name for name in found if name not in features.names]
    if surplus or 0 < len(found) < count:
        raise InputError(
            f"{name}: expected all {count} features of "
            f"{features.config.feature_set} or none, and no other columns of numbers; found "
            f"{len(found) - len(surplus)} of them and {len(surplus)} others"
            f"{f', such as {surplus[0]}' if surplus else ''}. Remove these columns, or choose "
            "their set with `features`."
        )
    return bool(found)


def select_features(corpus: pd.DataFrame, features: FeatureSet) -> pd.DataFrame:
    """A corpus that has the features of a set, with these in the set's order.

    Where it does not say how they were measured, they are taken for the set's.
    """
    names = features.names or feature_names(corpus)
    if feature_names(corpus) != names:
        known = set(names)
        corpus = corpus[[*(name for name in corpus.columns if name not in known), *names]]
    if corpus.attrs.get("features") is None:
        corpus = corpus.copy(deep=False)
        corpus.attrs["features"] = features.config
    return corpus


def open_cache(features: FeatureSet, cache_dir: str | os.PathLike | None = None) -> FeatureCache:
    """The cache of the vectors that a set measures (see ``add_features``)."""
    cache = FeatureCache(cache_directory(cache_dir), features.config.kind, len(features.names))
    cache.sweep()
    return cache


def join(corpus: pd.DataFrame, results: list[Result], features: FeatureSet) -> pd.DataFrame:
    """The utterances that could be measured, with their features."""
    good = [i for i, result in enumerate(results) if not isinstance(result, InputError)]
    kept = corpus.iloc[good]
    vectors = np.stack([results[i][1] for i in good])
    columns = pd.DataFrame(vectors, index=kept.index, columns=list(features.names))
    extended = pd.concat([kept, columns], axis=1)
    extended.attrs = dict(corpus.attrs) | {"features": features.config}
    return extended


def look_up(file: str, cache: FeatureCache) -> Result:
    """Digest of a recording, and its features if they are known."""
    try:
        digest = digest_of(file)
    except InputError as error:
        return error
    return digest, cache.get(digest)


def measure(file: str, digest: str, features: FeatureSet, cache: FeatureCache) -> Result:
    """Measures a recording, and writes its features to the cache at once."""
    try:
        vector = measure_file(file, features)
    except InputError as error:
        return error
    cache.put(digest, vector)
    return digest, vector


def lacks_vector(result: Result) -> bool:
    """Whether the recording is usable so far, and yet to be measured."""
    return not isinstance(result, InputError) and result[1] is None


def in_threads(function: Callable, items: list, jobs: int | None, name: str) -> list:
    """``function`` of each item, in order, with a progress bar on a terminal."""
    # openSMILE releases Python's lock, so threads scale, and they start at once.
    calls = (functools.partial(function, item) for item in items)
    results = in_order(calls, jobs or joblib.cpu_count())
    with tqdm.tqdm(results, f"{name}: features", len(items), disable=None, leave=False) as bar:
        return list(bar)


def measure_file(file: str, features: FeatureSet) -> np.ndarray:
    """The features ``[F]``, float32, of one recording, or segment of one (see ``utterance``).

    Raises:
        InputError: the recording is unusable; the message says why.
    """
    return measure_signal(file, *read_utterance(file), features)


def measure_signal(name: str, signal: np.ndarray, rate: int, features: FeatureSet) -> np.ndarray:
    """The features ``[F]``, float32, of a recording or of a segment of one.

    Args:
        name: for messages.
        signal: samples ``[channels, samples]``, float32 in [-1, 1].
        rate: sampling rate in Hz.
        features: the set that measures them.

    Raises:
        InputError: it is unusable; the message says why.
    """
    check_rate(name, rate)
    duration = signal.shape[1] / rate
    check_length(name, duration, duration * (features.config.sampling_rate or rate))
    if duration < features.min_duration or not signal.size:
        raise InputError(
            f"{name}: expected at least {1000 * features.min_duration:.0f} ms of audio, "
            f"found {1000 * duration:.0f} ms. {REMEDY}"
        )
    check_samples(name, signal)
    vector = call(name, signal, rate, features)
    broken = np.flatnonzero(~np.isfinite(vector))
    if len(broken):
        raise InputError(
            f"{name}: expected finite features, found {vector[broken[0]]} for "
            f"{features.names[broken[0]]} ({len(broken)} of {len(vector)}). {REMEDY}"
        )
    return vector


def call(name: str, signal: np.ndarray, rate: int, features: FeatureSet) -> np.ndarray:
    """What a set returns, if it is a vector ``[F]``; whatever it raises becomes one line."""
    expected = f"{name}: expected {len(features.names)} features of {features.config.feature_set}"
    try:
        vector = np.asarray(features(signal, rate), np.float32)
    except InputError:
        raise
    except Exception as error:  # of a user's function, or of a model
        found = f"{type(error).__name__}: {one_line(str(error), 200)}"
        raise InputError(f"{expected}, found {found}. {REMEDY}") from error
    if vector.shape != (len(features.names),):
        raise InputError(f"{expected}, found an array of the shape {vector.shape}. {REMEDY}")
    return vector


def mark_duplicates(corpus: pd.DataFrame, results: list[Result]) -> None:
    """Replaces the results of recordings of the same audio by an ``InputError``.

    Of those with one class the first by name stays. Of those with several none does, as it is
    not known which class is right. The order of the rows has no effect.

    Args:
        corpus: the recordings.
        results: one for each.
    """
    copies = collections.defaultdict(list)
    for row in sorted(zip(corpus.index, corpus["class"], range(len(results)), strict=True)):
        if not isinstance(result := results[row[2]], InputError):
            copies[result[0]].append(row)
    for same in copies.values():
        if len({label for _, label, _ in same}) == 1:
            for file, _, position in same[1:]:
                results[position] = InputError(
                    f"{file}: expected each recording once, found the same audio as "
                    f"{same[0][0]}. Remove one{OR_LEAVE_OUT}"
                )
            continue
        for file, label, position in same:
            other, differs, _ = next(row for row in same if row[1] != label)
            results[position] = InputError(
                f"{file}: expected one class for the same audio, found {label}, but {differs} "
                f"for {other}. Correct one{OR_LEAVE_OUT}"
            )


def report(name: str, bad: list[InputError], total: int, skip: bool) -> None:
    """Raises for unusable recordings, or names each in the log if they may be skipped."""
    if not bad:
        return
    texts = [str(error).replace(OR_LEAVE_OUT, "." if skip else OR_LEAVE_OUT) for error in bad]
    if len(bad) > 1 or skip:
        for text in texts if skip else texts[:MAX_NAMED]:
            log.warning("%s", text)
    if len(bad) == total:
        raise InputError(f"{name}: none of the {total} recordings can be used. First: {texts[0]}")
    if not skip:
        more = f" ({len(bad)} of {total} recordings of {name} cannot be used.)"
        raise InputError(f"{texts[0]}{more if len(bad) > 1 else ''}")
    log.warning("%s: left out %d of %d recordings", name, len(bad), total)
