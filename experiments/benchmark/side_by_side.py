"""Fresh processes that measure the same work at the same time.

They are fresh because numbers of threads are a process's own, and are chosen when it starts.
"""

import concurrent.futures
import contextlib
import multiprocessing
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from cada_tf.runs.workers import end_with
from experiments.benchmark.case import Case

Prepare = Callable[[Case, int], Callable[[], object]]
"""Gets ready what a process of that number is to do again and again, and warms it up."""

PATIENCE = 600
"""Seconds after which a process that waits for another gives up."""


class Processes:
    """Some processes, each of which does its part of each measurement.

    Args:
        count: of processes.
        without: variables of the environment that they do not get.
    """

    def __init__(self, count: int, without: Sequence[str] = ()) -> None:
        self.count = count
        self.without = without
        context = multiprocessing.get_context("spawn")
        self.barrier = context.Barrier(count)
        self.pool = concurrent.futures.ProcessPoolExecutor(
            count, mp_context=context, initializer=take_barrier, initargs=(self.barrier,)
        )

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_) -> None:
        self.pool.shutdown(cancel_futures=True)

    def measure(self, prepare: Prepare, case: Case, repetitions: int) -> dict:
        """Times the case in all processes at once.

        Args:
            prepare: a function that can be pickled.
            case: its argument, beside the number of the process.
            repetitions: of what ``prepare`` returns.

        Returns:
            seconds: of each repetition, from its first process's start to its last one's end;
            peak_mib: the most memory that each process has taken so far, in MiB.
        """
        with absent(self.without):
            # All wait for one another, so that each process gets one.
            parts = [
                self.pool.submit(measure_part, prepare, case, place, repetitions)
                for place in range(self.count)
            ]
        errors = [error for part in parts if (error := part.exception())]
        if errors:  # one that broke down, rather than those that waited for it
            raise min(errors, key=lambda e: isinstance(e, threading.BrokenBarrierError))
        spans, peaks = zip(*(part.result() for part in parts), strict=True)
        seconds = []
        for repetition in zip(*spans, strict=True):
            starts, ends = zip(*repetition, strict=True)
            seconds.append(max(ends) - min(starts))
        return {"seconds": seconds, "peak_mib": list(peaks)}


def take_barrier(shared: threading.Barrier) -> None:
    """Starts a process; barriers can be handed over at no other time."""
    global barrier
    end_with(os.getppid())
    barrier = shared


def measure_part(
    prepare: Prepare, case: Case, place: int, repetitions: int
) -> tuple[list[tuple[float, float]], float]:
    """In a process: start and end of each repetition, and the peak of memory."""
    spans = []
    try:
        work = prepare(case, place)
        for _ in range(repetitions):
            barrier.wait(PATIENCE)
            start = time.monotonic()  # counts from the same moment in all processes
            work()
            spans.append((start, time.monotonic()))
    except BaseException:
        barrier.abort()
        raise
    return spans, peak_memory()


@contextlib.contextmanager
def absent(names: Sequence[str]) -> Iterator[None]:
    """The environment without some variables."""
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def peak_memory() -> float:
    """The most memory that this process has taken so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
