"""What there is to know of a corpus before anything is trained on it (Section 4.1)."""

import dataclasses
import math
import os

import numpy as np
import pandas as pd

from cada_tf.audio.decoding import read_audio, reason_of
from cada_tf.audio.feature_cache import FeatureCache
from cada_tf.audio.features import (
    FEATURE_NAMES,
    SAMPLING_RATE,
    SHORTEST,
    Result,
    has_features,
    in_threads,
    join,
    lacks_vector,
    look_up,
    mark_duplicates,
    measure,
    open_cache,
)
from cada_tf.audio.opensmile import Smile, make_smile
from cada_tf.corpora import aibo, emodb
from cada_tf.errors import InputError

TABLE_1 = {
    "emodb": {"speakers": 10, **emodb.PAPER_COUNTS},
    "aibo-ohm": aibo.PAPER_COUNTS["Ohm"],
    "aibo-mont": aibo.PAPER_COUNTS["Mont"],
}
"""The paper's corpora: utterances of each class, and speakers."""

FULL_SCALE = 32767 / 32768
"""The largest sample of 16 bits. A loud recording reaches it, too, but only for a moment."""
RUN = 3
"""Samples in a row at full scale from which on they are clipped."""
FAR = 10
"""Interquartile ranges from the corpus's median beyond which a value is out of range."""
SMALLEST_GROUP = 5
"""Utterances; in fewer, a functional may be constant by chance."""


@dataclasses.dataclass(frozen=True)
class Sound:
    """What a recording is like; NaN where it cannot be decoded.

    Args:
        duration: in seconds.
        sampling_rate: in Hz.
        channels: their number.
        clipped: share of the samples; see ``clipped_share``.
        silent: whether the mean of the channels never changes.
    """

    duration: float = math.nan
    sampling_rate: float = math.nan
    channels: float = math.nan
    clipped: float = math.nan
    silent: bool = False


@dataclasses.dataclass(frozen=True)
class Inspection:
    """What was found in a corpus.

    Args:
        name: of the corpus.
        heard: whether recordings were opened; not where a table brings the functionals.
        files: a row an utterance, indexed by ``file``: speaker, emotion, class; duration,
            sampling_rate, channels and clipped (see ``Sound``); problem, which is empty, or
            ``unreadable``, ``too short``, ``silent``, ``unmeasurable`` or ``duplicate``, and
            detail, a sentence on it; out_of_range, the number of functionals that are, and
            out_of_range_features, their names and values.
        features: functionals ``[usable, 62]``, float32, of the utterances without a problem.
        constant: a row a functional that has one value throughout: feature, column (empty
            for the whole corpus, ``class`` or ``speaker``), group (which one), utterances.
        outliers: a row a value out of range, the farthest first: file, feature, value,
            median (the corpus's), distance (from there, in interquartile ranges).
    """

    name: str
    heard: bool
    files: pd.DataFrame
    features: pd.DataFrame
    constant: pd.DataFrame
    outliers: pd.DataFrame

    @property
    def usable(self) -> pd.DataFrame:
        """The rows of ``files`` without a problem."""
        return self.files[self.files["problem"] == ""]


def inspect(
    corpus: pd.DataFrame,
    *,
    sampling_rate: int = SAMPLING_RATE,
    cache_dir: str | os.PathLike | None = None,
    jobs: int | None = None,
) -> Inspection:
    """Inspects a corpus. Bad recordings are findings, not errors.

    Args:
        corpus: a table indexed by ``file`` (see ``cada_tf.corpora.corpus``).
        sampling_rate, cache_dir, jobs: as for ``features.add_features``.

    Raises:
        InputError: the cache's folder cannot be made.
    """
    heard = not has_features(corpus)
    if heard:
        sounds, features = listen(corpus, sampling_rate, cache_dir, jobs)
    else:
        nothing = dataclasses.asdict(Sound()) | {"problem": "", "detail": ""}
        sounds = pd.DataFrame(nothing, index=corpus.index)
        features = corpus[list(FEATURE_NAMES)]
    files = pd.concat([corpus[["speaker", "emotion", "class"]], sounds], axis=1)
    files = files.drop(columns="silent").astype({"sampling_rate": "Int64", "channels": "Int64"})
    outliers = find_outliers(features)
    far = {file: [] for file in files.index}
    for row in outliers.itertuples():
        far[row.file].append(f"{row.feature}={row.value:.6g}")
    files["out_of_range"] = list(map(len, far.values()))
    files["out_of_range_features"] = list(map("; ".join, far.values()))
    constant = find_constant(files, features)
    return Inspection(corpus.attrs["name"], heard, files, features, constant, outliers)


