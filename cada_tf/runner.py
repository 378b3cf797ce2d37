"""Runs the grid: cells × trials × folds, cut into stacks, over the cores."""

import collections
import dataclasses
import functools
import logging
import os
import threading
import time
from collections.abc import Sequence

import joblib
import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from cada_tf.methods import METHODS, Cell, run_cells
from cada_tf.metrics import recalls
from cada_tf.protocol import Problem, Split
from cada_tf.readings import Readings
from cada_tf.results import Results, summarise
from cada_tf.training import Fitted, limit_threads

STACK_SIZE = 5
"""Replicas in a stack: their weights and Adam's moments stay in a core's cache."""

log = logging.getLogger("cada_tf")


@dataclasses.dataclass(frozen=True)
class Unit:
    """What one worker does at a time: some cells on some splits, as (trial, fold) pairs."""

    cells: tuple[Cell, ...]
    pairs: tuple[tuple[int, int], ...]


def run(
    problem: Problem,
    readings: Readings,
    cells: Sequence[Cell],
    results: Results,
    *,
    jobs: int | None = None,
    stack_size: int = STACK_SIZE,
) -> None:
    """Computes what ``results`` lacks, and adds it.

    The results depend neither on ``jobs`` nor on ``stack_size`` nor on what was there.

    Args:
        problem, readings: see their classes.
        cells: see ``methods.make_cells``.
        results: where rows are and go.
        jobs: processes; None for one a core.
        stack_size: networks trained side by side.
    """
    done = results.done()
    units = plan(problem, cells, done, stack_size)
    left = collections.Counter(cell for unit in units for cell in unit.cells for _ in unit.pairs)
    total = len(cells) * problem.trials * problem.folds
    if not units:
        return
    parallel = joblib.Parallel(n_jobs=jobs or -1, return_as="generator_unordered")
    work = joblib.delayed(run_unit)
    calls = parallel(work(problem, readings, unit, os.getpid()) for unit in units)
    start = total - sum(left.values())
    bar = tqdm.tqdm(desc="networks", total=total, initial=start, unit="", disable=None)
    with bar, logging_redirect_tqdm():  # a line of the log goes above the bar, not into it
        for unit, rows in calls:
            results.add(rows)
            bar.update(len(rows))
            for cell in unit.cells:
                left[cell] -= len(unit.pairs)
                if not left[cell]:
                    report(cell, results, readings)


def plan(problem: Problem, cells: Sequence[Cell], done: set[tuple], stack_size: int) -> list[Unit]:
    """Cuts what is not done into units.

    Cells that start from the same networks go together, so that those are trained once.
    """
    families = collections.defaultdict(list)
    for cell in cells:
        base = METHODS[cell.method].starts_from
        families[Cell(base, None) if base else cell].append(cell)
    units = []
    for family in families.values():
        missing = collections.defaultdict(list)
        for trial in range(problem.trials):
            for fold in range(problem.folds):
                lacking = tuple(
                    cell for cell in family if (cell.method, cell.examples, trial, fold) not in done
                )
                if lacking:
                    missing[lacking].append((trial, fold))
        for lacking, pairs in missing.items():
            for start in range(0, len(pairs), stack_size):
                units.append(Unit(lacking, tuple(pairs[start : start + stack_size])))
    return units


def run_unit(
    problem: Problem, readings: Readings, unit: Unit, main: int
) -> tuple[Unit, list[dict]]:
    """The rows of a unit, computed in a worker of the process ``main``."""
    limit_threads()
    if os.getppid() == main:
        end_with_parent()
    splits = [problem.split(trial, fold) for trial, fold in unit.pairs]
    rows = [
        make_row(problem, cell, split, replica)
        for cell, fitted in run_cells(problem, readings, splits, unit.cells)
        for split, replica in zip(splits, fitted, strict=True)
    ]
    return unit, rows


@functools.cache
def end_with_parent() -> None:
    """Ends this process when its parent is gone; a killed run would leave workers behind."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def make_row(problem: Problem, cell: Cell, split: Split, replica: Fitted) -> dict:
    """A row of the results table, but for the columns that all rows share."""
    truth = problem.target.labels[split.test]
    recall = recalls(truth, replica.guess, len(problem.classes))
    return {
        "method": cell.method,
        "examples": cell.examples,
        "trial": split.trial,
        "fold": split.fold,
        "ua": recall.mean(),
        **{f"recall_{name}": r for name, r in zip(problem.classes, recall, strict=True)},
        "epochs": replica.epoch,
    }


def report(cell: Cell, results: Results, readings: Readings) -> None:
    """Logs the UA of a cell that is complete."""
    table = results.table
    rows = table[table["method"] == cell.method]
    if cell.examples is not None:
        rows = rows[rows["examples"] == cell.examples]
    (row,) = summarise(rows, readings.spread).itertuples()
    size = "" if cell.examples is None else f", {cell.examples} examples"
    log.info("%s%s: UA %.1f ± %.1f %%", cell.method, size, 100 * row.mean, 100 * row.std)
