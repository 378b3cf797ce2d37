"""Assessment of a method on the labelled examples: its UA, and its lead over the baselines."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cada_tf.config import FoldsBy
from cada_tf.evaluation.learning_curve import LearningCurve, fit_curve, sizes
from cada_tf.evaluation.significance import corrected_t_test
from cada_tf.evaluation.ua_estimate import MIN_PER_CLASS, enough, estimate_ua
from cada_tf.methods import METHODS, Target
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.runs.archive import Archive

BASELINES = ("all-source", "label-target", "fine-tune")
"""What a method is compared with: no label, no source, and the simplest adaptation."""

TRANSFER_ADVICE = {
    "all-source": "which uses none of your labels; consider `method=all-source`",
    "label-target": "which uses your labels alone; consider `method=label-target`",
}
"""What to do where adaptation is behind one of these."""


LEAD = ("difference", "low", "high", "splits")


@dataclasses.dataclass(frozen=True)
class Assessment:
    """The result of cross-validation over the labelled examples.

    Args:
        method: the one that is to be used.
        too_few: why nothing can be estimated; empty if something can.
        estimates: one row per method, the chosen one first: method, ua, low, high (see
            ``ua_estimate.Estimate``).
        leads: one row per baseline: method, rival, difference, low, high, splits (see ``lead``);
            the difference is that of the two in ``estimates``.
        curve: the learning curve, if it was asked for.
        folds, trials: of the cross-validation.
        chance: the UA of guessing; NaN where nothing is estimated.
        apart: whether the folds keep speakers apart, so that it is of others than the labelled.
        new_speaker: the same for speakers that are not among the labelled ones; None if that was
            not asked for.
    """

    method: str
    too_few: str = ""
    estimates: pd.DataFrame | None = None
    leads: pd.DataFrame | None = None
    curve: LearningCurve | None = None
    folds: int = 0
    trials: int = 0
    chance: float = math.nan
    apart: bool = False
    new_speaker: Assessment | None = None

    @property
    def warnings(self) -> list[str]:
        """What a user must know before the recogniser is used, a sentence or two each."""
        if self.too_few:
            return [f"{self.too_few} Whether adaptation helps is not known either."]
        found = []
        adapted = METHODS[self.method].adapts
        for row in self.leads.itertuples():
            if adapted and row.rival in TRANSFER_ADVICE and row.difference <= 0:
                found.append(
                    f"adaptation does not help (negative transfer): {self.method} is "
                    f"{points(-row.difference)} points of UA behind {row.rival}, "
                    f"{TRANSFER_ADVICE[row.rival]} (95 % interval of its lead: {interval(row)})."
                )
        own, more = self.estimates.iloc[0], " of more speakers" if self.apart else ""
        if own.low <= self.chance:
            found.append(
                f"UA of {self.method} cannot be told from chance, {100 * self.chance:.0f} %: its "
                f"interval begins at {100 * own.low:.0f} %. More labels{more} make it narrower."
            )
        if self.new_speaker and not self.new_speaker.too_few:
            found += [f"for a new speaker, {text}" for text in self.new_speaker.warnings]
        return found


def points(difference: float) -> str:
    """A difference of UA in points."""
    return f"{100 * difference + 0.0:.1f}".replace("-", "−")  # -0 is 0


def interval(lead: tuple) -> str:
    """The interval of a lead, in points; see ``lead``."""
    if math.isnan(lead.low):
        return f"not known from {lead.splits} folds"
    return f"{points(lead.low)} to {points(lead.high)}"


def compared_methods(method: str) -> list[str]:
    """The method, then the baselines that it is compared with."""
    return [method, *(name for name in BASELINES if name != method)]


def assessment_cells(problem: Problem, method: str, *, curve: bool) -> list[Cell]:
    """What is to be trained for ``assess``: the method and the baselines; and at fewer labels."""
    cells = [Cell(name, None) for name in compared_methods(method)]
    if curve and METHODS[method].target is not Target.NONE:
        cells += [cell for cell in curve_cells(problem, method).values() if cell not in cells]
    return cells


def curve_cells(problem: Problem, method: str) -> dict[int, Cell]:
    """Number of labels → cell by which the learning curve is measured, ascending."""
    classes, rarest = len(problem.classes), int(np.bincount(problem.target.labels).min())
    counts = [size * classes for size in sizes(rarest, problem.folds)]
    cells = {count: Cell(method, count) for count in counts}
    if problem.training_size > counts[-1]:
        cells[problem.training_size] = Cell(method, None)
    return cells


def too_few(labels: np.ndarray, classes: Sequence[str]) -> str:
    """Why the labelled examples allow no estimate; empty if they allow one."""
    if enough(labels, len(classes)):
        return ""
    counts = np.bincount(labels, minlength=len(classes))
    listed = ", ".join(f"{count} {name}" for name, count in zip(classes, counts, strict=True))
    return (
        f"too few labelled utterances to estimate anything: {listed}; at least {MIN_PER_CLASS} of "
        "each class are needed."
    )


def assess(problem: Problem, method: str, archive: Archive, *, curve: bool) -> Assessment:
    """Assesses a method by what was trained for ``assessment_cells``.

    Args:
        problem: with its folds and trials.
        method: a name of ``methods.METHODS``.
        archive: of ``cross_validate``.
        curve: whether to make a learning curve.
    """
    cells = {name: Cell(name, None) for name in compared_methods(method)}
    found = compare(problem, {name: correct(archive, problem, c) for name, c in cells.items()})
    if curve and METHODS[method].target is not Target.NONE:
        found = dataclasses.replace(found, curve=measure_curve(problem, method, archive))
    return found


def correct(archive: Archive, problem: Problem, cell: Cell) -> np.ndarray:
    """Whether each utterance was recognised in the fold that tested it, ``[T, n]``."""
    y_pred = archive.load_or_empty(cell, problem).y_pred[: problem.trials]
    return y_pred == problem.target.labels


def compare(problem: Problem, answers: Mapping[str, np.ndarray]) -> Assessment:
    """Estimates of all methods, and the lead of the first over the others.

    Args:
        problem: with its folds and trials; of folds by speaker, the estimates are of others than
            the labelled speakers.
        answers: method → ``correct``.
    """
    target, classes = problem.target, len(problem.classes)
    apart = problem.folds_by is FoldsBy.SPEAKER
    speakers = target.speakers if apart else None
    estimates = [
        {
            "method": name,
            **estimate_ua(hits.mean(0), target.labels, classes, speakers)._asdict(),
        }
        for name, hits in answers.items()
    ]
    (method, own), *rivals = answers.items()
    own = fold_contributions(problem, own)
    leads = [{"method": method, "rival": name, **lead(problem, own, hits)} for name, hits in rivals]
    return Assessment(
        method,
        estimates=pd.DataFrame(estimates),
        leads=pd.DataFrame(leads, columns=["method", "rival", *LEAD]),
        folds=problem.folds,
        trials=problem.trials,
        chance=1 / classes,
        apart=apart,
    )


def measure_curve(problem: Problem, method: str, archive: Archive) -> LearningCurve:
    """The learning curve of a method, on folds by utterance; arguments as for ``assess``."""
    cells = curve_cells(problem, method)
    hits = np.stack([correct(archive, problem, cell).mean(0) for cell in cells.values()])
    return fit_curve([*cells], hits, problem.target.labels, len(problem.classes))


def fold_contributions(problem: Problem, correct: np.ndarray) -> np.ndarray:
    """What each fold contributes to UA, ``[T * K]``; their mean is the UA over all utterances.

    Where all folds have as many utterances of each class, a contribution is the fold's own UA.

    Args:
        problem: of T trials, K folds and C classes.
        correct: whether each utterance was recognised in the fold that tested it, ``[T, n]``.
    """
    labels = problem.target.labels
    counts = np.bincount(labels, minlength=len(problem.classes))
    weights = 1 / (len(problem.classes) * counts[labels])
    return np.array(
        [
            problem.folds * (correct[trial] * weights)[problem.split(trial, fold).test].sum()
            for trial in range(problem.trials)
            for fold in range(problem.folds)
        ]
    )


def lead(problem: Problem, own: np.ndarray, correct: np.ndarray) -> dict[str, float]:
    """The lead over a baseline, ``LEAD``; see ``significance``.

    The difference is that of their UA over all utterances. Low and high are NaN where the splits
    (folds of all trials) say nothing of it: it is the same in all of them, or so different that no
    difference from -1 to 1 is excluded.

    Args:
        problem: as for ``fold_contributions``.
        own: the method's contributions, ``[T * K]``.
        correct: whether the baseline recognised each utterance, ``[T, n]``.
    """
    differences = (own - fold_contributions(problem, correct)).round(12)
    effect = corrected_t_test(differences, 1 / (problem.folds - 1))
    low, high = np.clip([effect.low, effect.high], -1, 1)
    if high - low == 2:
        low = high = math.nan
    return dict(zip(LEAD, (effect.difference, low, high, len(differences)), strict=True))
