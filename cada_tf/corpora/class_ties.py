"""What is tied to the class in a corpus, though it is no emotion.

A recogniser learns whatever tells the classes apart. Where recordings of one class alone were cut,
padded or cleaned otherwise, or all of one speaker, it learns that, and seems to be good.
"""

import numpy as np
import pandas as pd
import scipy.stats

MEASURES = {"duration": 0.8, "quiet": 0.8, "digital_silence": 0.6}
"""Property of a recording → area under the ROC curve (AUC) from which on it gives a class away.

How long someone speaks is a matter of emotion, too: of two normal distributions an AUC of 0.8 means
a UA of 72 %, about what 62 functionals reach here when all labels are known; beyond it the duration
alone does as well. Digital silence is spoken by nobody: any tie that is more than chance comes from
the recording, and 0.6 only leaves out what is too small to matter.
"""
MIN_Z = 4
"""Standard errors of the AUC of unrelated groups by which it must differ from 0.5. With dozens of
groups and speakers and three properties, one in a hundred corpora shows so much by chance."""
MIN_GROUP = 5
"""Utterances of a group, and of the others."""
COLUMNS = ["measure", "column", "group", "speaker", "auc", "median", "others", "utterances"]


def find_ties(files: pd.DataFrame) -> pd.DataFrame:
    """Classes and emotions that a property of the recordings gives away.

    Args:
        files: one row per utterance: ``MEASURES`` in seconds, speaker, emotion, class.

    Returns:
        One row per tie, the strongest first: measure; column (``class`` or ``emotion``) and group
        (which one); speaker (empty for the whole corpus); auc, below 0.5 if the group's values are
        the smaller ones; median of the group and of the others, in seconds; utterances in the
        group. Of a speaker, only what is not so in the whole corpus; of emotions, only what tells
        no class, and no emotion that is a class.
    """
    found: list[tuple] = []
    everyone = [("", files)]
    for speaker, rows in [*everyone, *files.groupby("speaker")]:
        known = {row[:3] for row in found if row[3] == ""}
        found += [row for row in ties_of(rows, speaker) if row[:3] not in known]
    table = pd.DataFrame(found, columns=COLUMNS)
    return table.sort_values("auc", key=lambda auc: -abs(auc - 0.5), kind="stable")


def ties_of(files: pd.DataFrame, speaker: str) -> list[tuple]:
    """The rows of ``find_ties`` for some utterances."""
    found = []
    for measure, least in MEASURES.items():
        rows = files.dropna(subset=measure)
        values = rows[measure].to_numpy()
        for column, groups in (("class", classes_of(rows)), ("emotion", mixed_emotions(rows))):
            ties = {g: tie_of(values, (rows[column] == g).to_numpy(), least) for g in groups}
            listed = [(measure, column, g, speaker, *tie) for g, tie in ties.items() if tie]
            found += listed
            if listed:
                break
    return found


def classes_of(files: pd.DataFrame) -> list[str]:
    """The classes; of two the first, as what tells one of them tells the other."""
    classes = sorted(files["class"].unique())
    return classes[:1] if len(classes) == 2 else classes


def mixed_emotions(files: pd.DataFrame) -> list[str]:
    """The emotions that are not a whole class."""
    pairs = files.groupby("class")["emotion"].unique()
    return sorted({emotion for emotions in pairs if len(emotions) > 1 for emotion in emotions})


def tie_of(
    values: np.ndarray, inside: np.ndarray, least: float
) -> tuple[float, float, float, int] | None:
    """AUC, medians and size of a group whose values differ from the others'; None if they do not.

    Args:
        values: of all, float ``[n]``.
        inside: which are in the group, bool ``[n]``.
        least: the AUC, or one less it, from which on they differ.
    """
    here, there = values[inside], values[~inside]
    if min(len(here), len(there)) < MIN_GROUP:
        return None
    auc = area(here, there)
    error = np.sqrt((len(values) + 1) / (12 * len(here) * len(there)))
    if abs(auc - 0.5) < max(least - 0.5, MIN_Z * error):
        return None
    return auc, float(np.median(here)), float(np.median(there)), len(here)


def area(here: np.ndarray, there: np.ndarray) -> float:
    """The area under the ROC curve: how often a value of ``here`` is above one of ``there``.

    Example:
        >>> area(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
        0.875
    """
    ranks = scipy.stats.rankdata(np.concatenate([here, there]))[: len(here)]
    return float((ranks.sum() - len(here) * (len(here) + 1) / 2) / (len(here) * len(there)))


def find_conflicts(files: pd.DataFrame) -> pd.DataFrame:
    """The recordings of the same samples that are labelled in several ways.

    Args:
        files: one row per utterance, indexed by ``file``: audio, a digest of the samples, empty if
            they are not known; speaker, emotion, class.

    Returns:
        One row per recording, those of the same audio beside each other: file, number (which
        audio), speaker, emotion, class.
    """
    labels = ["speaker", "emotion", "class"]
    known = files[files["audio"] != ""]
    ways = known.groupby("audio")[labels].nunique().max(axis=1)
    rows = known[known["audio"].isin(ways.index[ways > 1])].sort_index()
    numbers = pd.factorize(rows["audio"])[0] + 1
    rows = rows[labels].assign(number=numbers).rename_axis("file").reset_index()
    return rows[["file", "number", *labels]].sort_values("number", kind="stable")
