"""Makes TensorFlow's import obey ``TF_CPP_MIN_LOG_LEVEL``, as its later messages do.

TensorFlow 2.21 writes start-up lines to the standard error whatever that variable says. Where
it is set, which our programs do for themselves and their workers, they are kept off.
"""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def standard_error_closed() -> Iterator[None]:
    """Sends what libraries write to file descriptor 2 nowhere; exceptions pass as ever."""
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "0") != "0":
    with standard_error_closed():
        import tensorflow  # noqa: F401
