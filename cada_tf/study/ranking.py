"""The methods of a study in order: what each is worth over all pairs, and where it falls behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cada_tf.methods import METHODS, Target

if TYPE_CHECKING:
    import pandas as pd

NEAR = 0.01
"""UA within which a method is near the best one."""


def rank(ua: pd.DataFrame, may: Callable[[str], bool]) -> pd.DataFrame:
    """Methods of one scaling, the best first; behind them those that lack a number of examples.

    Args:
        ua: of ``StudyResults.ua``, of one scaling.
        may: whether a method may be the best of a pair: all are ranked, and compared with these.

    Returns:
        One row per method: method, a column for the mean UA over all pairs at each number of
        examples (NaN where pairs lack), and, of methods that lack none, mean over these, near
        (on what share of pairs and numbers of examples it is at most ``NEAR`` behind the best
        method) and behind (the most that it is behind the best one on a pair, in the mean over
        numbers of examples). UA in [0, 1].
    """
    keys = ["source", "target", "examples"]
    table = ua.pivot(index=keys, columns="method", values="mean")
    by_size = table.groupby("examples").agg(lambda column: column.mean(skipna=False)).T
    whole = table.loc[:, table.notna().all()]
    best = whole[[name for name in whole if may(str(name))]].max(axis=1)
    lost = whole.rsub(best, axis=0)
    found = by_size.dropna(how="all").assign(
        mean=by_size.mean(axis=1, skipna=False),
        near=(lost <= NEAR).mean(),
        behind=lost.groupby(keys[:2]).mean().max(),
    )
    found = found.sort_values("mean", ascending=False, kind="stable")
    return found.rename_axis(index="method", columns=None).reset_index()


def comparable(scaling: Mapping[str, Any]) -> Callable[[str], bool]:
    """Which methods are compared under a scaling: those that know no more than it does.

    Args:
        scaling: its options; without any it knows no unlabelled utterance.
    """
    return has_few_labels if scaling else has_few_labels_alone


def has_few_labels_alone(method: str) -> bool:
    """Whether a method knows no more of the target than the few labels."""
    declared = METHODS[method]
    return declared.target is not Target.ALL and not declared.unlabelled


def has_few_labels(method: str) -> bool:
    """The same, or unlabelled utterances of the training folds besides."""
    return METHODS[method].target is not Target.ALL
