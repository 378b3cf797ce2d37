"""Cross-validation over the labelled examples, in a folder of the cache where it can go on."""

import hashlib
import math
import os
from collections.abc import Sequence

import joblib
import pandas as pd

from cada_tf.config import Readings
from cada_tf.methods.methods import METHODS, Cell
from cada_tf.models.forward import Weights
from cada_tf.protocol.problem import Problem
from cada_tf.runs.archive import Archive
from cada_tf.runs.record import versions
from cada_tf.runs.results import Results
from cada_tf.runs.runner import STACK_SIZE, run
from cada_tf.storage import cache_directory


def cross_validate(
    problem: Problem,
    readings: Readings,
    cells: Sequence[Cell],
    *,
    cache_dir: str | os.PathLike | None = None,
    jobs: int | None = None,
) -> tuple[pd.DataFrame, Archive]:
    """Trains the cells' networks for each trial and fold, as ``experiments.run`` does.

    What was trained before for the same examples, seed, readings and versions is not trained
    again, so that an interrupted one goes on.

    Args:
        problem: the source, and as its target the labelled examples.
        readings, cells: see ``runner.run``.
        cache_dir: see ``cache.cache_directory``.
        jobs: processes; None for one a core.

    Returns:
        The results table (see ``results.read_results``), which may hold further cells, and the
        archive of what the networks answered.
    """
    key = fingerprint(problem, readings)
    folder = cache_directory(cache_dir) / "adapt" / key
    columns = {"source": problem.source.name, "target": problem.target.name, "transductive": False}
    grid = {
        "methods": sorted({cell.method for cell in cells}),
        "examples": sorted({cell.examples for cell in cells if cell.examples}),
        "trials": problem.trials,
    }
    results = Results(folder, {"fingerprint": key, "folds": problem.folds}, grid, columns, METHODS)
    archive = Archive(folder)
    # Networks that share a stack share its overhead, but all cores should have some.
    share = math.ceil(problem.trials * problem.folds / (jobs or joblib.cpu_count()))
    run(
        problem,
        readings,
        cells,
        results,
        archive=archive,
        jobs=jobs,
        stack_size=min(share, STACK_SIZE),
    )
    results.close()
    return results.table, archive


def first_networks(archive: Archive, problem: Problem, method: str) -> list[Weights]:
    """The networks of a method in the first trial, fold by fold, trained on all labels there."""
    weights = archive.load_or_empty(Cell(method, None), problem).weights
    return [[values[fold] for values in weights] for fold in range(problem.folds)]


def fingerprint(problem: Problem, readings: Readings) -> str:
    """A name that changes with anything that results depend on, but for the number of trials."""
    digest = hashlib.sha256()
    for corpus in (problem.source, problem.target):
        for values in (corpus.features, corpus.labels, corpus.parts):
            digest.update(values.tobytes())
        digest.update(repr((corpus.name, list(corpus.speakers))).encode())
    rest = problem.classes, problem.seed, problem.folds, readings, sorted(versions().items())
    digest.update(repr(rest).encode())
    return digest.hexdigest()[:24]
