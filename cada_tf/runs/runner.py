"""Runs the grid: cells × trials × folds, divided into stacks, over the cores."""

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Sequence

from cada_tf.config import Config
from cada_tf.evaluation.metrics import recalls, unweighted_accuracy
from cada_tf.methods import load_method_modules
from cada_tf.protocol.cell import Cell
from cada_tf.protocol.problem import Problem
from cada_tf.runs import cluster, devices
from cada_tf.runs.archive import Archive, Outcome
from cada_tf.runs.plan import Unit, plan
from cada_tf.runs.progress import Progress
from cada_tf.runs.results import Results
from cada_tf.runs.workers import LocalWorkers, work_off
from cada_tf.startup import limit_threads

BUSY = threading.Lock()
"""Held while a unit is computed, since the threads of a worker, if it has several, share stacks."""


def run(
    problem: Problem,
    config: Config,
    cells: Sequence[Cell],
    results: Results,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    stack_size: int | None = None,
    archive: Archive | None = None,
    seen: Callable[[set[Cell]], None] = lambda _: None,
    method_modules: tuple[str, ...] = (),
) -> None:
    """Computes the rows that ``results`` lacks, and adds them; and what ``archive`` has lost.

    They depend neither on the workers nor on ``stack_size`` nor on what was there.

    Args:
        problem, config: see their classes.
        cells: see ``methods.make_cells``.
        results: where rows are read and added.
        jobs: processes; None for one per core, or for one if there is a GPU.
        scheduler: address of a Dask scheduler, whose workers do the work instead.
        stack_size: networks trained side by side, at the most; None for what suits the device.
        archive: where the networks are added, too; those that it has lost are trained anew.
        seen: called with the cells that have new rows.
        method_modules: names of the modules of the user's methods, which the workers import.

    Raises:
        InputError: there is no such scheduler, or workers are lost again and again.
    """
    width = problem.source.features.shape[1]
    jobs, stack_size = devices.choose_layout(devices.find_devices(), jobs, stack_size, width)
    train = functools.partial(run_unit, config=config, method_modules=method_modules)

    def done() -> set[tuple]:
        rows = results.done()
        return rows - archive.lost(rows, cells, problem) if archive else rows

    progress = Progress(problem, config, cells, results, done())
    with contextlib.ExitStack() as stack:
        stack.enter_context(progress)
        if scheduler:
            workers = stack.enter_context(cluster.connect(scheduler, problem, train))
        else:
            workers = LocalWorkers(jobs, problem, train)

        def remaining() -> list[Unit]:
            return plan(problem, config, cells, done(), stack_size, workers.count)

        def keep(outcomes: list[Outcome]) -> None:
            if archive:
                archive.add(problem, outcomes)
            rows = [make_row(problem, outcome) for outcome in outcomes]
            results.add(rows)
            progress.update(rows)
            seen({outcome.cell for outcome in outcomes})

        work_off(workers, remaining, keep)


def run_unit(
    problem: Problem, unit: Unit, config: Config, method_modules: tuple[str, ...] = ()
) -> list[Outcome]:
    """Trains the networks of a unit; those of later trials come without weights and logits.

    Raises:
        MemoryError: there is too little, of TensorFlow's kind too.
    """
    # Imported here, since it starts TensorFlow, which the process that plans does not need.
    from cada_tf.training.cells import train_cells

    limit_threads()
    from tensorflow.errors import ResourceExhaustedError

    load_method_modules(method_modules)
    splits = [problem.split(trial, fold) for trial, fold in unit.pairs]
    outcomes = []
    try:
        with BUSY:
            start = time.perf_counter()
            for cell, trained in train_cells(problem, config, splits, unit.cells):
                now = time.perf_counter()
                seconds, start = (now - start) / len(splits), now
                for split, fitted in zip(splits, trained, strict=True):
                    kept = fitted.archived(first=not split.trial)
                    outcomes.append(Outcome(cell, split, kept, seconds))
    except ResourceExhaustedError as error:
        raise MemoryError(error.message) from None
    return outcomes


def make_row(problem: Problem, outcome: Outcome) -> dict:
    """A row of the results table, without the columns that all rows share."""
    classes = problem.classes
    y_true, y_pred = problem.target.labels[outcome.split.test], outcome.fitted.y_pred
    recall = recalls(y_true, y_pred, len(classes))
    return {
        "method": outcome.cell.method,
        "examples": outcome.cell.examples,
        "trial": outcome.split.trial,
        "fold": outcome.split.fold,
        "ua": unweighted_accuracy(y_true, y_pred, len(classes)),
        **{f"recall_{name}": r for name, r in zip(classes, recall, strict=True)},
        "epochs": outcome.fitted.epoch,
    }
