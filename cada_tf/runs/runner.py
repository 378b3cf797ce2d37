"""Runs the grid: cells × trials × folds, cut into stacks, over the cores."""

import collections
import contextlib
import dataclasses
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool as WorkerLost
from typing import TYPE_CHECKING

import joblib
import tqdm
from joblib.externals.loky import process_executor
from tqdm.contrib.logging import logging_redirect_tqdm

from cada_tf.runs.archive import Archive, Outcome
from cada_tf.errors import InputError
from cada_tf.methods.methods import METHODS, Cell, run_cells
from cada_tf.evaluation.metrics import recalls
from cada_tf.protocol.problem import Problem
from cada_tf.config import Readings
from cada_tf.runs.results import Results, rows_of, summarise, versions
from cada_tf.training.stack import limit_threads

if TYPE_CHECKING:
    import distributed

STACK_SIZE = 20
"""Replicas in a stack: more spread no further what a step costs besides arithmetic."""

BUSY = threading.Lock()
"""Held while a unit is computed, since a worker's threads, if it has several, share the stacks."""

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
    scheduler: str | None = None,
    stack_size: int = STACK_SIZE,
    archive: Archive | None = None,
    seen: Callable[[set[Cell]], None] = lambda cells: None,
) -> None:
    """Computes what ``results`` lacks, and adds it.

    The results depend neither on the workers nor on ``stack_size`` nor on what was there.

    Args:
        problem, readings: see their classes.
        cells: see ``methods.make_cells``.
        results: where rows are and go.
        jobs: processes; None for one a core.
        scheduler: address of a Dask scheduler, whose workers do the work instead.
        stack_size: networks trained side by side.
        archive: where else the networks go.
        seen: called with the cells that have new rows.

    Raises:
        InputError: there is no such scheduler, or workers are lost again and again.
    """
    progress = Progress(problem, readings, cells, results)
    with progress, backend(scheduler, problem):
        while units := plan(problem, cells, results.done(), stack_size):
            before = progress.networks
            work = joblib.delayed(run_unit)
            calls = (work(problem, readings, unit) for unit in units)
            # A new one each time: what a lost worker's fellows still return is for the old one.
            parallel = joblib.Parallel(n_jobs=jobs or -1, return_as="generator_unordered")
            try:
                for outcomes in parallel(calls):
                    if archive:
                        archive.add(problem, outcomes)
                    rows = [make_row(problem, outcome) for outcome in outcomes]
                    results.add(rows)
                    progress.see(rows)
                    seen({outcome.cell for outcome in outcomes})
            except WorkerLost as error:
                if progress.networks == before:
                    raise InputError(
                        "a worker process was lost, and another before it had finished anything, "
                        "perhaps for lack of memory. Use fewer --jobs; the same command goes on "
                        "from here."
                    ) from error
                log.warning("a worker process was lost; what it was at is done anew")


@contextlib.contextmanager
def backend(scheduler: str | None, problem: Problem) -> Iterator[None]:
    """Where joblib works: in processes of this machine, or on the workers of a Dask cluster."""
    with contextlib.ExitStack() as stack:
        if scheduler is None:
            config = {"backend": "loky", "initializer": start_worker, "initargs": (os.getpid(),)}
        else:
            client = stack.enter_context(connect(scheduler))
            config = {"backend": "dask", "client": client, "scatter": [problem]}
        stack.enter_context(joblib.parallel_config(**config))
        yield


def connect(scheduler: str) -> "distributed.Client":
    """A client of the Dask scheduler at an address.

    Raises:
        InputError: there is none, it has no workers, or Dask is not installed.
    """
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "--scheduler: expected Dask to be installed, found no distributed. "
            "pip install 'cada-tf[dask]'."
        ) from error
    try:
        client = distributed.Client(scheduler, timeout="10s", set_as_default=False)
        client.wait_for_workers(1, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"--scheduler: expected the address of a Dask scheduler with workers, such as "
            f"tcp://HOST:8786, found {scheduler} ({str(error).splitlines()[0]}). Start it, and "
            "workers (dask worker ADDRESS --nthreads=1 --nworkers=auto)."
        ) from error
    check_workers(client)
    return client


