"""Worker processes of this machine."""

import logging
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

import joblib
from joblib.externals.loky import get_reusable_executor, process_executor

from cada_tf import startup
from cada_tf.errors import InputError
from cada_tf.protocol.problem import Problem

log = logging.getLogger("cada_tf")


class WorkerLostError(Exception):
    """A worker was lost, and some units with it."""


class Workers(Protocol):
    """Of this machine, or of a cluster.

    Attributes:
        count: how many units may be at work.
    """

    count: int

    def outcomes(self, units: Sequence[Any]) -> Iterator[Any]:
        """What ``train`` makes of each unit, as it is made.

        Raises:
            WorkerLostError: a worker was lost.
        """


def work_off(
    workers: Workers, remaining: Callable[[], Sequence[Any]], handle: Callable[[Any], None]
) -> None:
    """Has workers do what remains, and what was lost with one of them again.

    Args:
        workers: who do it.
        remaining: the units that are not done; asked again after a loss, until there are none.
        handle: takes what was made of each.

    Raises:
        InputError: workers are lost again and again.
    """
    in_vain = 0
    while units := remaining():
        count = 0
        try:
            for outcome in workers.outcomes(units):
                handle(outcome)
                count += 1
        except WorkerLostError as error:
            in_vain = 0 if count else in_vain + 1
            if in_vain == 2:
                raise InputError(
                    "a worker process was lost, and another before it had finished anything, "
                    "perhaps for lack of memory. Use fewer `jobs`; the same command goes on "
                    "from here."
                ) from error
            log.warning("a worker process was lost; what it was at is done anew")


class LocalWorkers:
    """Processes of this machine, which joblib starts.

    Args:
        jobs: their number; None for one per core.
        problem: what all units share.
        train: what makes the outcome of a unit, in a worker.

    Attributes:
        started: whether this process has started any.
    """

    started = False

    def __init__(
        self,
        jobs: int | None,
        problem: Problem,
        train: Callable[[Problem, Any], Any],
    ) -> None:
        self.problem, self.train = problem, train
        self.count = joblib.effective_n_jobs(jobs or -1)

    def outcomes(self, units: Sequence[Any]) -> Iterator[Any]:
        """The outcomes of units, as they are made.

        Raises:
            WorkerLostError: a worker was lost.
        """
        jobs = min(self.count, len(units))  # each takes seconds to start
        LocalWorkers.started |= jobs > 1
        # A new one each time: what a lost worker's fellows still return is for the old one.
        parallel = joblib.Parallel(
            n_jobs=jobs,
            backend="loky",
            return_as="generator_unordered",
            initializer=start_worker,
            initargs=(os.getpid(),),
        )
        try:
            yield from parallel(joblib.delayed(self.train)(self.problem, unit) for unit in units)
        except BrokenProcessPool as error:
            raise WorkerLostError from error


def end_workers() -> None:
    """Ends the processes that were started, at once, before Python ends.

    Its own end asks each to end, and waits; one never hears it if another was killed while that
    one held the lock of their queue. joblib's executor then removes what they had in shared memory,
    of which they can no longer say that they need it no more.
    """
    if LocalWorkers.started:
        executor = get_reusable_executor(reuse=True)
        end = getattr(executor, "terminate", executor.shutdown)  # if it is joblib's, the former
        end(kill_workers=True)


def start_worker(parent: int) -> None:
    """Prepares a new process as a worker of the process ``parent``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends this one
    startup.configure()
    end_with(parent)
    # loky takes the stacks that a worker keeps for a leak of memory, and ends the worker. It has
    # no public setting for that (setup.cfg has joblib's upper bound); were this one renamed,
    # workers would start more often.
    process_executor._MAX_MEMORY_LEAK_SIZE = math.inf


def end_with(parent: int) -> None:
    """Ends this process when its parent has ended: a killed run leaves no workers behind."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
