"""Inspection of a corpus before anything is trained on it (Section 4.1)."""

import dataclasses
import os

import numpy as np
import pandas as pd

from cada_tf.audio.feature_set import DEFAULT_FEATURE_SET, FeatureSet, feature_names
from cada_tf.corpora import aibo, emodb
from cada_tf.corpora.audio_properties import AudioProperties, examine_recordings
from cada_tf.corpora.class_ties import find_conflicts, find_ties
from cada_tf.paper import SAMPLING_RATE

TABLE_1 = {
    "emodb": {"speakers": 10, **emodb.PAPER_COUNTS},
    "aibo-ohm": aibo.PAPER_COUNTS["Ohm"],
    "aibo-mont": aibo.PAPER_COUNTS["Mont"],
}
"""The paper's corpora: utterances of each class, and speakers."""

MAX_DISTANCE = 10
"""Interquartile ranges from the corpus's median beyond which a value is out of range."""
MIN_GROUP = 5
"""Utterances; in fewer, a functional may be constant by chance."""


@dataclasses.dataclass(frozen=True)
class Inspection:
    """Findings in a corpus.

    Args:
        name: of the corpus.
        decoded: whether recordings were opened; not where a table brings the features.
        files: one row per utterance, indexed by ``file``: speaker, emotion, class; duration,
            sampling_rate, channels, clipped, digital_silence and quiet (see ``AudioProperties``);
            problem, which is
            empty, or ``unreadable``, ``too short``, ``silent``, ``unmeasurable`` or
            ``duplicate``, and detail, a sentence on it; out_of_range, the number of features
            that are, and out_of_range_features, their names and values.
        features: ``[usable, F]``, float32, of the utterances without a problem.
        constant: one row per feature with a single value throughout: feature, column (empty
            for the whole corpus, ``class`` or ``speaker``), group (which one), utterances.
        outliers: one row per value out of range, the farthest first: file, feature, value,
            median (the corpus's), distance (from there, in interquartile ranges).
        ties: of ``class_ties.find_ties``.
        conflicts: of ``class_ties.find_conflicts``.
    """

    name: str
    decoded: bool
    files: pd.DataFrame
    features: pd.DataFrame
    constant: pd.DataFrame
    outliers: pd.DataFrame
    ties: pd.DataFrame
    conflicts: pd.DataFrame

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
    feature_set: str | FeatureSet = DEFAULT_FEATURE_SET,
) -> Inspection:
    """Inspects a corpus. Bad recordings are findings, not errors.

    Args:
        corpus: a table indexed by ``file`` (see ``cada_tf.corpora.corpus``).
        sampling_rate, cache_dir, jobs, feature_set: as for ``features.add_features``.

    Raises:
        InputError: the cache's folder cannot be made.
    """
    names = feature_names(corpus)
    decoded = not names
    if decoded:
        properties, features = examine_recordings(
            corpus, sampling_rate, cache_dir, jobs, feature_set
        )
    else:
        unknown = dataclasses.asdict(AudioProperties()) | {"problem": "", "detail": ""}
        properties = pd.DataFrame(unknown, index=corpus.index)
        features = corpus[list(names)]
    files = pd.concat([corpus[["speaker", "emotion", "class"]], properties], axis=1)
    ties, conflicts = find_ties(files), find_conflicts(files)
    files = files.drop(columns=["silent", "audio"])
    files = files.astype({"sampling_rate": "Int64", "channels": "Int64"})
    outliers = find_outliers(features)
    out_of_range = {file: [] for file in files.index}
    for row in outliers.itertuples():
        out_of_range[row.file].append(f"{row.feature}={row.value:.6g}")
    files["out_of_range"] = list(map(len, out_of_range.values()))
    files["out_of_range_features"] = list(map("; ".join, out_of_range.values()))
    constant = find_constant(files, features)
    name = corpus.attrs["name"]
    return Inspection(name, decoded, files, features, constant, outliers, ties, conflicts)


def distances_from_median(features: pd.DataFrame) -> pd.DataFrame:
    """Signed distance of each value from its column's median, in interquartile ranges.

    NaN where that range is zero, as with a functional that is 0 for most utterances.
    """
    values = features.astype(np.float64)
    spread = values.quantile(0.75) - values.quantile(0.25)
    return (values - values.median()) / spread.where(spread > 0)


def find_outliers(features: pd.DataFrame) -> pd.DataFrame:
    """The values out of range; see ``Inspection.outliers``."""
    distances = distances_from_median(features).to_numpy()
    rows, columns = np.nonzero(np.abs(distances) > MAX_DISTANCE)
    found = {
        "file": features.index[rows],
        "feature": features.columns[columns],
        "value": features.to_numpy()[rows, columns],
        "median": features.median().to_numpy()[columns],
        "distance": distances[rows, columns],
    }
    return pd.DataFrame(found).sort_values("distance", key=np.abs, ascending=False, kind="stable")


def find_constant(files: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """The features with a single value throughout; see ``Inspection.constant``.

    What is constant in the whole corpus is not listed for its classes and speakers again.
    """
    labels = files.loc[features.index].assign(**{"": ""})
    everywhere = features.columns[features.nunique() == 1]
    found = []
    for column in ("", "class", "speaker"):
        listed = everywhere if column else []
        for group, rows in features.drop(columns=listed).groupby(labels[column]):
            if len(rows) >= MIN_GROUP:
                names = rows.columns[rows.nunique() == 1]
                found += [(name, column, group, len(rows)) for name in names]
    return pd.DataFrame(found, columns=["feature", "column", "group", "utterances"])
