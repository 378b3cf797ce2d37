"""A job of a study, as a worker does it."""

import dataclasses
import time
from collections.abc import Mapping, Sequence

import numpy as np

from cada_tf.config import Config
from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.methods import load_method_modules
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem, Split
from cada_tf.startup import limit_threads
from cada_tf.study.declaration import Study
from cada_tf.study.jobs import Job, Kind, inner_parts
from cada_tf.study.space import setting_config
from cada_tf.study.store import pack


@dataclasses.dataclass(frozen=True)
class Done:
    """What a job has made: rows of the tables of ``store``."""

    job: Job
    rows: list[dict]
    answers: list[dict]


def do(
    problem: Problem,
    job: Job,
    study: Study,
    settings: Mapping[str, Sequence[dict]],
    modules: tuple[str, ...] = (),
) -> Done:
    """Trains and tests the networks of a job.

    Args:
        problem: the pair.
        job: which networks.
        study: whose they are.
        settings: of each method, those of ``space.draw_settings``.
        modules: names of the modules of the user's methods.
    """
    limit_threads()
    load_method_modules(modules)
    config = setting_config(study, job.scaling, settings[job.method][job.setting])
    rows, answers = MAKERS[job.kind](problem, job, config)
    names = {"scaling": job.scaling, "method": job.method, "setting": job.setting}
    rows, answers = ([names | row for row in found] for found in (rows, answers))
    return Done(job, rows, answers)


def evaluate(problem: Problem, job: Job, config: Config) -> tuple[list[dict], list[dict]]:
    """Trains on the training folds and tests on the others: rows, and answers if they are kept."""
    # Imported here, since it starts TensorFlow, which the process that plans does not need.
    from cada_tf.training.cells import train_cells

    splits = [problem.split(trial, fold) for trial in job.trials for fold in range(problem.folds)]
    truth, classes = problem.target.labels, len(problem.classes)
    rows, answers, start = [], [], time.perf_counter()
    for cell, trained in train_cells(problem, config, splits, job.cells):
        now = time.perf_counter()
        seconds, start = (now - start) / len(splits), now
        size = {"examples": cell.examples or 0}
        right = {trial: np.zeros(len(truth), bool) for trial in job.trials}
        for split, fitted in zip(splits, trained, strict=True):
            y_true = truth[split.test]
            right[split.trial][split.test] = fitted.y_pred == y_true
            ua = unweighted_accuracy(y_true, fitted.y_pred, classes)
            row = {"trial": split.trial, "fold": split.fold, "ua": ua, "seconds": seconds}
            rows.append(size | row)
        if job.kind is Kind.ANSWERS:
            answers += [size | {"trial": t, "right": pack(one)} for t, one in right.items()]
    return rows, answers


def validate(problem: Problem, job: Job, config: Config) -> tuple[list[dict], list[dict]]:
    """Cross-validates over the few labels of each split: rows of UA on them, and no answers."""
    from cada_tf.training.cells import train_cells

    truth, classes, rows = problem.target.labels, len(problem.classes), []
    for cell in job.cells:
        start, y_pred = time.perf_counter(), {}
        splits, smaller = inner_splits(problem, cell, job.trials)
        ((_, trained),) = train_cells(problem, config, splits, [smaller])
        parts = len(splits) // (len(job.trials) * problem.folds)
        for split, fitted in zip(splits, trained, strict=True):
            outer = y_pred.setdefault((split.trial, split.fold // parts), {})
            outer |= dict(zip(split.test, fitted.y_pred, strict=True))
        seconds = (time.perf_counter() - start) / len(y_pred)
        for (trial, fold), answers in y_pred.items():
            ua = unweighted_accuracy(truth[list(answers)], np.array([*answers.values()]), classes)
            row = {"examples": cell.examples, "trial": trial, "fold": fold}
            rows.append(row | {"ua": ua, "seconds": seconds})
    return rows, []


def inner_splits(problem: Problem, cell: Cell, trials: Sequence[int]) -> tuple[list[Split], Cell]:
    """Splits of the few labels of each fold of some trials, and the cell that is trained on them.

    All parts but one are trained on (see ``jobs.inner_parts``). They are numbered through all folds
    of a trial.
    """
    each = cell.examples // len(problem.classes)
    parts, splits = inner_parts(each), []
    for trial in trials:
        for fold in range(problem.folds):
            few = problem.examples(problem.split(trial, fold), each)
            part = np.arange(len(few)) % parts  # class after class
            for place in range(parts):
                train, test = few[part != place], few[part == place]
                splits.append(Split(trial, fold * parts + place, np.sort(train), np.sort(test)))
    return splits, Cell(cell.method, cell.examples - cell.examples // parts)


MAKERS = {Kind.UA: evaluate, Kind.ANSWERS: evaluate, Kind.VALIDATION: validate}
"""What does a job of a kind."""
