"""The workers of a Dask cluster. They may be lost, and join, at any moment."""

import asyncio
import contextlib
import logging
import pickle
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from cada_tf import startup
from cada_tf.errors import InputError
from cada_tf.protocol.problem import Problem
from cada_tf.runs.record import changed_versions, versions
from cada_tf.runs.workers import WorkerLostError
from cada_tf.text import one_line

if TYPE_CHECKING:
    import distributed

TIMEOUT = 10
"""Seconds in which a scheduler answers."""

Train = Callable[[Problem, Any], Any]

log = logging.getLogger("cada_tf")


class ClusterWorkers:
    """The workers of a Dask cluster.

    The problem is a task of its own, which each unit depends on: the scheduler so sends it to each
    worker once, and makes it anew when all that had it are lost.

    Args:
        client: connected to the scheduler.
        problem: of the run.
        train: what makes the outcomes of a unit, in a worker.
    """

    def __init__(self, client: "distributed.Client", problem: Problem, train: Train) -> None:
        self.client, self.train = client, train
        self.address = client.scheduler.address
        # As bytes, which the scheduler passes on as they are.
        self.problem = self.submit(pickle.loads, pickle.dumps(problem))
        self.compared: set[str] = set()

    def submit(self, *call: object) -> "distributed.Future":
        """Starts a call on a worker."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # it is sent once
            return self.client.submit(*call, pure=False)

    @property
    def threads(self) -> int:
        """How many there are now, of all workers."""
        with self.scheduler_there():
            return sum(self.client.nthreads().values())

    @property
    def count(self) -> int:
        """How many units may be at work: at least 1, since workers may be yet to come."""
        return self.threads or 1

    def outcomes(self, units: Sequence[Any]) -> Iterator[Any]:
        """The outcomes of units, as they are made.

        Raises:
            WorkerLostError: all others are made, and several workers were lost over these.
            InputError: the scheduler is lost, or a worker lacks the package.
        """
        import distributed

        lost = None
        with self.scheduler_there():
            futures = [self.submit(train_on_worker, self.train, self.problem, u) for u in units]
            completed = iter(distributed.as_completed(futures, loop=self.client.loop))
        while future := self.next_of(completed):
            if future.status != "error":
                with self.scheduler_there():
                    outcomes, worker, theirs = future.result()
                self.compare_versions(worker, theirs)
                yield outcomes
            elif isinstance(error := future.exception(), distributed.KilledWorker):
                lost = error
            else:
                raise lacking(error) if isinstance(error, ImportError) else error
        if lost:
            if self.problem.status == "error":
                self.problem.retry()
            raise WorkerLostError from lost

    def next_of(self, completed: Iterator["distributed.Future"]) -> "distributed.Future | None":
        """The next future that has a result or an error; None if there are no more."""
        with self.scheduler_there():
            return next(completed, None)

    @contextlib.contextmanager
    def scheduler_there(self) -> Iterator[None]:
        """Reports the loss of the scheduler as such."""
        try:
            yield
        except (CancelledError, OSError, TimeoutError) as error:
            raise InputError(
                f"lost the Dask scheduler at {self.address} ({one_line(str(error), 200)}). Start "
                "it and its workers; the same command goes on from here."
            ) from error

    def compare_versions(self, worker: str, theirs: dict[str, str]) -> None:
        """Logs other versions of libraries than ours, once for each worker."""
        if worker in self.compared:
            return
        self.compared.add(worker)
        if changed := changed_versions(theirs, versions()):
            log.warning(
                "%s has other versions of %s: results may differ slightly",
                worker,
                ", ".join(changed),
            )


@contextlib.contextmanager
def connect(scheduler: str, problem: Problem, train: Train) -> Iterator[ClusterWorkers]:
    """The workers of the Dask scheduler at an address.

    Raises:
        InputError: there is none, or Dask is not installed.
    """
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "expected Dask to be installed, found no distributed. pip install 'cada-tf[dask]'.",
            option="scheduler",
        ) from error
    silence()
    try:
        # First, as a client that cannot connect takes twice this time to give up.
        asyncio.run(find_scheduler(scheduler))
        client = distributed.Client(scheduler, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"expected the address of a Dask scheduler, such as tcp://HOST:8786, found {scheduler} "
            f"({one_line(str(error), 200) or type(error).__name__}). Start it, and workers "
            "(dask worker ADDRESS --nthreads=1 --nworkers=auto).",
            option="scheduler",
        ) from error
    try:
        workers = ClusterWorkers(client, problem, train)
        if not workers.threads:
            log.warning("%s has no worker yet: the run waits for the first", scheduler)
        yield workers
    finally:
        with contextlib.suppress(OSError, TimeoutError):
            client.close(timeout=TIMEOUT)


def silence() -> None:
    """Keeps Dask from the log: what matters is reported here, in a line."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


async def find_scheduler(address: str) -> None:
    """Connects to an address, for a moment."""
    from distributed.comm import connect

    comm = await connect(address, timeout=TIMEOUT)
    await comm.close()


def train_on_worker(train: Train, problem: Problem, unit: Any) -> tuple[Any, str, dict[str, str]]:
    """The outcome of a unit, the worker's address, and the versions of its libraries."""
    import distributed

    startup.configure_program()
    return train(problem, unit), distributed.get_worker().address, versions()


def lacking(error: ImportError) -> InputError:
    """The error for a worker that cannot import what it needs."""
    return InputError(
        f"expected workers that have cada_tf and the modules of all methods, found one that says: "
        f"{one_line(str(error))}. Install them there.",
        option="scheduler",
    )
