"""Cross-validation over the labelled examples, kept in the cache, where it can go on."""

import contextlib
import hashlib
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from cada_tf.config import Config, FoldsBy
from cada_tf.errors import InputError
from cada_tf.folders import cache_folder, temporary_cache
from cada_tf.methods import METHODS, fingerprint, option_values
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.runs.archive import Archive
from cada_tf.runs.record import FILE, versions
from cada_tf.runs.results import Results, check_folder
from cada_tf.runs.results_file import conditions
from cada_tf.runs.runner import run

log = logging.getLogger("cada_tf")


def cross_validate(
    problem: Problem,
    config: Config,
    cells: Sequence[Cell],
    *,
    cache_dir: str | os.PathLike | None = None,
    jobs: int | None = None,
) -> Archive:
    """Trains the cells' networks for each trial and fold, as ``experiments.run`` does.

    What was trained before for the same examples, seed, options, code and versions is not trained
    again, so that an interrupted one goes on. One that another process is at is waited for.

    Args:
        problem: the source, and as its target the labelled examples.
        config, cells: see ``runner.run``.
        cache_dir: see ``folders.cache_directory``.
        jobs: processes; None for one per core.

    Returns:
        What the networks answered; the archive may hold further cells.
    """
    key = problem_fingerprint(problem, config)
    folder = cache_folder(cache_dir, "adapt", key)
    try:
        return validate(folder, problem, config, cells, jobs)
    except OSError as error:  # the cache has filled up meanwhile
        if not str(error.filename).startswith(str(folder)):
            raise
        return validate(temporary_cache(folder, error) / key, problem, config, cells, jobs)


def validate(
    folder: Path, problem: Problem, config: Config, cells: Sequence[Cell], jobs: int | None
) -> Archive:
    """Trains what a folder, named by the problem's fingerprint, lacks of the networks."""
    grid = {
        "methods": sorted({cell.method for cell in cells}),
        "examples": sorted({cell.examples for cell in cells} - {None}),
        "trials": problem.trials,
    }
    settings = {"fingerprint": folder.name, "folds": problem.folds}
    discard_damaged(folder, settings)
    archive = Archive(folder, complete=True)
    # Another process may be at the same networks, which are then ready for this one.
    columns = conditions(problem, config)
    held = Results(folder, settings, grid, columns, METHODS, option="cache_dir", wait=True)
    with contextlib.closing(held) as results:
        run(problem, config, cells, results, archive=archive, jobs=jobs)
    return archive


def discard_damaged(folder: Path, settings: Mapping[str, object]) -> None:
    """Removes the table of results and its record if either is not what was written."""
    try:
        check_folder(folder, settings, {}, {})
    except InputError:
        log.warning("%s: what is kept there is damaged, and is made anew", folder)
        for path in (folder / "results.csv", folder / FILE):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def problem_fingerprint(problem: Problem, config: Config) -> str:
    """A name that changes with all that results depend on, but for the number of trials."""
    digest = hashlib.sha256()
    for corpus in filter(None, (problem.source, problem.target, problem.pool)):
        for values in (corpus.features, corpus.labels, corpus.corpus_ids):
            digest.update(values.tobytes())
        digest.update(repr((corpus.name, list(corpus.speakers))).encode())
    options = sorted((name, str(value)) for name, value in option_values(config).items())
    code = [fingerprint(name) for name in METHODS]
    rest = problem.classes, problem.seed, problem.folds, options, code, sorted(versions().items())
    if problem.folds_by is not FoldsBy.UTTERANCE:
        rest = *rest, str(problem.folds_by)
    digest.update(repr(rest).encode())
    return digest.hexdigest()[:24]
