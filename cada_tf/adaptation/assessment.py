"""Whether adaptation helps, as far as the labelled examples can tell."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cada_tf.evaluation.learning_curve import LearningCurve, fit_curve, sizes
from cada_tf.evaluation.significance import compare
from cada_tf.evaluation.ua_estimate import MIN_PER_CLASS, enough, estimate_ua
from cada_tf.methods.methods import METHODS, Cell, Target
from cada_tf.protocol.problem import Problem
from cada_tf.runs.archive import Archive

BESIDE = ("all-source", "label-target", "fine-tune")
"""What a method is compared with: no label, no source, and the simplest adaptation."""


@dataclasses.dataclass(frozen=True)
class Judgement:
    """What cross-validation over the labelled examples says.

    Args:
        method: the one that is to be used.
        too_few: why nothing can be estimated; empty if something can.
        estimates: a row a method: method, ua, low, high (see ``estimate.Estimate``).
        comparisons: of the method with the others; see ``significance.compare``.
        curve: the learning curve, if it was asked for.
        folds, trials: of the cross-validation.
        chance: the UA of guessing.
    """

    method: str
    too_few: str = ""
    estimates: pd.DataFrame | None = None
    comparisons: pd.DataFrame | None = None
    curve: LearningCurve | None = None
    folds: int = 0
    trials: int = 0
    chance: float = 0.5

    @property
    def warnings(self) -> list[str]:
        """What a user must know before the recogniser is used, a sentence or two each."""
        if self.too_few:
            return [f"{self.too_few} Whether adaptation helps is not known either."]
        found = []
        adapted = METHODS[self.method].target is not Target.NONE
        for row in self.comparisons.itertuples():
            if adapted and row.rival in NEGATIVE and row.difference <= 0:
                found.append(
                    f"adaptation does not help (negative transfer): {self.method} is "
                    f"{points(-row.difference)} points of UA behind {row.rival}, "
                    f"{NEGATIVE[row.rival]} (95 % interval of its lead: {points(row.low)} to "
                    f"{points(row.high)})."
                )
        own = self.estimates.iloc[0]
        if own.low <= self.chance:
            found.append(
                f"UA of {self.method} cannot be told from chance, {100 * self.chance:.0f} %: its "
                f"interval begins at {100 * own.low:.0f} %. More labels make it narrower."
            )
        return found


NEGATIVE = {
    "all-source": "which uses none of your labels; consider `method=all-source`",
    "label-target": "which uses your labels alone; consider `method=label-target`",
}


def points(difference: float) -> str:
    """A difference of UA in points."""
    return f"{100 * difference:.1f}".replace("-", "−")


def systems(method: str) -> list[str]:
    """The method, then what it is compared with."""
    return [method, *(name for name in BESIDE if name != method)]


def cells_for(problem: Problem, method: str, *, curve: bool) -> list[Cell]:
    """What is to be trained for ``judge``: the method beside the others, and at fewer labels."""
    names = systems(method)
    cells = [Cell(name, None) for name in names]
    if curve and METHODS[method].target is not Target.NONE:
        classes = len(problem.classes)
        cells += [Cell(method, size * classes) for size in curve_sizes(problem)]
    return cells


def curve_sizes(problem: Problem) -> list[int]:
    """Labels of each class that the learning curve is of."""
    return sizes(int(np.bincount(problem.target.labels).min()), problem.folds)


def too_few(labels: np.ndarray, classes: Sequence[str]) -> str:
    """Why the labelled examples allow no estimate; empty if they allow one."""
    if enough(labels, len(classes)):
        return ""
    counts = np.bincount(labels, minlength=len(classes))
    shown = ", ".join(f"{count} {name}" for name, count in zip(classes, counts, strict=True))
    return (
        f"too few labelled utterances to estimate anything: {shown}; at least {MIN_PER_CLASS} "
        "of each class are needed."
    )


def judge(
    problem: Problem, method: str, table: pd.DataFrame, archive: Archive, *, curve: bool
) -> Judgement:
    """Judges a method by what was trained for ``cells_for``.

    Args:
        problem: with its folds and trials.
        method: a name of ``methods.METHODS``.
        table, archive: of ``cross_validate``.
        curve: whether to make a learning curve.
    """
    labels, classes = problem.target.labels, len(problem.classes)

    def correct(cell: Cell) -> np.ndarray:
        y_pred = archive.load_or_empty(cell, problem).y_pred[: problem.trials]
        return (y_pred == labels).mean(0)

    names = systems(method)
    estimates = pd.DataFrame(
        [
            {"method": name, **estimate_ua(correct(Cell(name, None)), labels, classes)._asdict()}
            for name in names
        ]
    )
    full = table[table["examples"].isna() & (table["trial"] < problem.trials)]
    comparisons = compare(full, method, names[1:], folds=problem.folds)
    learned = None
    if curve and METHODS[method].target is not Target.NONE:
        counts = [size * classes for size in curve_sizes(problem)]
        cells = [Cell(method, count) for count in counts]
        if problem.training_size > counts[-1]:
            counts, cells = [*counts, problem.training_size], [*cells, Cell(method, None)]
        learned = fit_curve(counts, np.stack([correct(cell) for cell in cells]), labels, classes)
    return Judgement(
        method,
        estimates=estimates,
        comparisons=comparisons,
        curve=learned,
        folds=problem.folds,
        trials=problem.trials,
        chance=1 / classes,
    )