def listen(
    corpus: pd.DataFrame, sampling_rate: int, cache_dir: str | os.PathLike | None, jobs: int | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Opens all recordings.

    Returns:
        The fields of ``Sound`` with ``problem`` and ``detail``, a row a recording; and the
        functionals of those without a problem.
    """
    cache, smile = open_cache(sampling_rate, cache_dir), make_smile(sampling_rate or None)
    files, name = list(corpus.index), corpus.attrs["name"]
    examined = in_threads(lambda file: examine(file, smile, cache), files, jobs, name)
    results = [result for result, _ in examined]
    problems = [problem_of(*pair) for pair in examined]
    mark_duplicates(files, results)
    table = pd.DataFrame([sound for _, sound in examined], index=corpus.index)
    bad = [isinstance(result, InputError) for result in results]
    table["problem"] = [p or "duplicate" * b for p, b in zip(problems, bad, strict=True)]
    table["detail"] = [
        reason_of(result, file) if b else ""
        for file, result, b in zip(files, results, bad, strict=True)
    ]
    if all(bad):
        return table, pd.DataFrame(columns=list(FEATURE_NAMES), dtype=np.float32)
    return table, join(corpus, results)[list(FEATURE_NAMES)]


def examine(file: str, smile: Smile, cache: FeatureCache) -> tuple[Result, Sound]:
    """Digest and functionals of a recording, or why it has none; and what it is like."""
    result = look_up(file, cache)
    if isinstance(result, InputError):
        return result, Sound()
    try:
        signal, rate = read_audio(file)
    except InputError as error:
        return error, Sound()
    sound = Sound(
        duration=signal.shape[1] / rate,
        sampling_rate=rate,
        channels=len(signal),
        clipped=clipped_share(signal),
        silent=bool(signal.size) and np.ptp(signal.mean(0)) == 0,
    )
    return measure(file, result[0], smile, cache) if lacks_vector(result) else result, sound


def problem_of(result: Result, sound: Sound) -> str:
    """What kind of problem a recording has; empty if none."""
    if not isinstance(result, InputError):
        return ""
    if math.isnan(sound.duration):
        return "unreadable"
    if sound.duration < SHORTEST:
        return "too short"
    return "silent" if sound.silent else "unmeasurable"


def clipped_share(signal: np.ndarray) -> float:
    """Share of the samples that are in runs of at least ``RUN`` at full scale.

    Args:
        signal: samples ``[channels, samples]``, float32 in [-1, 1].

    Example:
        >>> clipped_share(np.array([[0.5, 1, 1, 1, 0, 1, 1, 0, -1, 0.2]]))
        0.3
    """
    if signal.shape[1] < RUN:
        return 0.0
    full = np.abs(signal) >= FULL_SCALE
    starts = np.lib.stride_tricks.sliding_window_view(full, RUN, axis=1).all(2)
    clipped = np.zeros_like(full)
    for shift in range(RUN):
        clipped[:, shift : shift + starts.shape[1]] |= starts
    return float(clipped.mean())


def departures(features: pd.DataFrame) -> pd.DataFrame:
    """How far each value is from its column's median, in the column's interquartile ranges.

    NaN where that range is zero, as with a functional that is 0 for most utterances.
    """
    values = features.astype(np.float64)
    spread = values.quantile(0.75) - values.quantile(0.25)
    return (values - values.median()) / spread.where(spread > 0)


def find_outliers(features: pd.DataFrame) -> pd.DataFrame:
    """The values out of range; see ``Inspection.outliers``."""
    distances = departures(features).to_numpy()
    rows, columns = np.nonzero(np.abs(distances) > FAR)
    found = {
        "file": features.index[rows],
        "feature": features.columns[columns],
        "value": features.to_numpy()[rows, columns],
        "median": features.median().to_numpy()[columns],
        "distance": distances[rows, columns],
    }
    return pd.DataFrame(found).sort_values("distance", key=np.abs, ascending=False, kind="stable")


def find_constant(files: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """The functionals of one value throughout; see ``Inspection.constant``.

    What is constant in the corpus is not told of its classes and speakers again.
    """
    labels = files.loc[features.index].assign(**{"": ""})
    everywhere = features.columns[features.nunique() == 1]
    found = []
    for column in ("", "class", "speaker"):
        told = everywhere if column else []
        for group, rows in features.drop(columns=told).groupby(labels[column]):
            if len(rows) >= SMALLEST_GROUP:
                names = rows.columns[rows.nunique() == 1]
                found += [(name, column, group, len(rows)) for name in names]
    return pd.DataFrame(found, columns=["feature", "column", "group", "utterances"])
