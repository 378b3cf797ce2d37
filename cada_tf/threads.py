"""Calls in threads whose results are taken one by one, in order, while others still run."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

NAME = "cada_tf"
"""What the names of the threads start with."""
GRACE = 0.2
"""Seconds in which a thread that has nothing to do ends."""

AHEAD = 2
"""Calls per thread that may be running or done and not yet taken."""


def in_order(calls: Iterable[Callable[[], T]], threads: int) -> Iterator[T]:
    """The result of each call, in order.

    ``Executor.map`` would take all calls at once, and a loop that submits them could not yield
    a result while ``calls`` waits for its next item, such as a name from the standard input. So
    a thread of its own submits them, never more than ``AHEAD`` per thread before their results
    are taken: neither calls nor results need to fit into memory.

    Args:
        calls: what to call; the iterator runs in the submitting thread.
        threads: their number.

    Raises:
        Exception: what ``calls`` or a call raises, in its place in the order.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix=NAME)
    submission = Submission(pool, AHEAD * threads)
    # A daemon: it may wait for the standard input when the process is to end.
    name = f"{NAME} submission"
    threading.Thread(target=submission.run, args=[iter(calls)], name=name, daemon=True).start()
    try:
        while isinstance(future := submission.futures.get(), Future):
            yield future.result()
            submission.room.release()
        if future is not None:
            raise future
    finally:
        submission.stop()
        pool.shutdown(wait=False, cancel_futures=True)


def abandoned() -> bool:
    """Whether a thread is still busy with a call whose result nobody will take."""
    ours = [thread for thread in threading.enumerate() if thread.name.startswith(NAME)]
    end = time.monotonic() + GRACE
    for thread in ours:
        try:
            thread.join(max(0, end - time.monotonic()))
        except RuntimeError:  # it is being started, and cannot be joined yet
            return True
    return any(thread.is_alive() for thread in ours)


class Submission:
    """Submits calls to a pool as there is room.

    Args:
        pool: what runs them.
        size: how many may be running or done and not yet taken.

    Attributes:
        futures: of the calls, in order; then None, or the error of taking the next call.
        room: to be released for each result that was taken.
    """

    def __init__(self, pool: ThreadPoolExecutor, size: int) -> None:
        self.pool = pool
        self.futures: queue.SimpleQueue[Future | BaseException | None] = queue.SimpleQueue()
        self.room = threading.Semaphore(size)
        self.stopped = False

    def run(self, calls: Iterator[Callable[[], T]]) -> None:
        """Submits one call after the other, until there are no more."""
        try:
            while self.room.acquire() and not self.stopped:
                self.futures.put(self.pool.submit(next(calls)))
        except StopIteration:
            self.futures.put(None)
        except BaseException as error:
            self.futures.put(error)

    def stop(self) -> None:
        """Lets the submitting thread end when it next looks for room."""
        self.stopped = True
        self.room.release()
