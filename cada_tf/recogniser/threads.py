"""Work in threads whose results are taken one by one, in order, while the work goes on."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")

AHEAD = 2
"""Calls a thread that may be begun or done and not yet taken."""


def in_order(calls: Iterable[Callable[[], T]], threads: int) -> Iterator[T]:
    """The result of each call, in order.

    Calls are taken one by one, in the threads, and never more than ``AHEAD`` a thread before
    their results are, so that neither the calls nor the results need fit into memory; and a
    result can be taken as soon as it is there, even while ``calls`` waits for what comes next.

    Args:
        calls: what to call; an iterator over it is used by one thread at a time.
        threads: their number. They end with the process, whatever they are at.

    Raises:
        Exception: what ``calls`` or a call raises, in its place in the order.
    """
    work = Work(iter(calls), AHEAD * threads)
    for _ in range(threads):
        threading.Thread(target=work.go_on, daemon=True).start()
    try:
        while (future := work.begun.get()) is not None:
            yield future.result()
            work.room.release()
    finally:
        work.stop(threads)


class Work:
    """What the threads of ``in_order`` share.

    Args:
        calls: what to call.
        ahead: how many may be begun or done and not yet taken.
    """

    def __init__(self, calls: Iterator[Callable[[], T]], ahead: int) -> None:
        self.calls = calls
        self.room = threading.Semaphore(ahead)
        self.turn = threading.Lock()
        self.begun: queue.SimpleQueue[Future | None] = queue.SimpleQueue()
        self.ended = False

    def go_on(self) -> None:
        """Calls one after the other until there are no more."""
        while begun := self.begin():
            fulfil(*begun)

    def begin(self) -> tuple[Future, Callable[[], T]] | None:
        """The next call, and what its result will be put into; None if there are no more."""
        with self.turn:  # so that futures are in the order of the calls
            self.room.acquire()
            if self.ended:
                return None
            future = Future()
            try:
                call = next(self.calls)
            except StopIteration:
                self.end()
                return None
            except BaseException as error:
                future.set_exception(error)
                self.begun.put(future)
                self.end()
                return None
            self.begun.put(future)
            return future, call

    def end(self) -> None:
        """Tells the taker, and the threads that come to begin, that there are no more."""
        self.ended = True
        self.begun.put(None)

    def stop(self, threads: int) -> None:
        """Lets the threads end, once they have done what they are at."""
        self.ended = True
        self.room.release(threads)


def fulfil(future: Future, call: Callable[[], T]) -> None:
    """Puts what a call returns, or raises, into a future."""
    try:
        future.set_result(call())
    except BaseException as error:
        future.set_exception(error)
