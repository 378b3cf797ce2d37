"""Text that tables and figures share: labels of methods, counts and caveats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cada_tf.config import Draw, FoldsBy, Spread
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


def knows_source(method: str) -> bool:
    """Whether a method is trained on the source, or builds on one that is; unknown ones are."""
    declared = METHODS.get(method)
    return declared is None or declared.source or bool(declared.builds_on)


def semi_supervised(conditions: Mapping[str, object], methods: Iterable[str]) -> list[str]:
    """What used unlabelled utterances of the training folds: the scaling, or methods."""
    scaling = [f"scaling={conditions['scaling']}"] if "scaling" in conditions else []
    return scaling + [display(m) for m in methods if m in METHODS and METHODS[m].unlabelled]


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


def mean_over(spread: Spread, trials: int, folds: int, sign: str = "±") -> str:
    """What a mean is over, and its standard deviation if there are several values."""
    grid = f"{count(trials, 'trial')} of {count(folds, 'fold')}"
    if trials * (folds if spread is Spread.FOLDS else 1) == 1:
        return f"mean of {grid}, without a standard deviation"
    values = "the means" if spread is Spread.TRIALS else "all folds"
    return f"mean{sign}standard deviation over {values} of {grid}"


def count(number: int, noun: str) -> str:
    """Such as ``1 trial`` and ``20 trials``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


SPEAKER_INDEPENDENT = "SPEAKER-INDEPENDENT: folds keep speakers apart, which the paper's do not."


def speaker_independent(conditions: Mapping[str, object]) -> bool:
    """Whether the folds of a run keep speakers apart; see ``results_file.conditions``."""
    return conditions.get("folds_by") == FoldsBy.SPEAKER


def caveats(
    conditions: Mapping[str, object], methods: Iterable[str], results: Iterable[int], full: int
) -> list[str]:
    """What a reader must know, one sentence each.

    Args:
        conditions: of the run; see ``results_file.conditions``.
        methods: their names.
        results: how many each cell has.
        full: how many a complete one has.
    """
    lines = []
    if conditions["transductive"]:
        lines.append("TRANSDUCTIVE: the scaling used unlabelled utterances of the test folds.")
    if users := semi_supervised(conditions, methods):
        lines.append(
            f"SEMI-SUPERVISED: {', '.join(users)} used unlabelled utterances of the training folds."
        )
    if conditions.get("draw") == Draw.RANDOM:
        lines.append("Labelled examples were drawn without regard to class, but for one of each.")
    if speaker_independent(conditions):
        lines.append(SPEAKER_INDEPENDENT)
    if any(n < full for n in results):
        lines.append(f"INCOMPLETE: (n/{full}) marks what n of the {full} folds give so far.")
    return lines
