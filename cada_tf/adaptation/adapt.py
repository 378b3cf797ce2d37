"""Makes a recogniser of a source and of all labelled target examples there are.

What Section 4.2 measures over trials and folds is done here once, with every label; folds serve
to judge it, on utterances that its networks have not seen.
"""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from cada_tf.config import Readings
from cada_tf.evaluation.calibration import Examples, fit_temperature
from cada_tf.methods.methods import METHODS, Cell, make_task, run_cells, scaled_by, sources_apart
from cada_tf.models import forward
from cada_tf.models.forward import Weights
from cada_tf.protocol.problem import Problem
from cada_tf.protocol.scaling import fit_scale
from cada_tf.recogniser.recogniser import Measurement, Recogniser


def adapt(
    problem: Problem,
    readings: Readings,
    method: str,
    *,
    features: Sequence[str],
    measured: Measurement | None = None,
    answered: Examples | None = None,
) -> Recogniser:
    """Trains a method's network on all of the source and all of the target.

    Args:
        problem: the source, and as its target the labelled examples.
        readings: with an inductive scaling.
        method: a name of ``methods.METHODS``.
        features: names of the features.
        measured: how they were measured.
        answered: examples of the target to calibrate by (see ``out_of_fold``); None for none.

    Raises:
        ValueError: a transductive scaling.
    """
    check_inductive(readings)
    cell, everything = Cell(method, None), dataclasses.replace(problem, trials=1, folds=1)
    split = everything.split(0, 0)
    ((_, (fitted,)),) = run_cells(everything, readings, [split], [cell])
    held = held_of_source(cell, everything, readings, fitted.weights)
    if answered is None:
        answered = held[0][:0], held[1][:0]
    factor, offset = fit_scale(np.concatenate(scaled_by(cell, everything, readings, split.train)))
    return Recogniser(
        classes=problem.classes,
        features=tuple(features),
        factor=factor.astype(np.float32),
        offset=offset.astype(np.float32),
        weights=fitted.weights,
        temperature=fit_temperature(held, answered, len(problem.classes)),
        measured=measured,
    )


def check_inductive(readings: Readings) -> None:
    """Refuses a scaling that is not known before the recordings are that it is for.

    Raises:
        ValueError: it is transductive.
    """
    if readings.scaling.transductive:
        raise ValueError(
            f"Expected an inductive scaling. Received: scaling={str(readings.scaling)!r}."
        )


def held_of_source(cell: Cell, problem: Problem, readings: Readings, weights: Weights) -> Examples:
    """The source's examples that early stopping held out, as the network sees them.

    A network that goes on from another one without the source has that one's.
    """
    method = METHODS[cell.method]
    if method.starts_from and not method.source:
        cell = Cell(method.starts_from, None)
        method = METHODS[cell.method]
    task, classes = make_task(cell, problem, readings, problem.split(0, 0)), len(problem.classes)
    ours = task.y_held < sources_apart(method, problem, readings) * classes
    ours &= method.source
    return forward.logits(weights, task.x_held[ours]), task.y_held[ours] % classes


def out_of_fold(
    problem: Problem, readings: Readings, method: str, networks: Iterator[Weights]
) -> Examples:
    """What networks make of the labelled examples of the fold that each had not seen.

    Args:
        problem: as for ``adapt``, with its folds.
        readings, method: likewise.
        networks: the weights of those of the first trial, fold by fold.
    """
    answers, labels = [], []
    for fold, weights in enumerate(networks):
        split = problem.split(0, fold)
        task = make_task(Cell(method, None), problem, readings, split)
        answers.append(forward.logits(weights, task.x_test))
        labels.append(problem.target.labels[split.test])
    return np.concatenate(answers), np.concatenate(labels)


def train_folds(problem: Problem, readings: Readings, method: str) -> Iterator[Weights]:
    """The weights of a method's network for each fold of the first trial."""
    splits = [problem.split(0, fold) for fold in range(problem.folds)]
    for _, trained in run_cells(problem, readings, splits, [Cell(method, None)]):
        yield from (fitted.weights for fitted in trained)