def check_workers(client: "distributed.Client") -> None:
    """Refuses workers without this package, which would never return; tells of other versions."""
    try:
        client.run(exec, "import cada_tf")
    except ImportError as error:
        raise InputError(
            f"--scheduler: expected workers that have cada_tf, found one that says: {error}. "
            "Install this version of it on all of them."
        ) from error
    for worker, theirs in client.run(versions).items():
        if theirs != versions():
            changed = [name for name, ours in versions().items() if theirs.get(name) != ours]
            log.warning(
                "%s has other versions of %s: results may differ slightly",
                worker,
                ", ".join(changed),
            )


class Progress:
    """A bar on a terminal: networks and cells done, UA so far, time left."""

    def __init__(
        self, problem: Problem, readings: Readings, cells: Sequence[Cell], results: Results
    ) -> None:
        self.readings, self.results = readings, results
        self.full = problem.trials * problem.folds
        done = results.done()
        self.left = {
            cell: sum(
                (cell.method, cell.examples, trial, fold) not in done
                for trial in range(problem.trials)
                for fold in range(problem.folds)
            )
            for cell in cells
        }
        total = self.full * len(cells)
        self.bar = tqdm.tqdm(
            desc="networks",
            total=total,
            initial=total - sum(self.left.values()),
            unit="",
            disable=None,
        )

    @property
    def networks(self) -> int:
        """How many are done."""
        return self.full * len(self.left) - sum(self.left.values())

    def __enter__(self) -> "Progress":
        # A line of the log goes above the bar, not into it.
        self.redirect = logging_redirect_tqdm()
        self.redirect.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.redirect.__exit__(*error)
        self.bar.close()

    def see(self, rows: list[dict]) -> None:
        """Takes note of rows that were added; logs the UA of the cells that they complete."""
        self.bar.update(len(rows))
        counts = collections.Counter(Cell(row["method"], row["examples"]) for row in rows)
        for cell, count in counts.items():
            self.left[cell] -= count
            if not self.left[cell]:
                log.info(self.describe(cell))
        if not self.bar.disable:
            complete = sum(not left for left in self.left.values())
            self.bar.set_postfix_str(f"cells {complete}/{len(self.left)}; {self.describe(cell)}")

    def describe(self, cell: Cell) -> str:
        """The UA of a cell so far."""
        rows = rows_of(self.results.table, cell)
        (row,) = summarise(rows, self.readings.spread).itertuples()
        size = "" if cell.examples is None else f", {cell.examples} examples"
        return f"{cell.method}{size}: UA {100 * row.mean:.1f} ± {100 * row.std:.1f} %"


def plan(problem: Problem, cells: Sequence[Cell], done: set[tuple], stack_size: int) -> list[Unit]:
    """Cuts what is not done into units, first trials first.

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
    return sorted(units, key=lambda unit: unit.pairs[0])


def run_unit(problem: Problem, readings: Readings, unit: Unit) -> list[Outcome]:
    """The networks of a unit; of those after the first trial without their weights."""
    limit_threads()
    with BUSY:
        splits = [problem.split(trial, fold) for trial, fold in unit.pairs]
        outcomes, start = [], time.perf_counter()
        for cell, trained in run_cells(problem, readings, splits, unit.cells):
            now = time.perf_counter()
            seconds, start = (now - start) / len(splits), now
            for split, fitted in zip(splits, trained, strict=True):
                if split.trial:
                    fitted = dataclasses.replace(fitted, weights=[])
                outcomes.append(Outcome(cell, split, fitted, seconds))
        return outcomes


def start_worker(main: int) -> None:
    """Makes a process a worker of the process ``main``."""
    end_with(main)
    # loky would take the stacks that a worker keeps for a leak, and the worker for spent.
    process_executor._MAX_MEMORY_LEAK_SIZE = math.inf


def end_with(parent: int) -> None:
    """Ends this process when its parent is gone; a killed run would leave workers behind."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def make_row(problem: Problem, outcome: Outcome) -> dict:
    """A row of the results table, but for the columns that all rows share."""
    truth = problem.target.labels[outcome.split.test]
    recall = recalls(truth, outcome.fitted.guess, len(problem.classes))
    return {
        "method": outcome.cell.method,
        "examples": outcome.cell.examples,
        "trial": outcome.split.trial,
        "fold": outcome.split.fold,
        "ua": recall.mean(),
        **{f"recall_{name}": r for name, r in zip(problem.classes, recall, strict=True)},
        "epochs": outcome.fitted.epoch,
    }
