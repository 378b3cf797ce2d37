"""A job of a study, as a worker does it."""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cada_tf.evaluation.metrics import unweighted_accuracy
from cada_tf.methods import load_method_modules
from cada_tf.protocol.problem import Problem
from cada_tf.startup import limit_threads
from cada_tf.study.declaration import Study
from cada_tf.study.jobs import Job
from cada_tf.study.space import setting_config
from cada_tf.study.store import pack


@dataclasses.dataclass(frozen=True)
class Done:
    """What a job has made: rows of the tables of ``store``, and its seconds."""

    job: Job
    rows: list[dict]
    answers: list[dict]
    seconds: float


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
    # Imported here, since it starts TensorFlow, which the process that plans does not need.
    from cada_tf.training.cells import train_cells

    limit_threads()
    load_method_modules(modules)
    config = setting_config(study, job.scaling, settings[job.method][job.setting])
    splits = [problem.split(trial, fold) for trial in job.trials for fold in range(problem.folds)]
    truth, classes, begun = problem.target.labels, len(problem.classes), time.perf_counter()
    rows, answers, start = [], [], begun
    for cell, trained in train_cells(problem, config, splits, job.cells):
        now = time.perf_counter()
        seconds, start = (now - start) / len(splits), now
        names: dict[str, Any] = {
            "scaling": job.scaling,
            "method": job.method,
            "setting": job.setting,
            "examples": cell.examples or 0,
        }
        right = {trial: np.zeros(len(truth), bool) for trial in job.trials}
        for split, fitted in zip(splits, trained, strict=True):
            y_true = truth[split.test]
            right[split.trial][split.test] = fitted.y_pred == y_true
            row = {"trial": split.trial, "fold": split.fold, "seconds": seconds}
            rows.append(names | row | {"ua": unweighted_accuracy(y_true, fitted.y_pred, classes)})
        if job.answers:
            answers += [names | {"trial": t, "right": pack(one)} for t, one in right.items()]
    return Done(job, rows, answers, time.perf_counter() - begun)
