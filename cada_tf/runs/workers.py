"""Worker processes: those of this machine, through loky, or those of a Dask cluster."""

import contextlib
import logging
import math
import os
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import joblib
from joblib.externals.loky import process_executor

from cada_tf import startup
from cada_tf.errors import InputError
from cada_tf.protocol.problem import Problem
from cada_tf.runs.record import changed_versions, versions

if TYPE_CHECKING:
    import distributed

log = logging.getLogger("cada_tf")


@contextlib.contextmanager
def backend(scheduler: str | None, problem: Problem) -> Iterator[None]:
    """Lets joblib work in processes of this machine, or on the workers of a Dask cluster.

    Args:
        scheduler: address of a Dask scheduler; None for this machine.
        problem: sent to the workers of a cluster once.
    """
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
            "expected Dask to be installed, found no distributed. pip install 'cada-tf[dask]'.",
            option="scheduler",
        ) from error
    try:
        client = distributed.Client(scheduler, timeout="10s", set_as_default=False)
        client.wait_for_workers(1, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"expected the address of a Dask scheduler with workers, such as "
            f"tcp://HOST:8786, found {scheduler} ({str(error).splitlines()[0]}). Start it, and "
            "workers (dask worker ADDRESS --nthreads=1 --nworkers=auto).",
            option="scheduler",
        ) from error
    check_workers(client)
    return client


def check_workers(client: "distributed.Client") -> None:
    """Refuses workers without this package, which would never return; logs other versions."""
    try:
        client.run(exec, "from cada_tf.startup import configure; configure()")
    except ImportError as error:
        raise InputError(
            f"expected workers that have cada_tf, found one that says: {error}. "
            "Install this version of it on all of them.",
            option="scheduler",
        ) from error
    for worker, theirs in client.run(versions).items():
        if changed := changed_versions(theirs, versions()):
            log.warning(
                "%s has other versions of %s: results may differ slightly",
                worker,
                ", ".join(changed),
            )


def start_worker(parent: int) -> None:
    """Prepares a new process as a worker of the process ``parent``."""
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
