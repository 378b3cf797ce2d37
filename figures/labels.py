"""Text that tables and figures share: labels of methods, counts and caveats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cada_tf.config import Spread
from cada_tf.corpora.corpus import NEGATIVE, POSITIVE
from cada_tf.lazy import lazy_imports
from cada_tf.methods import METHODS

with lazy_imports():
    from cada_tf.runs import results_file

if TYPE_CHECKING:
    import pandas as pd

PAPERS_CLASSES = {f"recall_{name}" for name in (NEGATIVE, POSITIVE)}


def display(method: str) -> str:
    """The label of a method; the name of one whose module is not loaded."""
    return METHODS[method].label if method in METHODS else method


def chance_of(table: pd.DataFrame) -> float | None:
    """The UA of guessing, in %; None where an earlier version did not record the classes."""
    classes = len(results_file.recall_columns(table))
    return 100 / classes if classes else None


def papers_pair(table: pd.DataFrame) -> tuple[str, str]:
    """Source and target, to look up what the paper says; of other classes it says nothing."""
    first = table.iloc[0]
    if {*results_file.recall_columns(table)} - PAPERS_CLASSES:
        return "", ""
    return first.source, first.target


def grid_of(table: pd.DataFrame, planned: tuple[int, int] | None = None) -> tuple[int, int]:
    """The (trials, folds) of a complete cell: those planned, or those seen if they are more."""
    seen = table["trial"].nunique(), table["fold"].nunique()
    return tuple(map(max, seen, planned or seen))


def over(spread: Spread, trials: int, folds: int) -> str:
    """What a mean and its standard deviation are over."""
    values = "the means" if spread is Spread.TRIALS else "all folds"
    return f"{values} of {count(trials, 'trial')} of {count(folds, 'fold')}"


def count(number: int, noun: str) -> str:
    """Such as ``1 trial`` and ``20 trials``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def caveats(transductive: bool, results: Iterable[int], full: int) -> list[str]:
    """What a reader must know, one sentence each.

    Args:
        transductive: whether the scaling was.
        results: how many each cell has.
        full: how many a complete one has.
    """
    lines = []
    if transductive:
        lines.append("TRANSDUCTIVE: the scaling used unlabelled utterances of the test folds.")
    if any(n < full for n in results):
        lines.append(f"INCOMPLETE: (n/{full}) marks what n of the {full} folds give so far.")
    return lines
