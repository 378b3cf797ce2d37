"""Differences between a method and its rivals, with their significance, as words in a grid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cada_tf import runs
from cada_tf.lazy import lazy_imports
from figures.labels import caveats, count, display
from figures.words import with_interval

with lazy_imports():
    from cada_tf.evaluation import clustered, significance

if TYPE_CHECKING:
    import pandas as pd

CEILING = "all-target"
"""What all methods stay behind, since it has all labels: no rival."""
SIGNIFICANT = 0.05


def compare_with_rivals(
    table: pd.DataFrame, method: str, folds: int, answers: clustered.Answers | None = None
) -> pd.DataFrame:
    """``significance.compare`` with the method's rivals, tidy, differences in points of UA.

    The run's conditions are in front (see ``results_file.conditions``). There is no row where the
    method is not in the table, or shares no split with a rival.
    """
    rivals = [name for name in table["method"].unique() if name not in (method, CEILING)]
    comparisons = significance.compare(table, method, rivals, folds=folds, answers=answers)
    comparisons[["difference", "low", "high"]] *= 100
    for place, (column, value) in enumerate(runs.conditions_of(table).items()):
        comparisons.insert(place, column, value)
    return comparisons


def make_caption(
    table: pd.DataFrame, comparisons: pd.DataFrame, method: str, trials: int, folds: int
) -> list[str]:
    """What is shown, by which test, and what a reader must know, one sentence each."""
    first, grid = table.iloc[0], f"{count(trials, 'trial')} of {count(folds, 'fold')}"
    what = f"{display(method)} − rival, from {first.source} to {first.target}: points of UA"
    mean = "mean: over the numbers of examples that both have."
    known = [
        f"{what} [95 % confidence interval of each alone].",
        f"* marks p < {SIGNIFICANT} after Holm's correction; {mean}",
        *describe_tests(comparisons, grid),
    ]
    unknown = [
        f"{what}; {mean}",
        f"Too few results, or too much alike, for a confidence interval: {grid}.",
    ]
    return [
        *(known if comparisons["low"].notna().any() else unknown),
        *caveats(
            runs.conditions_of(table),
            table["method"].unique(),
            comparisons["pairs"],
            trials * folds,
        ),
    ]


def describe_tests(comparisons: pd.DataFrame, grid: str) -> list[str]:
    """What intervals and p are made by, and of what they tell nothing."""
    tests, lines = set(comparisons["test"]), []
    if significance.CLUSTERED in tests:
        lines += [
            f"Paired over {grid}, clustered by utterance and by trial (Cameron, Gelbach & Miller "
            "2011); it tells of other draws of examples and other utterances, not of other corpora "
            "or speakers."
        ]
    if significance.T_TEST in tests:
        lines += [
            f"Paired t-test, {grid}, corrected for shared training folds (Nadeau & Bengio "
            "2003); it assumes roughly normal differences and tells nothing of other corpora or "
            "speakers."
        ]
    return lines


def make_grid(comparisons: pd.DataFrame, full: int) -> list[list[str]]:
    """Rows of words: a heading with the rivals, then one a number of examples, then the mean."""
    words = comparisons.assign(
        formatted=[formatted(row, full) for row in comparisons.itertuples()],
        size=comparisons["examples"].astype(float).fillna(math.inf),  # the mean comes last
    ).pivot(index="size", columns="rival", values="formatted")
    words = words.reindex(columns=comparisons["rival"].unique()).fillna("")
    return [
        ["Examples", *map(display, words.columns)],
        *[
            ["mean" if size == math.inf else f"{size:.0f}", *row]
            for size, row in zip(words.index, words.to_numpy(), strict=True)
        ],
    ]


def formatted(row: tuple, full: int) -> str:
    """A comparison, with the number of its pairs if some are missing."""
    mark = "*" if row.p_holm < SIGNIFICANT else " "  # as wide, so that digits stay in line
    lacking = f" ({row.pairs}/{full})" if row.pairs < full else ""
    return f"{with_interval(row.difference, row.low, row.high)}{mark}{lacking}"
