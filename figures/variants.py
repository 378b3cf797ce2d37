"""What each option is worth: systems under variants of a run, compared with the run itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cada_tf import runs
from cada_tf.lazy import lazy_imports

with lazy_imports():
    import pandas as pd

    from cada_tf.evaluation import clustered, significance

OURS, RIVAL = "cada", "fine-tune"
"""Whose margin is told, and over which system."""

Key = tuple[str, str]
"""An option and its value; both empty for the base."""


def summarise(
    tables: Mapping[Key, pd.DataFrame],
    folds: int,
    answers: Mapping[Key, clustered.Answers | None] | None = None,
) -> pd.DataFrame:
    """Each system under each variant, over all numbers of examples.

    Args:
        tables: table of ``results.read_results`` of each variant; the base first.
        folds: of the cross-validation.
        answers: of the run of each variant, which may lack methods of the base's that it does not
            touch; None where they are not known.

    Returns:
        One row per variant and method, in points of UA: reading, value (empty for the base),
        the run's conditions (see ``results_file.conditions``), method, trials, mean and std (over
        the trials, n − 1), change (from the base) and margin (over fine-tuning under the same
        variant), each with low and high, its 95 % confidence interval, and test, what this is by
        (see ``significance.compare``).
    """
    rows, base, known = [], tables["", ""], answers or {}
    origin = known.get(("", ""))
    for (reading, value), table in tables.items():
        own = overlay(known.get((reading, value)), origin)
        for method in base["method"].unique():
            ua = 100 * of_splits(table, method)
            trials = ua.groupby("trial").mean()
            row = {"reading": reading, "value": value, **runs.conditions_of(table)}
            row |= {"transductive": table["transductive"].any(), "method": method}
            row |= {"trials": len(trials), "mean": trials.mean(), "std": trials.std(ddof=1)}
            row["test"] = significance.CLUSTERED
            for name, rival, other, theirs in (
                ("change", method, base, origin),
                ("margin", RIVAL, table, own),
            ):
                sizes = sizes_of(table, method) or sizes_of(other, rival) or [None]
                estimate = lead((own, method), (theirs, rival), sizes)
                effect = paired(ua, 100 * of_splits(other, rival), folds, estimate)
                row |= {name: effect.difference, f"{name}_low": effect.low}
                row |= {f"{name}_high": effect.high}
                if estimate is None:
                    row["test"] = significance.T_TEST
            rows.append(row)
    return pd.DataFrame(rows)


def overlay(
    own: clustered.Answers | None, base: clustered.Answers | None
) -> clustered.Answers | None:
    """The answers of a variant; of what it does not touch those of the base."""
    if own is None or base is None or not np.array_equal(own.labels, base.labels):
        return own
    return clustered.Answers(own.labels, {**base.right, **own.right})


def lead(
    ours: tuple[clustered.Answers | None, str],
    theirs: tuple[clustered.Answers | None, str],
    sizes: Sequence[int | None],
) -> clustered.Estimate | None:
    """The lead of a method under one variant over one under another; None if it is not known.

    Args:
        ours, theirs: the answers under the variant, and the method.
        sizes: numbers of examples, over which the mean is.
    """
    (own, method), (other, rival) = ours, theirs
    if own is None or other is None or not np.array_equal(own.labels, other.labels):
        return None
    right = {("ours", size): own.of(method, size) for size in sizes}
    right |= {("theirs", size): other.of(rival, size) for size in sizes}
    known = {key: answers for key, answers in right.items() if answers is not None}
    return clustered.Answers(own.labels, known).lead("ours", "theirs", sizes)


def sizes_of(table: pd.DataFrame, method: str) -> list[int]:
    """The numbers of examples of a method, ascending."""
    sizes = table.loc[table["method"] == method, "examples"].dropna().unique()
    return sorted(int(size) for size in sizes)


def of_splits(table: pd.DataFrame, method: str) -> pd.Series:
    """UA by trial and fold, the mean over the numbers of examples."""
    return table[table["method"] == method].groupby(["trial", "fold"])["ua"].mean()


def paired(
    ours: pd.Series, theirs: pd.Series, folds: int, estimate: clustered.Estimate | None
) -> significance.Effect:
    """The difference on the splits that both have, in points; NaN where there is none.

    Args:
        ours, theirs: UA in % by split.
        folds: of the cross-validation.
        estimate: of the difference, by the answers, if these are known.
    """
    differences = (ours - theirs).dropna().to_numpy()
    if not len(differences):
        return significance.Effect(np.nan, np.nan, np.nan, np.nan)
    if estimate is not None:
        return clustered.interval(differences.mean(), 100**2 * estimate.variance, estimate.freedom)
    return significance.corrected_t_test(differences, 1 / (folds - 1))
