"""The number of threads of matrix products."""

import threading

from threadpoolctl import threadpool_limits


class SingleThreadedBlas:
    """A context in which NumPy's matrix products have one thread; threads may share it.

    The limit is the process's. The first thread to enter sets it and the last to leave restores
    it, which those of threadpoolctl, one a thread, would do in any order.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0

    def __enter__(self) -> None:
        with self.lock:
            if not self.inside:
                self.limits = threadpool_limits(1, user_api="blas")
            self.inside += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.inside -= 1
            if not self.inside:
                self.limits.restore_original_limits()
