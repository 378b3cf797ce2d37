"""How TensorFlow starts: with its faster kernels, and as quietly as it was asked to.

oneDNN's matrix products are up to five times as fast on the narrow matrices of these
networks, and a third of all training time; TensorFlow takes them by itself on some processors
alone. ``cada_tf/__init__.py`` asks for them, in vain where TensorFlow was imported before.

TensorFlow 2.21 writes start-up lines to the standard error whatever ``TF_CPP_MIN_LOG_LEVEL``
says. Where it is set, which our programs do for themselves and their workers, they are kept off.
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
